"""arXiv day by day: the feed, days that it no longer shows, weekends, holidays, and missing days.

In July 2026 New York is four hours behind UTC: Tuesday's papers (the 21st) are announced on it at 00:00 UTC, their
feed is out at 04:00, and we wait for it until 08:00.
"""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.models import Cursor, Fetch
from feeds.sources import arxiv
from feeds.sources.client.client import Client
from feeds.sources.source import Run
from recommender.models import Paper
from tests.feeds.outside import Reply

from .answers import Repository, error, feed, record
from .formats.samples import RAW, needs_samples

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 7, day) for day in (20, 21, 22))


def at(text):
    return datetime.fromisoformat(f"2026-07-{text}").replace(tzinfo=UTC)


def fetch(days, now="21T06:00", **options):
    run = Run(at(now), Client(), lambda line: None, **options)
    return {answer.what: answer for answer in arxiv.fetch(days, run)}


def states(answers):
    return {what: answer.state for what, answer in answers.items()}


def days_of_papers():
    return dict(Paper.objects.values_list("public_id", "day"))


def test_at_first_the_last_announcement_is_due():
    assert arxiv.days_due(None, at("21T04:00")) == [TUESDAY]
    assert arxiv.days_due(None, at("21T03:59")) == [MONDAY]


def test_weekends_are_not_due():
    """Nothing is announced on Friday and Saturday evening: Sunday's and Saturday's papers do not exist."""
    due = arxiv.days_due(date(2026, 7, 17), at("21T12:00"))
    assert due == [date(2026, 7, 17), MONDAY, TUESDAY]


def test_the_feed_brings_the_day_that_it_shows(outside):
    outside.answer("/rss", feed(TUESDAY, "2607.00001", "2607.00002"))
    assert states(fetch([TUESDAY])) == {"2026-07-21": "done"}
    assert outside.paths() == ["/rss/cs.CL+cs.LG"]
    assert days_of_papers() == {"2607.00001": TUESDAY, "2607.00002": TUESDAY}


def test_a_feed_that_has_not_turned_over_is_asked_again_soon(outside):
    outside.answer("/rss", feed(MONDAY, "2607.00001", "2607.00002"))
    answers = fetch([TUESDAY], "21T04:05")
    assert states(answers) == {"2026-07-20": "done", "2026-07-21": "empty"}
    assert answers["2026-07-21"].next_at == at("21T04:20")


def test_a_feed_that_has_not_changed_is_not_read_again_and_counts_as_the_day_it_showed(outside):
    whole = feed(TUESDAY, "2607.00001", "2607.00002")
    outside.answer("/rss", Reply(whole, headers={"ETag": '"one"'}), Reply(status=304))
    fetch([TUESDAY])
    answers = fetch([TUESDAY])
    assert outside.asked[1].headers["If-None-Match"] == '"one"'
    assert (states(answers), answers["2026-07-21"].summary["unchanged"]) == ({"2026-07-21": "done"}, 0)


def test_days_that_the_feed_no_longer_shows_are_read_from_the_repository(outside):
    """Submitted on Friday noon -> announced on Sunday evening, Monday's; on Monday noon -> Tuesday's."""
    outside.answer("/rss", feed(WEDNESDAY, "2607.00003", "2607.00004"))
    friday = record("2607.00001", submitted="Fri, 17 Jul 2026 16:00:00 GMT")
    outside.answer("/oai", Repository([friday, record("2607.00002")], page=9))
    answers = fetch([MONDAY, TUESDAY, WEDNESDAY], "22T06:00")
    days = {"2607.00001": MONDAY, "2607.00002": TUESDAY, "2607.00003": WEDNESDAY, "2607.00004": WEDNESDAY}
    assert days_of_papers() == days
    assert {str(day): answers[str(day)].state for day in (MONDAY, TUESDAY, WEDNESDAY)} == dict.fromkeys(
        ["2026-07-20", "2026-07-21", "2026-07-22"], "done"
    )
    assert answers["2026-07-21"].summary == {"papers": 1, "none_in": ["cs.LG"]}


def test_the_repository_is_asked_from_the_day_before_the_gap_until_now(outside):
    outside.answer("/rss", feed(WEDNESDAY, "2607.00003"))
    outside.answer("/oai", error("noRecordsMatch"))
    fetch([TUESDAY, WEDNESDAY], "22T06:00")
    params = outside.asked[1].params
    assert (params["from"], params.get("until")) == ("2026-07-20", None)


def test_a_feed_that_stays_away_is_replaced_by_the_repository(outside):
    outside.answer("/rss", Reply(status=404))
    outside.answer("/oai", Repository([record("2607.00001")], page=9))
    assert fetch([TUESDAY], "21T08:00")["2026-07-21"].failed
    assert fetch([TUESDAY], "21T08:01")["2026-07-21"].state == "done"


def test_a_day_without_announcement_is_settled_as_empty(outside):
    """As on an unknown holiday: an empty feed, and nothing in the repository."""
    outside.answer("/rss", feed(TUESDAY))
    outside.answer("/oai", error("noRecordsMatch"))
    answer = fetch([TUESDAY], "21T12:00")["2026-07-21"]
    assert (answer.state, answer.next_at) == ("empty", at("22T10:00"))


