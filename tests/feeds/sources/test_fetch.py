"""A run over all sources: whatever one does, the other is fetched, and the ledger records the outcome."""

import gzip
import json
from datetime import UTC, date, datetime

import pytest

from feeds.models import Fetch
from feeds.sources import arxiv, fetch
from feeds.sources.arxiv import ARXIV
from feeds.sources.huggingface import HUGGING_FACE
from recommender.models import Paper
from tests.feeds.outside import Reply, cut, drip, endless, stall

from .answers import feed, papers_of_a_day
from .formats.samples import RAW, needs_samples

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 21)
NOW = datetime(2026, 7, 21, 6, tzinfo=UTC)
BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">%s]><rss><channel><item><title>&z;</title></item>
</channel></rss>""" % b"".join(b'<!ENTITY %c "&%c;&%c;">' % (letter, letter - 1, letter - 1) for letter in b"bcdefgh")
TROUBLE = {
    "503 with Retry-After": Reply(status=503, headers={"Retry-After": "900"}),
    "429": Reply(status=429),
    "a stall": stall(1),
    "a drip": drip(b"x" * 1000, 0.05),
    "a cut connection": cut(feed(DAY, "2607.00009") * 100),
    "HTML instead of XML": b"<!DOCTYPE html><html><body>Rate exceeded.</body></html>",
    "nothing at all": b"",
    "100 MB": Reply(bytes(100_000_000)),
    "no end": endless(b"x" * 10_000),
    "a gzip bomb": Reply(gzip.compress(bytes(100_000_000)), headers={"Content-Encoding": "gzip"}),
    "an entity bomb": BOMB,
    "a redirect elsewhere": Reply(status=302, headers={"Location": "https://elsewhere.example/rss"}),
}


def fetch_due(now=NOW):
    return fetch.fetch_due(now)


def row(source, day=DAY):
    return Fetch.objects.get(source=source, day=day)


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=list(TROUBLE))
def test_a_failing_source_is_recorded_and_the_other_one_is_fetched(outside, settings, trouble):
    settings.SOURCE_SERVICES = outside.services(answer=0.3, whole=0.5)
    outside.answer("/rss", trouble)
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    reports = fetch_due()
    assert (reports["arxiv"].failed, reports["huggingface"].failed) == (True, False)
    failed = row("arxiv")
    assert (failed.state, failed.next_at > NOW) == ("failed", True)
    assert "127.0.0.1" in failed.error
    assert list(Paper.objects.values_list("public_id", flat=True)) == ["2607.00001"]


def test_the_next_run_after_the_pause_fetches_what_was_missing(outside):
    outside.answer("/rss", Reply(status=404), feed(DAY, "2607.00001", "2607.00002"))
    outside.answer("/api/daily_papers", b"[]")
    fetch_due()
    assert not fetch_due(NOW)["arxiv"].answers
    fetch_due(row("arxiv").next_at)
    assert (row("arxiv").state, row("arxiv").attempts) == ("done", 2)
    assert list(Paper.objects.values_list("day", flat=True)) == [DAY, DAY]


def test_the_ledger_respects_a_sources_retry_after(outside):
    outside.answer("/rss", Reply(status=503, headers={"Retry-After": "1800"}))
    fetch.fetch(ARXIV, [DAY], NOW)
    asked_for = row("arxiv").next_at - row("arxiv").finished_at
    assert 1790 < asked_for.total_seconds() < 1801


def test_a_second_run_requests_nothing(outside):
    outside.answer("/rss", feed(DAY, "2607.00001"))
    outside.answer("/api/daily_papers", b"[]")
    fetch_due()
    requests = len(outside.asked)
    assert [report.answers for report in fetch_due().values()] == [[], []]
    assert len(outside.asked) == requests


def test_a_day_that_nobody_asked_for_is_in_the_ledger_too(outside):
    """The feed still shows Monday when Tuesday is requested."""
    outside.answer("/rss", feed(date(2026, 7, 20), "2607.00001", "2607.00002"))
    fetch.fetch(ARXIV, [DAY], NOW)
    assert (row("arxiv", date(2026, 7, 20)).state, row("arxiv").state) == ("done", "empty")


def test_an_old_feed_leaves_no_row(outside):
    outside.answer("/rss", feed(date(2026, 5, 20), "2605.00001"))
    fetch.fetch(ARXIV, [DAY], NOW)
    assert list(Fetch.objects.values_list("day", flat=True)) == [DAY]


def test_a_day_that_another_run_has_claimed_is_left_alone(outside):
    Fetch.objects.create(
        source="arxiv", day=DAY, state="running", tried_at=NOW, next_at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    report = fetch.fetch(ARXIV, [DAY], NOW, force=True)
    assert (report.busy, report.answers, outside.asked) == ([DAY], [], [])


def test_a_settled_day_is_asked_for_again_only_by_force(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    Fetch.objects.create(source="huggingface", day=DAY, state="done", next_at=None)
    assert fetch.fetch(HUGGING_FACE, [DAY], NOW).busy == [DAY]
    assert fetch.fetch(HUGGING_FACE, [DAY], NOW, force=True).answers[0].state == "done"


def test_old_days_are_fetched_without_a_row(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2507.00001"))
    fetch.fetch(HUGGING_FACE, [date(2025, 7, 21)], NOW, force=True)
    assert (Paper.objects.count(), Fetch.objects.count()) == (1, 0)


def test_a_dry_run_leaves_no_row(outside):
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    report = fetch.fetch(HUGGING_FACE, [DAY], NOW, dry_run=True)
    assert report.answers[0].summary["new"] == 1
    assert (Paper.objects.count(), Fetch.objects.count()) == (0, 0)


def test_an_error_of_our_own_fails_only_that_source(outside, settings, caplog):
    settings.SOURCE_SERVICES.pop("arxiv_rss")
    outside.answer("/api/daily_papers", papers_of_a_day("2607.00001"))
    assert fetch_due()["arxiv"].failed
    assert "the log has the traceback" in row("arxiv").error
    assert "KeyError" in caplog.text
    assert Paper.objects.count() == 1


def test_the_report_fits_into_json_and_names_the_day(outside):
    outside.answer("/rss", feed(DAY, "2607.00001", "2607.00002"))
    outside.answer("/api/daily_papers", Reply(status=404))
    summaries = json.loads(json.dumps({name: report.as_dict() for name, report in fetch_due().items()}))
    assert summaries["arxiv"]["2026-07-21"] == {
        "state": "done", "new": 2, "updated": 0, "unchanged": 0, "passed_over": 0, "rejected": 0,
    }  # fmt: skip
    assert "it answered 404" in summaries["huggingface"]["2026-07-21"]["error"]


def test_a_source_that_is_switched_off_is_not_asked(outside, settings):
    settings.SOURCES = ["huggingface"]
    outside.answer("/api/daily_papers", b"[]")
    assert list(fetch_due()) == ["huggingface"]
    assert set(outside.paths()) == {"/api/daily_papers"}


def test_a_span_of_a_source_by_days_ends_today(outside):
    outside.answer("/api/daily_papers", b"[]")
    report = fetch.fetch_span(HUGGING_FACE, date(2026, 7, 19), date(2026, 7, 30), NOW)
    assert [answer.what for answer in report.answers] == ["2026-07-21", "2026-07-20", "2026-07-19"]


@needs_samples
def test_real_responses_of_two_sources_become_one_paper_each(outside, settings):
    """All papers of the real list, and all that the real feed announces as new or cross-listed."""
    settings.ARXIV_CATEGORIES = ["cs.LG"]
    outside.answer("/rss", (RAW / "arxiv_daily_rss2_feed_2026-09.xml").read_bytes())
    outside.answer("/api/daily_papers", (RAW / "hf_daily_papers_2026-05-13.json").read_bytes())
    day = date(2026, 9, 24)
    now = datetime(2026, 9, 24, 5, tzinfo=UTC)  # before OAI-PMH is asked to confirm the first day of a new site
    assert arxiv.days_due(None, now) == [day]
    [announced] = fetch.fetch(ARXIV, [day], now).answers
    [listed] = fetch.fetch(HUGGING_FACE, [date(2026, 5, 13)], now, force=True).answers
    assert (announced.state, listed.state, listed.summary["new"]) == ("done", "done", 50)
    assert Paper.objects.count() == 50 + announced.summary["new"]
