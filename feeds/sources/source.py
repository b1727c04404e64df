"""What all sources share: runs, results and functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.text import get_text_list

from feeds.models import FetchState
from recommender.engine.data import Report

from .client.client import Client
from .client.service import SourceFailed

WAITING_FOR = "waiting_for"  # in a summary: what is missing of an open day, such as categories
TAKEN_FOR = "taken_for"  # in a summary: what a settled day without papers is assumed to be, without proof


@dataclass
class Run:
    """One run over the sources.

    now      the present: decides what is due, and when a source is fetched again
    renew    called after each stored part, to renew the leases of the run's days
    dry_run  fetch and parse, but store nothing
    """

    now: datetime
    client: Client
    report: Report
    renew: Callable[[], None] = lambda: None
    dry_run: bool = False


@dataclass(frozen=True)
class FetchResult:
    """The result of fetching one day or span.

    what     the day or the span that was requested
    next_at  when to fetch again; None when that is settled, or left to the ledger after a failure
    day      the day of its row in the ledger; None for a span, which has no row
    """

    what: str
    state: FetchState
    summary: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    next_at: datetime | None = None
    day: date | None = None

    @property
    def failed(self) -> bool:
        return self.state == FetchState.FAILED

    def __str__(self) -> str:
        """`2026-07-21: incomplete: 3 new, 1 updated, waiting for cs.CL and cs.LG`."""
        counts = []
        for key, value in self.summary.items():
            name = key.replace("_", " ")
            counts.append(f"{name} {get_text_list(value, 'and')}" if isinstance(value, list) else f"{value:,} {name}")
        return f"{self.what}: {': '.join(filter(None, (self.state.label, ', '.join(counts), self.error)))}"


def day_result(day: date, state: FetchState, summary: dict[str, Any], next_at: datetime | None = None) -> FetchResult:
    return FetchResult(str(day), state, summary, "", next_at, day)


def waiting_result(
    day: date, counts: dict[str, int], news: set[str], missing: set[str], next_at: datetime
) -> FetchResult:
    """The result for a day that stays open.

    news     the categories that new papers came in
    missing  the categories that the day waits for; may overlap with `news`
    """
    state = FetchState.PARTIAL if news else FetchState.EMPTY
    return day_result(day, state, counts | {WAITING_FOR: sorted(missing)}, next_at)


def failed_result(error: SourceFailed, day: date) -> FetchResult:
    return FetchResult(str(day), FetchState.FAILED, {}, str(error), error.retry_at, day)


@dataclass(frozen=True)
class Source:
    """A source that is fetched by days.

    promise     how fresh it is, in words
    days_due    (first day, now) -> the days from then on that may be fetched; without a first day, the initial ones
    fetch       (days, run) -> a result for each day, and perhaps for one more that the source shows
    overdue     now -> what is late by the promise, in words; empty when nothing is
    fetch_span  (first day, last day, run) -> a result for each part of a span; None to fetch day by day
    """

    name: str
    label: str
    promise: str
    days_due: Callable[[date | None, datetime], list[date]]
    fetch: Callable[[list[date], Run], Iterator[FetchResult]]
    overdue: Callable[[datetime], str]
    fetch_span: Callable[[date, date, Run], Iterator[FetchResult]] | None = None
