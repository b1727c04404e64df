"""The content of a digest: new papers since the last one, in the reader's order, each paper once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from accounts.models import Mute
from feeds.digest.compose import compose
from feeds.models import Delivery, Mailed
from recommender import votes
from recommender.models import Paper, Ranking, pack
from recommender.ranking.rank import rank
from tests.feeds.planting import DAY, GRAPHS, paper, topic_papers

from .readers import make_trend, subscriber, wish

NOW = datetime(2026, 7, 21, 12, tzinfo=UTC)
ONE_DAY = timedelta(days=1)


def add_papers(count, day, at=None):
    """Add papers of one day that arrived at six o'clock that day, or `at`."""
    added = [paper(f"{day:%y%m}.{day.day:02}{number:03}", day) for number in range(1, count + 1)]
    when = at or datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    Paper.objects.filter(pk__in=[one.pk for one in added]).update(added_at=when)
    return added


def record_sent(digest, now):
    """Write the rows that sending a digest leaves."""
    whose = {"subscriber" if digest.trends else "reader": digest.recipient}
    delivery = Delivery.objects.create(
        **whose, day=digest.day, state="sent", claimed_at=now, sent_at=now, paper_pks=digest.paper_pks
    )
    if digest.ranking:
        Mailed.objects.bulk_create(Mailed(reader=digest.recipient, paper_id=pk) for pk in digest.paper_pks)
    return delivery


def test_a_first_digest_is_about_the_newest_day(ada):
    wish(ada)
    add_papers(2, DAY - ONE_DAY)
    newest = add_papers(3, DAY)
    assert set(compose(ada, DAY, NOW).paper_pks) == {one.pk for one in newest}


def test_its_order_is_the_order_of_the_page(ada, planted):
    graphs, _ = planted
    for one in graphs[8:12]:
        votes.cast(ada, one, 1)
    wish(ada, length=5)
    digest = compose(ada, DAY, NOW)
    assert digest.is_personal
    assert digest.paper_pks == rank(ada, DAY).order.tolist()[:5]
    assert all(entry.why for entry in digest.papers)


def test_a_later_digest_is_about_papers_since_the_last_one(ada):
    wish(ada, length=1)
    add_papers(3, DAY)
    record_sent(compose(ada, DAY, NOW), NOW)
    new = add_papers(1, DAY + ONE_DAY)
    assert compose(ada, DAY + ONE_DAY, NOW + ONE_DAY).paper_pks == [new[0].pk]


def test_papers_that_arrive_late_for_a_day_are_in_the_next_digest(ada):
    wish(ada, length=1)
    add_papers(1, DAY)
    record_sent(compose(ada, DAY, NOW), NOW)
    late = paper("2607.99999", DAY)
    Paper.objects.filter(pk=late.pk).update(added_at=NOW + timedelta(hours=3))
    assert compose(ada, DAY + ONE_DAY, NOW + ONE_DAY).paper_pks == [late.pk]


def test_after_a_long_pause_it_goes_back_seven_days(ada):
    wish(ada)
    add_papers(1, DAY - timedelta(days=30))
    record_sent(compose(ada, DAY, NOW), NOW - timedelta(days=29))
    add_papers(1, DAY - timedelta(days=8))
    last = add_papers(1, DAY - timedelta(days=3))
    assert compose(ada, DAY, NOW).paper_pks == [last[0].pk]


def test_a_first_weekly_digest_covers_seven_days(ada):
    wish(ada, rhythm="weekly", weekdays=[1])
    add_papers(1, DAY - timedelta(days=8))
    within = add_papers(1, DAY - timedelta(days=7)) + add_papers(1, DAY)
    assert set(compose(ada, DAY, NOW).paper_pks) == {one.pk for one in within}


def test_the_scheduled_digest_leaves_out_papers_of_a_requested_one(ada):
    wish(ada, length=2)
    four = add_papers(4, DAY)
    requested = record_sent(compose(ada, DAY, NOW), NOW)
    Delivery.objects.filter(pk=requested.pk).update(kind="asked")
    rest = compose(ada, DAY, NOW + timedelta(hours=1))
    assert set(requested.paper_pks) | set(rest.paper_pks) == {one.pk for one in four}


