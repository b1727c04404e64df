"""The ledger of fetches: what is due, claims, and how long a failure waits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.models import Fetch, FetchState
from feeds.sources import ledger
from feeds.sources.arxiv import ARXIV
from feeds.sources.client.service import SourceFailed
from feeds.sources.huggingface import HUGGING_FACE
from feeds.sources.source import day_result, failed_result
from tests.threads import all_at_once, commits

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 21)
NOW = datetime(2026, 7, 21, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def row(day=DAY, state="done", next_at=None, source="arxiv", **columns):
    return Fetch.objects.create(source=source, day=day, state=state, next_at=next_at, **columns)


def claim(now=NOW, **options):
    return ledger.claim("arxiv", DAY, now, **options)


def fail(now, retry_at=None):
    """Claim the day and fail; return how long it waits then."""
    assert claim(now)
    ledger.fail("arxiv", failed_result(SourceFailed("arXiv", "it answered 500", "later", retry_at), DAY), now)
    return Fetch.objects.get().next_at - now


def test_the_source_decides_what_is_due_first():
    assert ledger.due(ARXIV, NOW) == [DAY]


def test_days_after_the_newest_one_are_due():
    row(date(2026, 7, 16))
    assert ledger.due(ARXIV, NOW) == [date(2026, 7, 17), date(2026, 7, 20), DAY]


def test_a_hole_between_known_days_is_due():
    row(date(2026, 7, 16))
    row(DAY)
    assert ledger.due(ARXIV, NOW) == [date(2026, 7, 17), date(2026, 7, 20)]


def test_after_a_long_absence_nothing_is_skipped():
    """From 1 April to 21 July 2026 are 112 days."""
    row(date(2026, 3, 31), source="huggingface")
    assert len(ledger.due(HUGGING_FACE, NOW)) == 112


def test_one_old_day_does_not_make_all_days_since_due():
    row(date(2025, 1, 1), source="huggingface")
    row(DAY, source="huggingface")
    assert len(ledger.due(HUGGING_FACE, NOW)) == 30


def test_a_settled_day_is_not_due_and_a_waiting_one_is_due_at_its_time():
    row(DAY, "failed", NOW)
    assert ledger.due(ARXIV, NOW - MINUTE) == []
    assert ledger.due(ARXIV, NOW) == [DAY]
    Fetch.objects.update(next_at=None)
    assert ledger.due(ARXIV, NOW) == []


def test_with_force_waiting_days_are_due_but_not_settled_ones():
    row(DAY, "failed", NOW + MINUTE)
    assert ledger.due(ARXIV, NOW, force=True) == [DAY]
    Fetch.objects.update(next_at=None, state="done")
    assert ledger.due(ARXIV, NOW, force=True) == []


def test_a_day_is_claimed_once():
    assert claim()
    assert not claim(NOW + MINUTE)
    assert not claim(NOW + MINUTE, force=True)


@commits
def test_only_one_of_many_concurrent_claims_succeeds():
    assert sorted(all_at_once(*[claim] * 4)) == [False, False, False, True]


def test_a_dead_run_is_taken_over_and_can_no_longer_write():
    claim()
    Fetch.objects.update(next_at=NOW + MINUTE)
    assert claim(NOW + 2 * MINUTE)
    ledger.finish("arxiv", day_result(DAY, FetchState.DONE, {"new": 1}), NOW)
    assert Fetch.objects.get().state == "running"
    ledger.finish("arxiv", day_result(DAY, FetchState.DONE, {"new": 2}), NOW + 2 * MINUTE)
    assert Fetch.objects.get().summary == {"new": 2}


def test_a_run_that_renews_keeps_its_claim():
    claim()
    Fetch.objects.update(next_at=NOW)
    ledger.renew("arxiv", [DAY], NOW)
    assert not claim(NOW + MINUTE)


def test_finish_records_the_answer():
    claim()
    ledger.finish("arxiv", day_result(DAY, FetchState.EMPTY, {"new": 0}, NOW + MINUTE), NOW)
    fetch = Fetch.objects.get()
    assert (fetch.state, fetch.attempts, fetch.next_at, fetch.summary) == ("empty", 1, NOW + MINUTE, {"new": 0})
    assert fetch.finished_at


def test_pauses_after_failures_double_up_to_an_hour():
    now, pauses = NOW, []
    for _ in range(6):
        pauses.append(fail(now) // MINUTE)
        now += timedelta(hours=2)
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert Fetch.objects.get().attempts == 6


def test_after_a_success_the_pauses_begin_again():
    fail(NOW)
    claim(NOW + timedelta(hours=1))
    ledger.finish("arxiv", day_result(DAY, FetchState.DONE, {}, NOW), NOW + timedelta(hours=1))
    assert fail(NOW + timedelta(hours=2)) == 5 * MINUTE


def test_a_source_may_request_a_longer_pause():
    assert fail(NOW, NOW + timedelta(minutes=50)) == 50 * MINUTE


def test_a_failure_keeps_the_last_summary_and_records_the_error():
    row(DAY, "done", NOW, summary={"new": 9})
    fail(NOW)
    fetch = Fetch.objects.get()
    assert (fetch.summary, fetch.error) == ({"new": 9}, "arXiv: it answered 500; later")
