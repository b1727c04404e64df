"""What pages note: places once, the first opening, the last vote; nothing of who has asked not to be counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender import impressions
from recommender.models import Impression
from recommender.ranking.rank import rank
from tests.recommender.planted import FIRST_DAY, a_paper

NOW = timezone.now()


@pytest.fixture
def papers(db):
    """In the order of ada's ranking: the newest first."""
    return [a_paper(f"2611.0000{number}") for number in (1, 2, 3)][::-1]


@pytest.fixture
def ranking(ada, papers):
    return rank(ada, FIRST_DAY)


def noted():
    return list(Impression.objects.order_by("position").values_list("position", "clicked_at", "vote"))


def test_places_are_noted_once(ada, ranking):
    impressions.note_shown(ada, ranking, [1, 2, 2], NOW)
    impressions.note_shown(ada, ranking, [2, 3], NOW + timedelta(hours=1))
    assert list(Impression.objects.order_by("position").values_list("position", "at")) == [
        (1, NOW), (2, NOW), (3, NOW + timedelta(hours=1)),
    ]  # fmt: skip


@pytest.mark.parametrize("place", [0, -1, 4])
def test_a_place_that_there_is_not_is_refused_and_nothing_noted(ada, ranking, place):
    with pytest.raises(ValueError, match=f"has 3 places; {place} is none of them"):
        impressions.note_shown(ada, ranking, [1, place], NOW)
    assert noted() == []


def test_a_deleted_paper_is_not_noted(ada, ranking, papers):
    papers[0].delete()
    impressions.note_shown(ada, ranking, [1, 2], NOW)
    assert noted() == [(2, None, None)]


def test_the_first_opening_stays_and_the_last_vote_counts(ada, ranking, papers):
    impressions.note_shown(ada, ranking, [1], NOW)
    for hour, vote in enumerate((1, -1, 0)):
        impressions.note_click(ada, ranking.public_id, papers[0], NOW + timedelta(hours=hour))
        impressions.note_vote(ada, ranking.public_id, papers[0], vote, NOW)
    assert noted() == [(1, NOW, 0)]


def test_who_acts_in_a_list_has_seen_it_there(ada, ranking, papers):
    impressions.note_vote(ada, ranking.public_id, papers[2], 1, NOW)
    assert noted() == [(3, None, 1)]


def test_nothing_is_noted_of_anothers_ranking_or_of_a_paper_that_is_not_in_it(ada, bob, ranking, papers):
    impressions.note_click(bob, ranking.public_id, papers[0], NOW)
    impressions.note_click(ada, ranking.public_id, a_paper("2611.00009", day=FIRST_DAY - timedelta(days=1)), NOW)
    impressions.note_click(ada, "", papers[0], NOW)
    assert noted() == []


@pytest.mark.parametrize("wish", [{"gives_evidence": False}, {"is_paused": True}])
def test_who_is_not_counted_or_has_paused_leaves_no_trace(ada, ranking, papers, wish):
    for name, value in wish.items():
        setattr(ada, name, value)
    impressions.note_shown(ada, ranking, [1], NOW)
    impressions.note_click(ada, ranking.public_id, papers[0], NOW)
    impressions.note_vote(ada, ranking.public_id, papers[0], 1, NOW)
    assert noted() == []


def test_noting_takes_two_queries_and_no_lock(ada, ranking, django_assert_num_queries):
    with django_assert_num_queries(2) as queries:  # which papers are there; the insert
        impressions.note_shown(ada, ranking, [1, 2, 3], NOW)
    assert not any("FOR UPDATE" in query["sql"] for query in queries)
