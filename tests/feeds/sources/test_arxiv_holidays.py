"""Days presumed to be holidays, because the feed is empty and OAI-PMH has not reached them, and how they reopen."""

import pytest

from feeds.models import Fetch
from feeds.sources.freshness import freshness

from .answers import Repository, feed, record, together
from .days import FILLED, MONDAY, NEW, NOTHING, RIGHT, TUESDAY, WEDNESDAY, at, days, listing, row, run, sets_read

pytestmark = pytest.mark.django_db
THURSDAY = WEDNESDAY.replace(day=23)
LATER = record("2607.20041", "stat.ML", submitted="Tue, 21 Jul 2026 16:00:00 GMT")


@pytest.fixture
def tuesday_was_empty(monday):
    """At noon the feed is empty and OAI-PMH has nothing."""
    monday.answer("/rss", feed(TUESDAY))
    monday.answer("/oai", NOTHING)
    run("21T12:00")
    monday.asked.clear()
    return monday


def message(now):
    return next(state.message for state in freshness(at(now)) if state.source == "arxiv")


def test_a_day_that_is_taken_for_a_holiday_says_so(tuesday_was_empty):
    assert (row().state, row().next_at) == ("empty", at("22T10:00"))
    assert row().summary["taken_for"] == ["a holiday"]
    assert "no papers came for 2026-07-21, presumed to be a holiday; " in message("21T13:00")


def test_it_reopens_when_the_feed_shows_its_papers(tuesday_was_empty):
    """On Wednesday at 04:00 the feed has not turned over: it still shows Tuesday."""
    tuesday_was_empty.answer("/rss", RIGHT)
    run("22T04:00")
    assert (row().state, row().next_at, row().summary["new"]) == ("done", None, 2)
    assert [days()[public_id] for public_id in NEW] == [TUESDAY, TUESDAY]
    assert "holiday" not in message("22T05:00")
    assert sets_read(tuesday_was_empty) == []


def test_it_reopens_when_the_feed_shows_its_papers_beside_those_of_the_next_day(tuesday_was_empty):
    tuesday_was_empty.answer("/rss", together(RIGHT, feed(WEDNESDAY, "2607.20001", "2607.20002")))
    run("22T04:00")
    assert row().next_at == at("22T04:00")
    tuesday_was_empty.answer("/oai", FILLED)
    run("22T04:15")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})


def test_it_gets_its_papers_when_the_repository_is_read_for_a_later_day(tuesday_was_empty):
    """Wednesday's feed shows only cs.LG, so OAI-PMH is read for cs.CL after eight hours, from Monday on."""
    tuesday_was_empty.answer("/rss", feed(WEDNESDAY, "2607.20001", categories="cs.LG"))
    tuesday_was_empty.answer("/oai", FILLED)
    run("22T05:00")
    assert row().state == "empty"
    run("22T08:01")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})
    assert sets_read(tuesday_was_empty) == ["cs"]


def test_it_is_read_from_its_own_day_on_even_if_the_later_day_is_not_the_next(tuesday_was_empty):
    Fetch.objects.create(source="arxiv", day=WEDNESDAY, state="done", next_at=None)
    tuesday_was_empty.answer("/rss", feed(THURSDAY, "2607.30001", categories="cs.LG"))
    tuesday_was_empty.answer("/oai", FILLED)
    run("23T08:01")
    assert [one.params["from"] for one in tuesday_was_empty.asked if one.path == "/oai"] == [str(MONDAY)]
    assert (row().state, row().summary) == ("done", {"papers": 2})


def test_a_real_holiday_is_confirmed_once_the_repository_has_a_later_day(tuesday_was_empty):
    tuesday_was_empty.answer("/rss", feed(WEDNESDAY, "2607.20001", categories="cs.LG"))
    later = record("2607.20001", "cs.LG", submitted="Tue, 21 Jul 2026 16:00:00 GMT")
    tuesday_was_empty.answer("/oai", Repository([later], page=9))
    run("22T08:01")
    assert (row().state, row().next_at) == ("empty", None)
    assert row().summary == {"papers": 0, "none_in": ["cs.CL", "cs.LG"]}
    assert "holiday" not in message("22T09:00")


def test_a_holiday_is_confirmed_by_one_reading_ten_hours_after_the_next_announcement(tuesday_was_empty):
    """Wednesday's feed is complete, so OAI-PMH is not read for Wednesday."""
    tuesday_was_empty.answer("/rss", feed(WEDNESDAY, "2607.20001", "2607.20002"))
    later = record("2607.20001", "cs.LG", submitted="Tue, 21 Jul 2026 16:00:00 GMT")
    tuesday_was_empty.answer("/oai", Repository([later], page=9))
    for now in ("21T13:00", "21T20:00", "22T05:00", "22T09:59"):
        run(now)
    assert sets_read(tuesday_was_empty) == []
    assert "presumed to be a holiday" in message("22T09:59")
    for now in ("22T10:01", "22T12:00", "22T20:00"):
        run(now)
    assert sets_read(tuesday_was_empty) == ["cs"]
    assert (row().state, row().next_at) == ("empty", None)
    assert "holiday" not in message("22T11:00")


def test_a_day_wrongly_taken_for_a_holiday_gets_its_papers_without_the_feed(tuesday_was_empty):
    """The feed was corrected after noon, after the last request; Wednesday's feed is complete."""
    tuesday_was_empty.answer("/rss", feed(WEDNESDAY, "2607.20001", "2607.20002"))
    tuesday_was_empty.answer("/oai", FILLED)
    run("22T05:00")
    run("22T10:01")
    assert (row().state, row().next_at, row().summary) == ("done", None, {"papers": 2})
    assert [days()[public_id] for public_id in NEW] == [TUESDAY, TUESDAY]


def test_a_holiday_that_waits_to_be_confirmed_is_not_late(tuesday_was_empty):
    tuesday_was_empty.answer("/rss", feed(WEDNESDAY, "2607.20001", "2607.20002"))
    run("22T05:00")
    assert "late" not in message("22T07:00")


@pytest.fixture
def only_statistics_is_missing_on_wednesday(five):
    """OAI-PMH is read for statistics then, not for computer science; Tuesday was presumed to be a holiday."""
    five.answer("/rss", feed(TUESDAY))
    five.answer("/oai", NOTHING)
    run("21T12:00")
    codes = ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    five.answer("/rss", together(*(listing(WEDNESDAY, code, "2", others=["cs.AI"]) for code in codes)))
    return five


def test_one_archive_alone_does_not_confirm_a_holiday(only_statistics_is_missing_on_wednesday):
    only_statistics_is_missing_on_wednesday.answer("/oai", Repository([LATER], page=9))
    run("22T08:01")
    assert row(WEDNESDAY).state == "done"
    assert row().summary["taken_for"] == ["a holiday"]


def test_one_archive_with_a_paper_of_the_day_reopens_it_for_all(only_statistics_is_missing_on_wednesday):
    world = only_statistics_is_missing_on_wednesday
    world.answer("/oai", Repository([record("2607.10041", "stat.ML"), record("2607.10031", "cs.LG"), LATER], page=9))
    run("22T08:01")
    assert row().next_at == at("22T08:01")
    run("22T08:15")
    assert (row().state, row().summary["papers"]) == ("done", 2)


def test_a_dry_run_does_not_reopen_a_holiday(tuesday_was_empty):
    tuesday_was_empty.answer("/rss", RIGHT)
    run("22T04:00", dry_run=True)
    assert row().next_at == at("22T10:00")
