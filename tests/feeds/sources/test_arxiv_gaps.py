"""Days that the feed does not bring completely: when OAI-PMH is read, when it is late, when a day is settled."""

from datetime import date

import pytest

from feeds.models import Fetch
from feeds.sources import fetch
from feeds.sources.arxiv import ARXIV
from tests.feeds.outside import Reply

from .answers import Repository, feed, record, together
from .days import (
    BEFORE,
    FILLED,
    FRIDAY,
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


def test_a_day_whose_feed_stays_stale_is_filled_by_one_reading_of_the_repository(monday):
    monday.answer("/rss", STALE)
    monday.answer("/oai", FILLED)
    for now in ("21T04:00", "21T07:55", "21T08:10", "21T10:30", "21T20:00"):
        run(now)
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})
    assert days() == dict.fromkeys(BEFORE, MONDAY) | dict.fromkeys(NEW, TUESDAY)
    assert sets_read(monday) == ["cs"]


def test_an_open_day_is_read_from_the_repository_once_the_feed_shows_the_next_day(monday):
    monday.answer("/rss", STALE, feed(WEDNESDAY, "2607.20001", "2607.20002"))
    monday.answer("/oai", FILLED)
    run("21T04:00")
    run("22T05:00")
    assert {day: row(day).state for day in (TUESDAY, WEDNESDAY)} == dict.fromkeys([TUESDAY, WEDNESDAY], "done")
    assert days()[NEW[0]] == TUESDAY


def test_a_repository_that_is_late_is_asked_again_with_growing_pauses(monday):
    """The pause is a quarter of the day's age: 2 hours after 8 hours, 6 hours after 24."""
    monday.answer("/rss", STALE)
    monday.answer("/oai", NOTHING)
    run("21T08:01")
    assert row().state == "empty"
    assert at("21T10:00") < row().next_at < at("21T10:05")
    run("22T00:00")
    assert row().next_at == at("22T06:00")
    assert sets_read(monday) == ["cs", "cs"]
    monday.answer("/oai", FILLED)
    run("22T06:00")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})


def test_a_repository_that_is_late_is_read_again_on_the_same_day(monday):
    monday.answer("/rss", STALE)
    monday.answer("/oai", NOTHING, FILLED)
    run("21T08:01")
    run("21T10:30")
    assert (row().state, sets_read(monday)) == ("done", ["cs", "cs"])


def test_a_day_that_stays_stale_everywhere_is_settled_after_a_week(monday):
    monday.answer("/rss", STALE)
    monday.answer("/oai", NOTHING)
    run("21T08:01")
    run("28T00:01")
    assert (row().state, row().next_at) == ("empty", None)
    assert row().summary == {"papers": 0, "none_in": ["cs.CL", "cs.LG"]}


def test_a_stale_friday_is_not_settled_by_the_empty_feed_of_the_weekend(outside):
    outside.answer("/rss", feed(date(2026, 7, 16), *BEFORE), feed(FRIDAY, *BEFORE), feed(date(2026, 7, 18)))
    outside.answer("/oai", NOTHING)
    for now in ("16T05:00", "17T05:00", "18T09:00", "19T12:00"):
        run(now)
    assert (row(FRIDAY).state, row(FRIDAY).next_at is None) == ("empty", False)
    outside.answer("/oai", Repository([record(NEW[0], submitted="Thu, 16 Jul 2026 16:00:00 GMT")], page=9))
    run("20T03:59")
    assert (row(FRIDAY).state, row(FRIDAY).summary) == ("done", {"papers": 1, "none_in": ["cs.CL"]})


def test_a_feed_that_does_not_turn_over_and_a_late_repository_leave_the_day_open(monday):
    """The feed still shows Monday, under its right date."""
    monday.answer("/rss", feed(MONDAY, *BEFORE))
    monday.answer("/oai", NOTHING)
    run("21T08:01")
    run("21T20:00")
    assert (row().state, row().next_at is None) == ("empty", False)
    assert ARXIV.overdue(at("21T20:00")) == "the papers announced on 2026-07-21 are missing"
    monday.answer("/oai", FILLED)
    run("22T03:00")
    assert (row().state, row().summary) == ("done", {"papers": 2})


