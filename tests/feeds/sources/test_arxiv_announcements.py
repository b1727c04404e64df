"""Stale feeds show an earlier day's papers under today's date, for all categories or for some; what counts as new."""

import pytest

from feeds.models import Cursor, Fetch
from recommender.models import Paper
from tests.feeds.outside import Reply
from tests.feeds.planting import paper

from .answers import feed, together
from .days import (
    BEFORE,
    FILLED,
    FIVE,
    MONDAY,
    NEW,
    NOTHING,
    RIGHT,
    STALE,
    TUESDAY,
    WEDNESDAY,
    at,
    days,
    listing,
    row,
    run,
    sets_read,
)

pytestmark = pytest.mark.django_db


def test_a_stale_feed_leaves_its_day_open(monday):
    monday.answer("/rss", STALE)
    run("21T04:00")
    assert row().state == "empty"
    assert row().next_at == at("21T04:15")
    assert row().summary["waiting_for"] == ["cs.CL", "cs.LG"]
    assert sets_read(monday) == []


def test_papers_in_a_stale_feed_keep_their_day(monday):
    monday.answer("/rss", STALE)
    run("21T04:00")
    assert days() == dict.fromkeys(BEFORE, MONDAY)


def test_a_stale_feed_that_is_corrected_settles_the_day(monday):
    monday.answer("/rss", STALE, STALE, RIGHT)
    run("21T04:00")
    run("21T04:15")
    assert row().next_at == at("21T04:30")
    run("21T04:30")
    assert (row().state, row().next_at, row().summary["new"]) == ("done", None, 2)
    assert days() == dict.fromkeys(BEFORE, MONDAY) | dict.fromkeys(NEW, TUESDAY)
    assert sets_read(monday) == []


def test_a_stale_feed_that_has_not_changed_stays_stale(monday):
    monday.answer("/rss", Reply(STALE, headers={"ETag": '"stale"'}), Reply(status=304))
    run("21T04:00")
    run("21T04:15")
    assert monday.asked[1].headers["If-None-Match"] == '"stale"'
    assert (row().state, row().next_at) == ("empty", at("21T04:30"))
    assert row().summary["waiting_for"] == ["cs.CL", "cs.LG"]


def test_an_empty_feed_then_a_stale_one_then_the_right_one(monday):
    monday.answer("/rss", feed(TUESDAY), STALE, RIGHT)
    for now, state in (("21T04:00", "empty"), ("21T04:15", "empty"), ("21T04:30", "done")):
        run(now)
        assert row().state == state


def test_one_stale_category_keeps_the_day_open_even_if_new_papers_are_cross_listed_to_it(five):
    listings = [listing(TUESDAY, code, "1") for code in ("cs.AI", "cs.CL", "cs.CV", "stat.ML")]
    five.answer("/rss", together(*listings, listing(TUESDAY, "cs.LG", "0")), together(*listings))
    run("21T04:00")
    assert (row().state, row().summary["new"], row().summary["waiting_for"]) == ("partial", 8, ["cs.LG"])
    five.answer("/rss", together(*listings, listing(TUESDAY, "cs.LG", "1")))
    run("21T04:15")
    assert (row().state, row().next_at, row().summary["new"]) == ("done", None, 2)


def test_a_day_waits_for_a_category_whose_papers_are_still_dated_yesterday(five):
    """The others' papers are cross-listed to it."""
    fresh = [listing(TUESDAY, code, "1") for code in ("cs.AI", "cs.CL", "cs.CV", "cs.LG")]
    five.answer("/rss", together(*fresh, listing(MONDAY, "stat.ML", "0")))
    run("21T04:00")
    assert (row().state, row().summary["waiting_for"]) == ("partial", ["stat.ML"])
    assert days()["2607.00041"] == MONDAY


def test_a_feed_with_papers_of_two_days_is_complete_if_each_category_has_new_ones(five):
    both = [listing(day, code, digit, others=[]) for day, digit in ((MONDAY, "0"), (TUESDAY, "1")) for code in FIVE]
    five.answer("/rss", together(*both))
    run("21T04:00")
    assert (row().state, row().summary["new"], row().summary["unchanged"]) == ("done", 10, 10)


def test_an_archive_is_a_category_of_all_its_papers(outside, settings):
    settings.ARXIV_CATEGORIES = ["cs", "hep-th"]
    outside.answer(
        "/rss", together(feed(TUESDAY, NEW[0], categories="cs.RO"), feed(TUESDAY, NEW[1], categories="cs.LG"))
    )
    run("21T04:00")
    assert (row().state, row().summary["waiting_for"]) == ("partial", ["hep-th"])
    outside.answer("/rss", together(RIGHT, feed(TUESDAY, "2607.10003", categories="hep-th")))
    run("21T04:15")
    assert row().state == "done"


