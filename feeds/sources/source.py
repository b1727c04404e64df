"""What a run over the sources shares, and what comes of each question: an answer for the ledger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.text import get_text_list

from feeds.models import FetchState

from .client.client import Client, Say
from .client.service import SourceFailed

WAITING_FOR = "waiting_for"  # in a summary: what is missing of an open day, such as categories
TAKEN_FOR = "taken_for"  # in a summary: what a settled day without papers is taken for, without proof


@dataclass
class Run:
    """One run over the sources.

    now      what counts as the present: what is due, and when something is asked again
    alive    called when a part is done, so that nobody takes the run for dead
    dry_run  ask and read, but keep nothing
    """

    now: datetime
    client: Client
    say: Say
    alive: Callable[[], None] = lambda: None
    dry_run: bool = False


@dataclass(frozen=True)
class FetchResult:
    """What came of one question.

    what     the day or the span that was asked for
    next_at  when to ask again; None when that is settled, or for the ledger to say after a failure
    day      whose row in the ledger it is; None for what is not asked for by day
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
        return f"{self.what}: {': '.join(filter(None, (self.state.label, self._counts(), self.error)))}"

    def _counts(self) -> str:
        """`3 new, 1 updated, waiting for cs.CL and cs.LG`: numbers before their names, lists of categories after."""
        parts = ((name.replace("_", " "), value) for name, value in self.summary.items())
        return ", ".join(
            f"{name} {get_text_list(value, 'and')}" if isinstance(value, list) else f"{value:,} {name}"
            for name, value in parts
        )


def day_result(day: date, state: FetchState, summary: dict[str, Any], next_at: datetime | None = None) -> FetchResult:
    return FetchResult(str(day), state, summary, "", next_at, day)


def waiting_result(
    day: date, counts: dict[str, int], news: set[str], missing: set[str], next_at: datetime
) -> FetchResult:
    """The answer for a day that stays open: what it waits for is missing, though there may be news of the same kind."""
    state = FetchState.PARTIAL if news else FetchState.EMPTY
    return day_result(day, state, counts | {WAITING_FOR: sorted(missing)}, next_at)


def failed_result(error: SourceFailed, day: date) -> FetchResult:
    return FetchResult(str(day), FetchState.FAILED, {}, str(error), error.retry_at, day)


@dataclass(frozen=True)
class Source:
    """A source that can be asked for days.

    promise   how fresh it is kept, in words
    days_due  a day, the present -> the days from that day on that may be asked for; without a day, those to begin with
    fetch     days, run -> an answer for each, and perhaps for one more that came along
    overdue   the present -> what should be in by its promise and is not; empty when all is
    fetch_span  first and last day, run -> an answer for each part of a span; None where days are asked for one by one
    """

    name: str
    label: str
    promise: str
    days_due: Callable[[date | None, datetime], list[date]]
    fetch: Callable[[list[date], Run], Iterator[FetchResult]]
    overdue: Callable[[datetime], str]
    fetch_span: Callable[[date, date, Run], Iterator[FetchResult]] | None = None
