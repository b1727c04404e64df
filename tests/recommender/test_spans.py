"""Several days as one: which papers stand, what names their state, and rankings of them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import mutes, spans, votes
from recommender.models import Paper, Ranking
from recommender.ranking import rank as ranking_module
from recommender.ranking.rank import PER_DAY, rank
from recommender.spans import Span, month_of, pool_of, week_of
from tests.recommender.planted import FIRST_DAY, a_paper

WEEK = week_of(FIRST_DAY)
NEXT_DAY = FIRST_DAY + timedelta(days=1)


def test_a_week_goes_from_monday_to_sunday_over_the_end_of_a_year():
    assert week_of(date(2026, 1, 1)) == Span(date(2025, 12, 29), date(2026, 1, 4))


@pytest.mark.parametrize(("day", "last"), [(date(2024, 2, 10), 29), (date(2026, 2, 28), 28), (date(2026, 12, 1), 31)])
def test_a_month_ends_with_its_last_day(day, last):
    assert month_of(day) == Span(day.replace(day=1), day.replace(day=last))


def test_a_span_has_the_papers_of_its_days_that_are_offered(db):
    inside = [a_paper("2611.00001", day=WEEK.first), a_paper("2611.00002", day=WEEK.last)]
    a_paper("2611.00003", day=WEEK.last + timedelta(days=1))
    a_paper("2611.00004", day=WEEK.first, withdrawn=True)
    assert list(pool_of(WEEK).papers().order_by("pk")) == inside


def test_a_category_narrows_a_span(db):
    a_paper("2611.00001", categories=["cs.LG"])
    mine = a_paper("2611.00002", categories=["math.AG", "cs.CV"])
    assert list(pool_of(Span(WEEK.first, WEEK.last, "cs.CV")).papers()) == [mine]


@pytest.fixture
def four_where_two_are_stored(db, monkeypatch):
    """Votes at the source: 0, 2, 0, 1; the third is the newest."""
    monkeypatch.setattr(ranking_module, "LENGTH", 2)
    days = [FIRST_DAY, FIRST_DAY, NEXT_DAY, FIRST_DAY]
    return [a_paper(f"2611.0000{n}", day=day, source_upvotes=(0, 2, 0, 1)[n]) for n, day in enumerate(days)]


def test_every_paper_of_a_span_is_in_the_pool_by_day(four_where_two_are_stored):
    pool = pool_of(WEEK)
    assert (pool.count, pool.papers().count()) == (4, 4)
    assert pool.days == (pool_of(FIRST_DAY), pool_of(NEXT_DAY))


def test_the_first_places_of_a_popular_order_are_stored(four_where_two_are_stored):
    _, second, _, fourth = four_where_two_are_stored
    assert rank(None, WEEK, "popular").order.tolist() == [second.pk, fourth.pk]


def test_the_first_places_of_an_order_by_time_are_stored(four_where_two_are_stored):
    _, _, third, fourth = four_where_two_are_stored
    assert rank(None, WEEK, "recent").order.tolist() == [third.pk, fourth.pk]


def test_muted_papers_take_no_place_of_a_popular_order(four_where_two_are_stored, ada):
    _, second, third, fourth = four_where_two_are_stored
    Paper.objects.filter(pk=second.pk).update(categories=["q-bio.NC"])
    mutes.add(ada, "category", "q-bio.NC")
    assert rank(ada, WEEK, "popular").order.tolist() == [fourth.pk, third.pk]


def test_a_vote_of_another_reader_leaves_the_state_of_a_span(four_where_two_are_stored, ada):
    before = pool_of(WEEK).state
    votes.cast(ada, four_where_two_are_stored[0], 1)
    assert pool_of(WEEK).state == before


@pytest.mark.parametrize("category", ["", "cs.CV"])
def test_a_change_in_any_paper_of_a_span_changes_its_state(four_where_two_are_stored, category):
    span = Span(WEEK.first, WEEK.last, category)
    before = pool_of(span).state
    Paper.objects.filter(pk=four_where_two_are_stored[0].pk).update(withdrawn=True)
    assert pool_of(span).state != before


def test_the_best_papers_for_a_reader_are_stored_wherever_others_voted(town, served, ada, monkeypatch):
    """The places stored are the first of the whole order, although the popular papers are others."""
    votes.cast(ada, town.of(2)[0], 1)
    Paper.objects.exclude(pk__in=[paper.pk for paper in town.of(2)]).update(source_upvotes=1000)
    whole = rank(ada, WEEK)
    Ranking.objects.all().delete()
    monkeypatch.setattr(ranking_module, "LENGTH", 10)
    best = np.argsort(-whole.score_values, kind="stable")[:10]
    assert sorted(rank(ada, WEEK).order.tolist()) == sorted(whole.order[best].tolist())


def test_ranking_a_span_takes_as_many_queries_for_many_days_as_for_two(town, served, ada):
    """Each span is of other days, so that none of them is cached."""
    votes.cast(ada, town.of(2)[0], 1)
    rank(ada, Span(FIRST_DAY, FIRST_DAY))
    taken = []
    for span in (Span(NEXT_DAY, NEXT_DAY + timedelta(days=1)), Span(FIRST_DAY, WEEK.last)):
        with CaptureQueriesContext(connection) as queries:
            rank(ada, span)
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_a_category_of_a_span_is_ranked_among_its_papers_only(town, served, ada):
    inside = town.papers[::3]
    Paper.objects.filter(pk__in=[paper.pk for paper in inside]).update(categories=["cs.CV"])
    votes.cast(ada, town.of(2)[0], 1)
    ranking = rank(ada, Span(WEEK.first, WEEK.last, "cs.CV"))
    assert sorted(ranking.order.tolist()) == sorted(paper.pk for paper in inside)


def test_a_personal_order_of_a_week_holds_the_papers_of_all_its_days_once(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    ranking = rank(ada, WEEK)
    assert (ranking.mode, ranking.first_day, ranking.day) == ("hybrid", WEEK.first, WEEK.last)
    assert sorted(ranking.order.tolist()) == sorted(paper.pk for paper in town.papers)


def test_an_unchanged_week_gives_the_same_ranking_again(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    for reader, sort in ((ada, "mine"), (None, "popular"), (None, "recent")):
        assert rank(reader, WEEK, sort) == rank(reader, WEEK, sort)
    assert Ranking.objects.count() == 3


def test_a_vote_makes_the_next_order_of_a_week_another_one(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    first = rank(ada, WEEK)
    votes.cast(ada, town.of(6)[0], 1)
    assert rank(ada, WEEK) != first


@pytest.mark.parametrize("sort", ["mine", "popular", "recent"])
def test_days_and_weeks_and_categories_of_the_same_papers_are_separate_records(served, ada, sort):
    """All papers of the week are of its last day and of one category."""
    week = week_of(WEEK.first + timedelta(days=28))
    [voted, *_] = [a_paper(f"2612.0000{n}", day=week.last, categories=["cs.LG"]) for n in range(3)]
    votes.cast(ada, voted, 1)
    of_each = [rank(ada, days, sort) for days in (week.last, week, Span(week.first, week.last, "cs.LG"))]
    assert len({ranking.pk for ranking in of_each}) == 3
    assert [(ranking.first_day, ranking.category) for ranking in of_each] == [
        (None, ""), (week.first, ""), (week.first, "cs.LG"),
    ]  # fmt: skip


def test_chance_has_no_part_in_an_order_of_several_days(town, served, ada):
    ada.exploration = 0.3
    ada.save()
    votes.cast(ada, town.of(2)[0], 1)
    assert rank(ada, WEEK).exploration == {}
    assert rank(ada, FIRST_DAY).exploration != {}


def test_days_without_papers_have_no_ranking(ada):
    with pytest.raises(Paper.DoesNotExist, match="no papers were announced from 2026-11-02 to 2026-11-08"):
        rank(ada, WEEK)


def test_within_a_day_papers_without_a_time_come_last(db):
    undated = a_paper("2611.00001")
    dated = a_paper("2611.00000", published_at=datetime(2026, 11, 2, tzinfo=UTC))
    assert list(spans.newest_first(Paper.objects.all())) == [dated, undated]


def test_a_paper_without_a_vote_is_first_among_more_papers_than_are_stored(town, served, ada):
    """1,100 papers of the week are popular; none of their words is known."""
    Paper.objects.bulk_create(
        [
            Paper(public_id=f"2613.{n:05d}", day=FIRST_DAY, title="Unheard", source="dataset", source_upvotes=9)
            for n in range(1100)
        ]
    )
    votes.cast(ada, town.of(2)[0], 1)
    ranking = rank(ada, WEEK)
    assert len(ranking.order) == ranking_module.LENGTH == 1000
    assert {paper.pk for paper in town.of(2)} <= set(ranking.order[:100].tolist())


def test_the_daily_sort_has_the_first_papers_of_each_day_newest_first(town, served, ada):
    """One interest and no near-duplicates: the places of a day follow the scores."""
    votes.cast(ada, town.of(2)[0], 1)
    whole, daily = rank(ada, WEEK), rank(ada, WEEK, "daily")
    day_of = dict(Paper.objects.values_list("pk", "day"))
    expected = []
    for day in sorted(set(day_of.values()), reverse=True):
        expected += [pk for pk in whole.order.tolist() if day_of[pk] == day][:PER_DAY]
    assert daily.order.tolist() == expected
    assert daily.taste["per_day"] == PER_DAY == 10
    assert daily.mode_reason == "You chose the first 10 papers of each day."
    assert rank(ada, WEEK, "daily") == daily


def test_the_daily_sort_without_a_model_has_the_most_popular_papers_of_each_day(db, monkeypatch):
    monkeypatch.setattr(ranking_module, "PER_DAY", 1)
    first, second, third = (
        a_paper(f"2611.0000{n}", day=day, source_upvotes=n) for n, day in enumerate((FIRST_DAY, FIRST_DAY, NEXT_DAY))
    )
    ranking = rank(None, WEEK, "daily")
    assert ranking.order.tolist() == [third.pk, second.pk]
    assert first.pk not in ranking.order


def test_the_daily_sort_needs_several_days(db):
    a_paper("2611.00001")
    with pytest.raises(
        ValueError, match="the papers announced on 2026-11-02 are sorted by mine, popular, recent; got 'daily'"
    ):
        rank(None, FIRST_DAY, "daily")