def test_a_feed_that_is_full_is_completed_from_the_repository(outside):
    """arXiv's feed ends after 2,000 papers; the repository has two more of the day."""
    outside.answer("/rss", feed(TUESDAY, *(f"2607.{number:05}" for number in range(2000))))
    outside.answer("/oai", Repository([record("2607.02001"), record("2607.02002")], page=9))
    answers = fetch([TUESDAY])
    assert (answers["2026-07-21"].state, answers["2026-07-21"].summary) == ("done", {"papers": 2002})


def test_a_feed_of_which_no_paper_can_be_read_is_a_failure(outside):
    body = feed(TUESDAY, "2607.00001").replace(b"<title>Paper 2607.00001</title>", b"")
    outside.answer("/rss", body)
    assert "none of its 1 papers could be read: " in fetch([TUESDAY])["2026-07-21"].error


def test_an_old_day_alone_does_not_need_the_feed(outside):
    outside.answer("/oai", error("noRecordsMatch"))
    fetch([MONDAY], "22T06:00")
    assert set(outside.paths()) == {"/oai"}


def test_a_failing_repository_does_not_affect_the_feed(outside):
    outside.answer("/rss", feed(WEDNESDAY, "2607.00003", "2607.00004"))
    outside.answer("/oai", Reply(status=404))
    answers = fetch([TUESDAY, WEDNESDAY], "22T06:00")
    assert states(answers) == {"2026-07-21": "failed", "2026-07-22": "done"}
    assert "it answered 404" in answers["2026-07-21"].error


def test_complete_items_of_a_broken_feed_are_stored_and_the_day_is_asked_for_again(outside):
    whole = feed(TUESDAY, "2607.00001", "2607.00002")
    outside.answer("/rss", whole[: whole.index(b"oai:arXiv.org:2607.00002")], whole)
    answer = fetch([TUESDAY])["2026-07-21"]
    assert "response is incomplete" in answer.error
    assert list(days_of_papers()) == ["2607.00001"]
    assert fetch([TUESDAY])["2026-07-21"].state == "done"
    assert len(days_of_papers()) == 2


@needs_samples
def test_the_real_truncated_feed_yields_its_complete_entries_and_one_error(outside):
    """87 entries begin in the file, the last one does not end."""
    body = (RAW / "arxiv_daily_atom_feed_2025-08-20_truncated.xml").read_bytes()
    outside.answer("/rss", body)
    days = [arxiv.days_due(None, at("21T06:00"))[0]]
    assert "response is incomplete" in fetch(days)["2026-07-21"].error
    entries = re.findall(rb"<entry>.*?</entry>", body, re.DOTALL)
    announced = [entry for entry in entries if re.search(rb"Announce Type: (new|cross)\b", entry)]
    assert (len(entries), Paper.objects.count()) == (86, len(announced))


def test_a_dry_run_asks_for_everything_and_writes_nothing(outside):
    outside.answer("/rss", feed(WEDNESDAY, "2607.00003"))
    outside.answer("/oai", Repository([record("2607.00001")], page=9))
    answers = fetch([TUESDAY, WEDNESDAY], "22T06:00", dry_run=True)
    assert [answer.summary["new"] for answer in answers.values()] == [1, 1]
    assert Paper.objects.count() == Cursor.objects.count() == 0


def settled(day, state="done"):
    Fetch.objects.create(source="arxiv", day=day, state=state, next_at=None, finished_at=at("21T05:00"))


def test_a_missing_announcement_is_not_late_for_twelve_hours():
    settled(MONDAY)
    assert arxiv.overdue(at("21T11:59")) == ""
    assert arxiv.overdue(at("21T12:00")) == "the papers announced on 2026-07-21 are missing"


def test_a_settled_announcement_is_not_late_even_if_it_was_empty():
    settled(MONDAY)
    settled(TUESDAY, "empty")
    assert arxiv.overdue(at("21T23:00")) == ""


def test_five_empty_announcements_in_a_row_are_late():
    """From Tuesday the 14th to Monday the 20th are five, the 15th to Tuesday the 21st are the next five."""
    settled(date(2026, 7, 14))
    for day in (15, 16, 17, 20):
        settled(date(2026, 7, day), "empty")
    assert arxiv.overdue(at("20T23:00")) == ""
    settled(TUESDAY, "empty")
    assert arxiv.overdue(at("21T23:00")) == "none of the last 5 announcements had a paper in our categories"


def test_an_open_gap_is_late_even_if_newer_days_are_in():
    settled(TUESDAY)
    Fetch.objects.create(source="arxiv", day=MONDAY, state="failed", next_at=at("21T07:00"))
    assert arxiv.overdue(at("21T23:00")) == "the papers announced on 2026-07-20 are missing"


def test_a_day_that_is_in_but_compared_again_is_not_late():
    Fetch.objects.create(source="arxiv", day=TUESDAY, state="done", next_at=at("22T00:00"))
    assert arxiv.overdue(at("21T23:00")) == ""


def test_fridays_papers_are_the_newest_over_a_weekend():
    settled(date(2026, 7, 24))
    assert arxiv.overdue(at("24T20:00") + timedelta(days=2)) == ""