def test_replaced_papers_are_not_new(monday):
    replaced = feed(TUESDAY, *BEFORE, event="replace")
    monday.answer("/rss", replaced)
    monday.answer("/oai", NOTHING)
    run("21T04:00")
    assert (row().state, row().summary["waiting_for"]) == ("empty", ["cs.CL", "cs.LG"])
    run("21T08:01")
    assert (row().state, row().next_at) == ("empty", at("22T10:00"))


def test_an_unknown_paper_that_is_cross_listed_is_new_but_does_not_show_its_listing(monday):
    """An older paper that is cross-listed does not show that its primary category has its papers of the day."""
    monday.answer("/rss", feed(TUESDAY, *NEW, event="cross"))
    run("21T04:00")
    assert (row().state, days()[NEW[0]]) == ("partial", TUESDAY)
    assert row().summary["waiting_for"] == ["cs.CL", "cs.LG"]


def test_a_day_waits_for_a_category_with_only_cross_lists(monday):
    crossed = feed(TUESDAY, NEW[0], categories="cs.LG cs.CL")
    monday.answer("/rss", crossed, together(crossed, feed(TUESDAY, "2607.10007", categories="cs.CL")))
    run("21T05:00")
    assert (row().state, row().summary["waiting_for"]) == ("partial", ["cs.CL"])
    run("21T06:00")
    assert (row().state, row().next_at, days()["2607.10007"]) == ("done", None, TUESDAY)
    assert sets_read(monday) == []


def test_a_day_waits_for_a_category_with_only_replacements(monday):
    listed = feed(TUESDAY, NEW[0], categories="cs.LG cs.CL")
    monday.answer("/rss", together(listed, feed(TUESDAY, BEFORE[1], event="replace")), together(listed, RIGHT))
    run("21T05:00")
    assert (row().state, row().summary["waiting_for"]) == ("partial", ["cs.CL"])
    run("21T06:00")
    assert (row().state, days()[NEW[1]]) == ("done", TUESDAY)


def test_a_cross_listing_of_a_known_paper_is_new_however_often_the_feed_is_read(monday):
    Paper.objects.update(categories=["cs.CL"])
    crossed = feed(TUESDAY, BEFORE[0], categories="cs.CL cs.LG", event="cross")
    monday.answer("/rss", crossed, crossed, together(crossed, RIGHT))
    for now in ("21T04:00", "21T04:15"):
        run(now)
        assert (row().state, row().summary["waiting_for"]) == ("partial", ["cs.CL", "cs.LG"])
    run("21T04:30")
    assert (row().state, days()[BEFORE[0]]) == ("done", MONDAY)


def test_cross_listings_that_are_announced_again_the_day_after_are_not_new(monday):
    monday.answer("/rss", feed(TUESDAY, *NEW, event="cross"), feed(WEDNESDAY, *NEW, event="cross"))
    monday.answer("/oai", FILLED)
    run("21T05:00")
    run("22T05:00")
    assert (row(TUESDAY).state, row(WEDNESDAY).state) == ("done", "empty")


def test_a_new_sites_first_day_is_done_but_not_settled(outside):
    """There is nothing to compare the feed with; OAI-PMH is read after eight hours."""
    outside.answer("/rss", STALE)
    run("21T04:00")
    assert (row().state, row().next_at) == ("done", at("21T08:00"))


def test_a_paper_that_a_file_brought_under_an_earlier_day_is_not_new(outside):
    paper(BEFORE[0], day=MONDAY, categories=["cs.CL", "cs.LG"])
    outside.answer("/rss", feed(TUESDAY, BEFORE[0]))
    run("21T04:00")
    assert (row().state, days()) == ("empty", {BEFORE[0]: MONDAY})


def test_a_dry_run_reports_a_stale_feed_and_writes_nothing(monday):
    monday.answer("/rss", STALE)
    [answer] = run("21T04:00", dry_run=True).answers
    assert (answer.state, answer.summary["waiting_for"]) == ("empty", ["cs.CL", "cs.LG"])
    assert not Fetch.objects.filter(day=TUESDAY).exists()
    assert not Cursor.objects.filter(scope__contains=str(TUESDAY)).exists()


def test_the_answer_names_the_missing_categories(monday):
    monday.answer("/rss", STALE)
    [answer] = run("21T04:00").answers
    assert str(answer) == (
        "2026-07-21: nothing there yet: 0 new, 0 updated, 2 unchanged, 0 passed over, 0 rejected, "
        "waiting for cs.CL and cs.LG"
    )