def test_papers_that_were_voted_on_or_muted_are_left_out(ada):
    wish(ada)
    first, second, third = add_papers(3, DAY)
    votes.cast(ada, first, -1)
    Paper.objects.filter(pk=second.pk).update(title="On knots")
    Mute.objects.create(reader=ada, kind="word", text="knots", folded="knots")
    assert compose(ada, DAY, NOW).paper_pks == [third.pk]


def test_papers_below_the_minimum_score_are_left_out(ada, planted):
    for one in planted[0][8:12]:
        votes.cast(ada, one, 1)
    ranking = rank(ada, DAY)
    third = float(ranking.score_values[2])
    wish(ada, length=50, least_score=third)
    above = {pk for pk, score in zip(ranking.order.tolist(), ranking.score_values, strict=True) if score >= third}
    assert set(compose(ada, DAY, NOW).paper_pks) == above


def test_a_minimum_score_is_ignored_without_personal_scores_and_the_note_says_so(ada):
    wish(ada, least_score=0.9)
    add_papers(2, DAY)
    digest = compose(ada, DAY, NOW)
    assert len(digest.papers) == 2
    assert "Your minimum score was ignored" in digest.note


@pytest.mark.parametrize(("when_empty", "is_empty"), [("nothing", True), ("say", False)])
def test_an_empty_day_sends_nothing_or_a_note_as_the_reader_chose(ada, when_empty, is_empty):
    wish(ada, when_empty=when_empty)
    digest = compose(ada, DAY, NOW)
    assert (digest.is_empty, digest.papers) == (is_empty, ())


def test_a_place_that_chance_filled_is_labelled(ada, planted):
    for one in planted[0][8:12]:
        votes.cast(ada, one, 1)
    drawn = {"share": 0.2, "slots": [1], "came_from": [9]}
    Ranking.objects.filter(pk=rank(ada, DAY).pk).update(exploration=drawn, propensities=pack([0.8, 0.05], "<f4"))
    wish(ada, length=3)
    chances = [entry.exploration for entry in compose(ada, DAY, NOW).papers]
    assert [(one.by_chance, one.own_place) for one in chances] == [(False, None), (True, 10), (False, None)]


def test_a_subscriber_gets_trending_papers_each_once(db):
    to, one = subscriber("eve@example.org"), paper("2607.00001", DAY)
    make_trend(one, NOW)
    digest = compose(to, DAY, NOW)
    assert (digest.paper_pks, digest.trends[0].readers_for) == ([one.pk], 4)
    record_sent(digest, NOW)
    assert compose(to, DAY + ONE_DAY, NOW + timedelta(hours=1)).is_empty


def test_in_thirty_days_no_paper_comes_twice_and_none_that_fits_is_missed(ada):
    """Ten papers come on each of 30 days and a digest holds ten, so all 300 are shown once."""
    wish(ada, length=10)
    sent = []
    for number in range(30):
        day = DAY + number * ONE_DAY
        add_papers(10, day)
        cache.clear()
        digest = compose(ada, day, NOW + number * ONE_DAY)
        record_sent(digest, NOW + number * ONE_DAY)
        sent += digest.paper_pks
    assert len(sent) == len(set(sent)) == 300


def test_in_thirty_days_of_a_changing_order_no_paper_comes_twice(ada, planted):
    """Digests of three of sixteen papers a day, some asked for between, while the votes turn the order over."""
    wish(ada, length=3)
    sent = []
    for number in range(30):
        day, now = DAY + number * ONE_DAY, NOW + number * ONE_DAY
        if number:
            topic_papers(GRAPHS, day, "26" + f"{10 + number // 25}")
        for hours in (0, 5):
            digest = compose(ada, day, now + timedelta(hours=hours))
            delivery = record_sent(digest, now + timedelta(hours=hours)) if not hours else record_requested(digest, now)
            sent += delivery.paper_pks
        votes.cast(ada, Paper.objects.get(pk=sent[-1]), 1 if number % 2 else -1)
    assert len(sent) == len(set(sent)) > 60


def record_requested(digest, now):
    """Write the rows of a digest that the reader asked for."""
    Mailed.objects.bulk_create(Mailed(reader=digest.recipient, paper_id=pk) for pk in digest.paper_pks)
    return Delivery.objects.create(
        reader=digest.recipient, kind="asked", day=digest.day, state="sent", claimed_at=now, paper_pks=digest.paper_pks
    )