def test_an_empty_feed_counts_as_a_holiday_on_its_own_day_only(outside):
    """On Saturday the feed is always empty; Monday's papers show that Friday had no announcement."""
    Fetch.objects.create(source="arxiv", day=date(2026, 7, 16), state="done", next_at=None)
    outside.answer("/rss", feed(date(2026, 7, 18)))
    outside.answer("/oai", NOTHING)
    run("18T09:00")
    assert (row(FRIDAY).state, row(FRIDAY).next_at is None) == ("empty", False)
    outside.answer("/oai", Repository([record(NEW[0], submitted="Fri, 17 Jul 2026 16:00:00 GMT")], page=9))
    run("20T03:59")
    assert (row(FRIDAY).state, row(FRIDAY).next_at) == ("empty", None)


def test_an_empty_feed_is_not_taken_for_a_holiday_before_noon(monday):
    monday.answer("/rss", feed(TUESDAY))
    monday.answer("/oai", NOTHING)
    run("21T08:01")
    assert (row().state, row().next_at is None) == ("empty", False)
    run("21T12:00")
    assert (row().state, row().next_at) == ("empty", at("22T10:00"))


def test_a_day_waits_for_a_single_late_archive(five):
    """The feed is stale for cs.LG; OAI-PMH has Tuesday's papers in statistics, and none in computer science."""
    codes = ("cs.AI", "cs.CL", "cs.CV", "stat.ML")
    fresh = [listing(TUESDAY, code, "1", others=[]) for code in codes]
    five.answer("/rss", together(*fresh, listing(TUESDAY, "cs.LG", "0")))
    five.answer("/oai", Repository([record("2607.10041", "stat.ML")], page=9))
    run("21T08:01")
    assert (row().state, row().summary["waiting_for"]) == ("partial", ["cs.LG"])
    five.answer("/oai", Repository([record("2607.10031", "cs.LG")], page=9))
    run("21T10:30")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 9})


def test_a_failing_feed_and_a_late_repository_leave_the_day_open_with_the_reason(monday):
    monday.answer("/rss", Reply(status=404))
    monday.answer("/oai", NOTHING)
    run("21T08:01")
    assert row().state == "failed"
    assert at("21T10:00") < row().next_at < at("21T10:05")
    assert "it answered 404" in row().error


def test_only_the_archive_of_the_missing_category_is_read(five):
    codes = ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    five.answer("/rss", together(*(listing(TUESDAY, code, "1", others=["cs.AI"]) for code in codes)))
    five.answer("/oai", Repository([record("2607.10041", "stat.ML"), record("2607.10099", "cs.LG")], page=9))
    run("21T08:01")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 9})
    assert sets_read(five) == ["stat"]


def test_an_archive_with_nothing_but_cross_listed_papers_in_the_feed_is_read_too(five):
    """Statistics is missing from a stale feed that shows the day before for cs.LG."""
    others = [listing(TUESDAY, code, "1") for code in ("cs.AI", "cs.CL", "cs.CV")]
    five.answer("/rss", together(*others, listing(TUESDAY, "cs.LG", "0")))
    five.answer("/oai", Repository([record("2607.10031", "cs.LG"), record("2607.10041", "stat.ML")], page=9))
    run("21T04:00")
    assert row().summary["waiting_for"] == ["cs.LG", "stat.ML"]
    run("21T08:01")
    assert (row().state, row().summary) == ("done", {"papers": 8})
    assert sets_read(five) == ["cs", "stat"]


def test_another_archive_shows_that_the_repository_is_up_to_date(five):
    codes = ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    five.answer("/rss", together(*(listing(TUESDAY, code, "1", others=["cs.AI"]) for code in codes)))
    five.answer("/oai", Repository([record("2607.10001", "cs.AI")], page=9))
    run("21T08:01")
    assert (row().state, row().next_at) == ("done", None)
    assert row().summary == {"papers": 8, "none_in": ["stat.ML"]}
    assert sets_read(five) == ["stat", "cs"]


