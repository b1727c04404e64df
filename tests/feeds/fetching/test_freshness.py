"""Each source's age against its promise, in the words that page, log and exit code share."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.fetching.freshness import freshness
from feeds.models import Fetch

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 21, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _both(settings):
    settings.SOURCES = ["arxiv", "huggingface"]


def row(source, day, state="done", finished_at=NOW - timedelta(hours=3), next_at=None):
    Fetch.objects.create(source=source, day=day, state=state, finished_at=finished_at, next_at=next_at)


def state_of(source, now=NOW):
    return next(state for state in freshness(now) if state.source == source)


def test_sources_that_are_switched_off_have_no_state(settings):
    settings.SOURCES = []
    assert freshness(NOW) == []


def test_a_source_that_never_answered_is_late_and_says_so():
    found = state_of("arxiv")
    assert (found.is_late, found.last_success_at, found.age) == (True, None, None)
    assert found.message == "arXiv has not answered yet."


def test_a_source_that_keeps_its_promise_is_fresh():
    row("arxiv", date(2026, 7, 21))
    found = state_of("arxiv")
    assert (found.is_late, found.newest_day, found.age) == (False, date(2026, 7, 21), timedelta(hours=3))
    assert (
        found.message
        == "arXiv is fresh: its newest papers are of 2026-07-21; it last answered on 21 July at 13:00 UTC."
    )


def test_a_source_that_has_stopped_is_late_and_says_since_when():
    row("arxiv", date(2026, 7, 20), finished_at=NOW - timedelta(days=1))
    row("arxiv", date(2026, 7, 21), "failed", next_at=NOW)
    found = state_of("arxiv")
    assert found.is_late
    assert found.message == (
        "arXiv is late: the papers announced on 2026-07-21 are missing; it last answered on 20 July at 16:00 UTC."
    )


def test_an_empty_answer_is_an_answer_but_brings_no_newest_day():
    row("huggingface", date(2026, 7, 20), finished_at=NOW - timedelta(days=1))
    row("huggingface", date(2026, 7, 21), "empty", finished_at=NOW)
    found = state_of("huggingface")
    assert (found.is_late, found.newest_day, found.last_success_at) == (False, date(2026, 7, 20), NOW)
    assert found.label == "Hugging Face Daily Papers"


def test_a_failure_is_no_answer():
    row("huggingface", date(2026, 7, 20), finished_at=NOW - timedelta(days=2))
    row("huggingface", date(2026, 7, 21), "failed", finished_at=NOW)
    assert state_of("huggingface").is_late
    assert state_of("huggingface").age == timedelta(days=2)
