"""Each source's freshness compared with its promise, in the words of the status page and the log."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.models import Fetch
from feeds.sources.freshness import freshness

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 21, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _both(settings):
    settings.SOURCES = ["arxiv", "huggingface"]


def row(source, day, state="done", finished_at=NOW - timedelta(hours=3), next_at=None, **columns):
    Fetch.objects.create(source=source, day=day, state=state, finished_at=finished_at, next_at=next_at, **columns)


def state_of(source, now=NOW):
    return next(state for state in freshness(now) if state.source == source)


def test_sources_that_are_switched_off_have_no_state(settings):
    settings.SOURCES = []
    assert freshness(NOW) == []


def test_a_source_that_never_answered_is_late():
    state = state_of("arxiv")
    assert (state.is_late, state.last_success_at, state.age) == (True, None, None)
    assert state.message == "arXiv has not answered yet."


def test_a_source_that_keeps_its_promise_is_fresh():
    row("arxiv", date(2026, 7, 21))
    state = state_of("arxiv")
    assert (state.is_late, state.newest_day, state.age) == (False, date(2026, 7, 21), timedelta(hours=3))
    assert (
        state.message
        == "arXiv is fresh: its newest papers are of 2026-07-21; it last answered on 21 July at 13:00 UTC."
    )


def test_a_source_that_has_stopped_is_late_and_shows_since_when():
    row("arxiv", date(2026, 7, 20), finished_at=NOW - timedelta(days=1))
    row("arxiv", date(2026, 7, 21), "failed", next_at=NOW)
    state = state_of("arxiv")
    assert state.is_late
    assert state.message == (
        "arXiv is late: the papers announced on 2026-07-21 are missing; it last answered on 20 July at 16:00 UTC."
    )


def test_an_empty_answer_is_an_answer_but_brings_no_newest_day():
    row("huggingface", date(2026, 7, 20), finished_at=NOW - timedelta(days=1))
    row("huggingface", date(2026, 7, 21), "empty", finished_at=NOW)
    state = state_of("huggingface")
    assert (state.is_late, state.newest_day, state.last_success_at) == (False, date(2026, 7, 20), NOW)
    assert state.label == "Hugging Face Daily Papers"


def test_a_failure_does_not_count_as_an_answer():
    row("huggingface", date(2026, 7, 20), finished_at=NOW - timedelta(days=2))
    row("huggingface", date(2026, 7, 21), "failed", finished_at=NOW)
    assert state_of("huggingface").is_late
    assert state_of("huggingface").age == timedelta(days=2)


def test_a_day_that_waits_for_a_category_is_named_even_if_nothing_is_late_yet():
    """At 11:00 UTC the promise of 12 hours after midnight is not broken."""
    now = NOW.replace(hour=11)
    row("arxiv", date(2026, 7, 20), finished_at=now - timedelta(days=1))
    waiting = {"new": 3, "waiting_for": ["cs.CL", "stat.ML"]}
    row("arxiv", date(2026, 7, 21), "partial", finished_at=now, next_at=now, summary=waiting)
    state = state_of("arxiv", now)
    assert state.is_late is False
    assert state.waiting == "2026-07-21 in cs.CL and stat.ML"
    assert state.message == (
        "arXiv is waiting for the new papers of 2026-07-21 in cs.CL and stat.ML: its newest papers are of 2026-07-21; "
        "it last answered on 21 July at 11:00 UTC."
    )


def test_all_days_that_wait_are_named():
    for day in (20, 21):
        row("huggingface", date(2026, 7, day), "empty", next_at=NOW, summary={"waiting_for": ["cs.CL"]})
    assert state_of("huggingface").waiting == "2026-07-21 in cs.CL, and of 2026-07-20 in cs.CL"


def test_a_category_that_is_late_is_named(settings):
    settings.ARXIV_CATEGORIES = ["cs.CL", "cs.LG"]
    row("arxiv", date(2026, 7, 21), "partial", next_at=NOW, summary={"waiting_for": ["cs.CL"]})
    state = state_of("arxiv")
    assert state.is_late
    assert state.message == (
        "arXiv is late: the papers announced on 2026-07-21 (cs.CL) are missing; "
        "it last answered on 21 July at 13:00 UTC."
    )


def test_a_day_that_is_taken_for_a_holiday_is_named_for_a_week():
    row("arxiv", date(2026, 7, 20), finished_at=NOW - timedelta(days=1))
    row("arxiv", date(2026, 7, 21), "empty", summary={"papers": 0, "taken_for": ["a holiday"]})
    state = state_of("arxiv")
    assert state.is_late is False
    assert state.holidays == "2026-07-21"
    assert state.message == (
        "arXiv is fresh: its newest papers are of 2026-07-20; no papers came for 2026-07-21, presumed to be a holiday; "
        "it last answered on 21 July at 13:00 UTC."
    )
    assert state_of("arxiv", NOW + timedelta(days=7)).holidays == ""


def test_a_settled_day_waits_for_nothing():
    row("arxiv", date(2026, 7, 21), summary={"papers": 2, "none_in": ["cs.CL"]})
    assert state_of("arxiv").waiting == ""