def test_a_quiet_category_is_settled_by_the_repository(monday):
    monday.answer("/rss", feed(TUESDAY, *NEW, categories="cs.LG"))
    monday.answer("/oai", Repository([record(NEW[0], "cs.LG"), record(NEW[1], "cs.LG")], page=9))
    for now, state in (("21T04:00", "partial"), ("21T07:45", "partial"), ("21T08:01", "done"), ("21T12:00", "done")):
        run(now)
        assert row().state == state
    assert (row().next_at, row().summary) == (None, {"papers": 2, "none_in": ["cs.CL"]})
    assert ARXIV.overdue(at("21T12:00")) == ""
    assert sets_read(monday) == ["cs"]


def test_a_category_with_only_cross_lists_gets_its_own_papers_from_the_repository(monday):
    monday.answer("/rss", feed(TUESDAY, NEW[0], categories="cs.LG cs.CL"))
    monday.answer("/oai", Repository([record(NEW[0]), record("2607.10007", "cs.CL")], page=9))
    for now in ("21T05:00", "21T08:01", "21T10:00", "21T20:00"):
        run(now)
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})
    assert days()["2607.10007"] == TUESDAY
    assert sets_read(monday) == ["cs"]


def test_a_category_without_papers_of_its_own_is_settled_and_not_late(monday):
    """Only cross-lists from cs.LG, and OAI-PMH has no more; it is read once."""
    monday.answer("/rss", feed(TUESDAY, NEW[0], categories="cs.LG cs.CL"))
    monday.answer("/oai", Repository([record(NEW[0])], page=9))
    for now in ("21T05:00", "21T08:01", "21T12:00"):
        run(now)
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 1, "none_in": ["cs.CL"]})
    assert ARXIV.overdue(at("21T12:00")) == ""
    assert sets_read(monday) == ["cs"]


def test_a_site_with_one_quiet_category_is_settled_as_empty(outside, settings):
    """The feed shows nothing on Tuesday; mathematics had papers, history of mathematics had none."""
    settings.ARXIV_CATEGORIES = ["math.HO"]
    outside.answer("/rss", feed(TUESDAY))
    outside.answer("/oai", Repository([record(NEW[0], "math.AG")], page=9))
    run("21T04:00")
    assert row().next_at == at("21T04:15")
    run("21T08:01")
    assert (row().state, row().next_at) == ("empty", None)
    assert row().summary == {"papers": 0, "none_in": ["math.HO"]}


def test_a_stale_feed_after_a_missed_day_is_recognized_once_that_day_is_filled(outside):
    """Monday was never read; on Tuesday the feed shows Monday's papers, and OAI-PMH has nothing newer yet."""
    Fetch.objects.create(source="arxiv", day=FRIDAY, state="done", next_at=None)
    outside.answer("/rss", STALE)
    monday = [record(public_id, submitted="Fri, 17 Jul 2026 16:00:00 GMT") for public_id in BEFORE]
    outside.answer("/oai", Repository(monday, page=9))
    run("21T04:00")
    assert days() == dict.fromkeys(BEFORE, MONDAY)
    assert (row(MONDAY).state, row(TUESDAY).state, row(TUESDAY).next_at) == ("done", "empty", at("21T04:15"))


def test_a_day_that_looked_complete_is_compared_again_if_the_day_before_could_not_be_read(outside):
    Fetch.objects.create(source="arxiv", day=FRIDAY, state="done", next_at=None)
    outside.answer("/rss", Reply(STALE, headers={"ETag": '"stale"'}), Reply(status=304))
    outside.answer("/oai", Reply(status=404))
    run("21T04:00")
    assert (row(MONDAY).state, row(TUESDAY).state, row(TUESDAY).next_at) == ("failed", "done", at("21T05:00"))
    monday = [record(public_id, submitted="Fri, 17 Jul 2026 16:00:00 GMT") for public_id in BEFORE]
    outside.answer("/oai", Repository(monday, page=9))
    run("21T05:00")
    assert (row(MONDAY).state, row(TUESDAY).state, row(TUESDAY).next_at) == ("done", "empty", at("21T05:15"))


