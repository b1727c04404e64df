"""Daily Papers by day: pages, growing upvotes, empty weekends, and when a day is read again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.models import Cursor, Fetch
from feeds.sources import huggingface
from feeds.sources.client.client import Client
from feeds.sources.source import Run
from recommender.models import Paper
from tests.feeds.outside import Reply

from .answers import papers_of_a_day
from .formats.samples import RAW, needs_samples

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 21)
FIFTY = [f"2607.{number:05}" for number in range(50)]


def at(text):
    return datetime.fromisoformat(f"2026-07-{text}").replace(tzinfo=UTC)


def fetch(*days, now="21T06:00", **options):
    run = Run(at(now), Client(), lambda line: None, **options)
    return list(huggingface.fetch(list(days), run))


def test_at_first_a_week_is_due_and_then_what_is_missing():
    assert huggingface.days_due(None, at("21T00:00")) == [date(2026, 7, day) for day in range(14, 22)]
    assert huggingface.days_due(date(2026, 7, 20), at("21T23:59")) == [date(2026, 7, 20), DAY]


def test_a_day_is_asked_for_by_its_date(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001", upvotes=7))
    [answer] = fetch(DAY)
    assert (answer.state, answer.summary["new"]) == ("done", 1)
    assert outside.asked[0].params == {"date": "2026-07-21", "limit": "100"}
    assert Paper.objects.values_list("public_id", "day", "source_upvotes").get() == ("2607.00001", DAY, 7)


def test_reading_a_day_again_refreshes_its_counts(outside):
    outside.answer(
        "/api/daily_papers", papers_of_a_day("2607.00001", upvotes=7), papers_of_a_day("2607.00001", upvotes=9)
    )
    fetch(DAY)
    assert fetch(DAY)[0].summary["updated"] == 1
    assert Paper.objects.get().source_upvotes == 9


def test_an_empty_list_is_no_failure(outside):
    outside.answer("/api/daily_papers", b"[]")
    [answer] = fetch(DAY)
    assert (answer.state, answer.error) == ("empty", "")


def test_a_list_that_has_not_changed_is_not_read(outside):
    outside.answer(
        "/api/daily_papers", Reply(papers_of_a_day("2607.00001"), headers={"ETag": '"a"'}), Reply(status=304)
    )
    fetch(DAY)
    [answer] = fetch(DAY)
    assert outside.asked[1].headers["If-None-Match"] == '"a"'
    assert (answer.state, answer.summary["unchanged"]) == ("done", 0)


def test_a_long_list_is_read_page_by_page(outside):
    outside.answer("/api/daily_papers", papers_of_a_day(*FIFTY), papers_of_a_day("2607.00099"))
    assert fetch(DAY)[0].summary["new"] == 51
    assert [request.params.get("p") for request in outside.asked] == [None, "1"]


def test_a_server_without_pages_is_noticed(outside):
    outside.answer("/api/daily_papers", papers_of_a_day(*FIFTY))
    assert fetch(DAY)[0].summary == {"new": 50, "updated": 0, "unchanged": 0, "passed_over": 0, "rejected": 0}
    assert len(outside.asked) == 2


@needs_samples
@pytest.mark.parametrize(("name", "papers"), [("2024-05-27", 13), ("2025-03-17", 12), ("2026-05-13", 50)])
def test_the_real_lists_of_all_three_shapes_are_stored_completely(outside, settings, name, papers):
    outside.answer("/api/daily_papers", (RAW / f"hf_daily_papers_{name}.json").read_bytes())
    [answer] = fetch(date.fromisoformat(name))
    assert (answer.summary["new"], Paper.objects.count()) == (papers, papers)


def test_one_day_that_fails_does_not_stop_the_others(outside):
    def answering(request):
        return Reply(status=404) if request.params["date"] == "2026-07-20" else Reply(papers_of_a_day("2607.00001"))

    outside.answer("/api/daily_papers", answering)
    answers = fetch(date(2026, 7, 19), date(2026, 7, 20), DAY)
    assert [(answer.what, answer.state) for answer in answers] == [
        ("2026-07-21", "done"), ("2026-07-20", "failed"), ("2026-07-19", "done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"<html>busy</html>", b'{"error": "busy"}', b"", b"[{", b'[{"paper": {"id": "2607.00001", "title": ""}}]']
)
def test_a_response_that_is_not_a_list_is_a_failure_and_moves_no_cursor(outside, body):
    outside.answer("/api/daily_papers", body)
    assert fetch(DAY)[0].failed
    assert not Cursor.objects.exists()


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("21T06:00", "21T08:00"),  # every two hours on the day
        ("21T23:00", "22T00:00"),  # but not later than a day after
        ("22T00:30", "23T00:00"),
        ("23T09:00", "24T00:00"),
        ("24T00:00", "28T00:00"),  # after the third day the seventh
    ],
)
def test_a_day_is_read_again_on_itself_and_one_two_three_and_seven_days_later(outside, now, again):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    assert fetch(DAY, now=now)[0].next_at == at(again)


def test_after_the_seventh_day_it_is_settled(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    assert fetch(DAY, now="28T00:01")[0].next_at is None


def test_a_dry_run_writes_nothing(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    assert fetch(DAY, dry_run=True)[0].summary["new"] == 1
    assert Paper.objects.count() == Cursor.objects.count() == 0


def asked(day, finished, state="done"):
    Fetch.objects.create(source="huggingface", day=day, state=state, finished_at=finished)


def test_a_source_without_an_answer_for_more_than_a_day_is_late():
    asked(DAY, at("21T06:00"))
    assert huggingface.overdue(at("22T08:00")) == ""
    assert "not fetched successfully for 26 hours" in huggingface.overdue(at("22T08:01"))


def test_an_empty_working_day_is_late_after_36_hours():
    asked(date(2026, 7, 20), at("21T06:00"))
    asked(DAY, at("22T06:00"), "empty")
    assert huggingface.overdue(at("22T11:59")) == ""
    assert "2026-07-21 is missing or empty" in huggingface.overdue(at("22T12:00"))


def test_an_empty_weekend_is_not_late():
    """On Monday noon the newest list that must not be empty is Friday's, the 24th."""
    asked(date(2026, 7, 24), at("24T06:00"))
    for days in (1, 2):
        asked(date(2026, 7, 24) + timedelta(days=days), at("27T06:00"), "empty")
    assert huggingface.overdue(at("27T12:00")) == ""
