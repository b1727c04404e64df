"""What a digest holds: what came since the last one, in the reader's order, each paper once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from accounts.models import Mute
from feeds.digest.compose import compose
from feeds.models import Delivery, Mailed
from recommender import votes
from recommender.models import Paper, Ranking, packed
from recommender.ranking.rank import rank
from tests.feeds.planting import DAY, GRAPHS, paper, topic_papers

from .readers import make_trend, subscriber, wish

NOW = datetime(2026, 7, 21, 12, tzinfo=UTC)
ONE_DAY = timedelta(days=1)


def bring(count, day, at=None):
    """Papers of one day that came at noon of it, or `at`."""
    found = [paper(f"{day:%y%m}.{day.day:02}{number:03}", day) for number in range(1, count + 1)]
    when = at or datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    Paper.objects.filter(pk__in=[one.pk for one in found]).update(added_at=when)
    return found


def send(digest, now):
    """What the sender notes of a digest that left."""
    whose = {"subscriber" if digest.trends else "reader": digest.recipient}
    made = Delivery.objects.create(
        **whose, day=digest.day, state="sent", claimed_at=now, sent_at=now, paper_pks=digest.paper_pks
    )
    if digest.ranking:
        Mailed.objects.bulk_create(Mailed(reader=digest.recipient, paper_id=pk) for pk in digest.paper_pks)
    return made


def test_a_first_digest_is_about_the_newest_day(ada):
    wish(ada)
    bring(2, DAY - ONE_DAY)
    newest = bring(3, DAY)
    assert set(compose(ada, DAY, NOW).paper_pks) == {one.pk for one in newest}


def test_its_order_is_that_of_the_page(ada, planted):
    graphs, _ = planted
    for one in graphs[8:12]:
        votes.cast(ada, one, 1)
    wish(ada, length=5)
    digest = compose(ada, DAY, NOW)
    assert digest.is_personal
    assert digest.paper_pks == rank(ada, DAY).order.tolist()[:5]
    assert all(entry.why for entry in digest.papers)


def test_a_later_one_is_about_what_came_since(ada):
    wish(ada, length=1)
    bring(3, DAY)
    send(compose(ada, DAY, NOW), NOW)
    new = bring(1, DAY + ONE_DAY)
    assert compose(ada, DAY + ONE_DAY, NOW + ONE_DAY).paper_pks == [new[0].pk]


def test_papers_that_come_late_for_a_day_are_in_the_next_one(ada):
    wish(ada, length=1)
    bring(1, DAY)
    send(compose(ada, DAY, NOW), NOW)
    late = paper("2607.99999", DAY)
    Paper.objects.filter(pk=late.pk).update(added_at=NOW + timedelta(hours=3))
    assert compose(ada, DAY + ONE_DAY, NOW + ONE_DAY).paper_pks == [late.pk]


def test_after_a_long_pause_it_goes_back_seven_days(ada):
    wish(ada)
    bring(1, DAY - timedelta(days=30))
    send(compose(ada, DAY, NOW), NOW - timedelta(days=29))
    bring(1, DAY - timedelta(days=8))
    last = bring(1, DAY - timedelta(days=3))
    assert compose(ada, DAY, NOW).paper_pks == [last[0].pk]


def test_a_first_weekly_one_is_about_seven_days(ada):
    wish(ada, rhythm="weekly", weekdays=[1])
    bring(1, DAY - timedelta(days=8))
    within = bring(1, DAY - timedelta(days=7)) + bring(1, DAY)
    assert set(compose(ada, DAY, NOW).paper_pks) == {one.pk for one in within}


def test_one_that_was_asked_for_leaves_its_papers_out_of_the_one_of_the_day(ada):
    wish(ada, length=2)
    four = bring(4, DAY)
    asked = send(compose(ada, DAY, NOW), NOW)
    Delivery.objects.filter(pk=asked.pk).update(kind="asked")
    rest = compose(ada, DAY, NOW + timedelta(hours=1))
    assert set(asked.paper_pks) | set(rest.paper_pks) == {one.pk for one in four}


def test_what_was_voted_on_or_muted_stays_out(ada):
    wish(ada)
    first, second, third = bring(3, DAY)
    votes.cast(ada, first, -1)
    Paper.objects.filter(pk=second.pk).update(title="On knots")
    Mute.objects.create(reader=ada, kind="word", text="knots", folded="knots")
    assert compose(ada, DAY, NOW).paper_pks == [third.pk]


def test_papers_below_the_least_score_stay_out(ada, planted):
    for one in planted[0][8:12]:
        votes.cast(ada, one, 1)
    ranking = rank(ada, DAY)
    third = float(ranking.score_values[2])
    wish(ada, length=50, least_score=third)
    above = {pk for pk, score in zip(ranking.order.tolist(), ranking.score_values, strict=True) if score >= third}
    assert set(compose(ada, DAY, NOW).paper_pks) == above


def test_a_least_score_is_left_aside_where_there_are_none_of_the_readers_and_it_says_so(ada):
    wish(ada, least_score=0.9)
    bring(2, DAY)
    digest = compose(ada, DAY, NOW)
    assert len(digest.papers) == 2
    assert "Your minimum score was ignored" in digest.note


@pytest.mark.parametrize(("when_empty", "is_empty"), [("nothing", True), ("say", False)])
def test_an_empty_day_sends_nothing_or_says_so_as_the_reader_chose(ada, when_empty, is_empty):
    wish(ada, when_empty=when_empty)
    digest = compose(ada, DAY, NOW)
    assert (digest.is_empty, digest.papers) == (is_empty, ())


def test_a_place_that_chance_filled_is_labelled(ada, planted):
    for one in planted[0][8:12]:
        votes.cast(ada, one, 1)
    drawn = {"share": 0.2, "slots": [1], "came_from": [9]}
    Ranking.objects.filter(pk=rank(ada, DAY).pk).update(exploration=drawn, propensities=packed([0.8, 0.05], "<f4"))
    wish(ada, length=3)
    chances = [entry.exploration for entry in compose(ada, DAY, NOW).papers]
    assert [(one.by_chance, one.own_place) for one in chances] == [(False, None), (True, 10), (False, None)]


def test_a_subscriber_gets_what_is_trending_and_each_paper_once(db):
    to, one = subscriber("eve@example.org"), paper("2607.00001", DAY)
    make_trend(one, NOW)
    digest = compose(to, DAY, NOW)
    assert (digest.paper_pks, digest.trends[0].readers_for) == ([one.pk], 4)
    send(digest, NOW)
    assert compose(to, DAY + ONE_DAY, NOW + timedelta(hours=1)).is_empty


def test_in_thirty_days_no_paper_comes_twice_and_none_that_fits_is_missed(ada):
    """Ten papers come on each of 30 days and a digest holds ten, so all 300 are shown once."""
    wish(ada, length=10)
    shown = []
    for number in range(30):
        day = DAY + number * ONE_DAY
        bring(10, day)
        cache.clear()
        digest = compose(ada, day, NOW + number * ONE_DAY)
        send(digest, NOW + number * ONE_DAY)
        shown += digest.paper_pks
    assert len(shown) == len(set(shown)) == 300


def test_in_thirty_days_of_a_changing_order_no_paper_comes_twice(ada, planted):
    """Digests of three of sixteen papers a day, some asked for between, while the votes turn the order over."""
    wish(ada, length=3)
    shown = []
    for number in range(30):
        day, now = DAY + number * ONE_DAY, NOW + number * ONE_DAY
        if number:
            topic_papers(GRAPHS, day, "26" + f"{10 + number // 25}")
        for hours in (0, 5):
            digest = compose(ada, day, now + timedelta(hours=hours))
            made = send(digest, now + timedelta(hours=hours)) if not hours else _asked(digest, now)
            shown += made.paper_pks
        votes.cast(ada, Paper.objects.get(pk=shown[-1]), 1 if number % 2 else -1)
    assert len(shown) == len(set(shown)) > 60


def _asked(digest, now):
    Mailed.objects.bulk_create(Mailed(reader=digest.recipient, paper_id=pk) for pk in digest.paper_pks)
    return Delivery.objects.create(
        reader=digest.recipient, kind="asked", day=digest.day, state="sent", claimed_at=now, paper_pks=digest.paper_pks
    )