def test_a_day_is_compared_again_even_if_the_day_before_is_not_due_then(five):
    """Monday's feed was stale and OAI-PMH is late; Tuesday's feed shows Monday's papers of cs.LG under its own date."""
    five.answer("/oai", NOTHING)
    Fetch.objects.create(source="arxiv", day=TUESDAY, state="empty", next_at=at("22T05:00"))
    codes = ("cs.AI", "cs.CL", "cs.CV", "stat.ML")
    others = [listing(WEDNESDAY, code, "2") for code in codes]
    stale = feed(WEDNESDAY, "2607.10031", categories="cs.LG")
    five.answer("/rss", Reply(together(*others, stale), headers={"ETag": '"stale"'}))
    run("22T04:00")
    assert (row(WEDNESDAY).state, row(WEDNESDAY).next_at) == ("done", at("22T05:00"))
    five.answer("/oai", Repository([record("2607.10031", "cs.LG")], page=9))
    run("22T05:00")
    assert "If-None-Match" not in five.asked[-2].headers
    assert (row(TUESDAY).state, row(WEDNESDAY).state, days()["2607.10031"]) == ("done", "partial", TUESDAY)
    run("22T06:30")
    assert (row(WEDNESDAY).state, row(WEDNESDAY).summary["waiting_for"]) == ("partial", ["cs.LG"])


def test_a_full_feed_waits_for_a_repository_that_is_late(outside):
    outside.answer("/rss", feed(TUESDAY, *(f"2607.{number:05}" for number in range(2000))))
    outside.answer("/oai", NOTHING, Repository([record("2607.02001")], page=9))
    run("21T04:00")
    assert (row().state, row().next_at) == ("partial", at("21T05:00"))
    run("21T05:00")
    assert (row().state, row().summary) == ("done", {"papers": 2001})


def test_a_settled_day_that_the_feed_still_shows_stays_settled(monday):
    """On Wednesday morning the feed has not turned over, and Tuesday's quiet category is settled."""
    monday.answer("/rss", feed(TUESDAY, *NEW, categories="cs.LG"))
    monday.answer("/oai", Repository([record(NEW[0], "cs.LG")], page=9))
    run("21T08:01")
    report = run("22T04:00")
    assert [answer.day for answer in report.answers] == [WEDNESDAY]
    assert (row(TUESDAY).state, row(TUESDAY).next_at) == ("done", None)


def test_a_new_site_that_begins_with_a_stale_feed_gets_the_papers_of_the_day_from_the_feed(outside):
    """OAI-PMH has only one of them."""
    outside.answer("/rss", STALE, RIGHT)
    outside.answer("/oai", Repository([record(NEW[0])], page=9))
    for now in ("21T05:00", "21T06:00", "21T08:01", "21T13:00"):
        run(now)
    assert (row().state, row().next_at) == ("done", None)
    assert set(NEW) <= set(days())
    assert sets_read(outside) == ["cs"]


def test_a_new_site_that_begins_with_a_stale_feed_gets_the_papers_of_the_day_from_the_repository(outside):
    outside.answer("/rss", Reply(STALE, headers={"ETag": '"stale"'}), Reply(status=304))
    outside.answer("/oai", FILLED)
    for now in ("21T05:00", "21T08:01", "21T13:00"):
        run(now)
    assert (row().state, row().next_at) == ("done", None)
    assert set(NEW) <= set(days())
    assert sets_read(outside) == ["cs"]


def test_the_first_day_of_a_new_site_is_not_late_while_the_repository_is(outside):
    outside.answer("/rss", RIGHT)
    outside.answer("/oai", NOTHING, FILLED)
    run("21T08:01")
    assert (row().state, row().summary) == ("done", {})
    assert at("21T10:00") < row().next_at < at("21T10:05")
    assert ARXIV.overdue(at("21T12:00")) == ""
    run("21T12:00")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})


def test_a_site_with_papers_of_an_earlier_day_is_not_new(outside):
    outside.answer("/oai", FILLED)
    outside.answer("/rss", feed(WEDNESDAY, "2607.20001", "2607.20002"))
    fetch.fetch_span(ARXIV, TUESDAY, TUESDAY, at("22T03:00"))
    run("22T05:00")
    assert (row(WEDNESDAY).state, row(WEDNESDAY).next_at) == ("done", None)


def test_a_settled_day_names_the_categories_that_had_no_paper(monday):
    monday.answer("/rss", feed(TUESDAY, *NEW, categories="cs.LG"))
    monday.answer("/oai", Repository([record(NEW[0], "cs.LG")], page=9))
    answer = run("21T08:01").answers[-1]
    assert str(answer) == "2026-07-21: done: 2 papers, none in cs.CL"
