"""A run over the sources: what is due is asked for, each source by itself, and what came is written into the ledger."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings

from . import ledger
from .arxiv import ARXIV
from .client.client import Client, Say
from .client.service import SourceFailed
from .huggingface import HUGGING_FACE
from .source import FetchResult, Run, Source, failed_result

log = logging.getLogger(__name__)

SOURCES = {source.name: source for source in (ARXIV, HUGGING_FACE)}


@dataclass
class FetchReport:
    """What came of asking one source; `busy`: days that another run is asking for."""

    source: Source
    answers: list[FetchResult] = field(default_factory=list)
    busy: list[date] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(answer.failed for answer in self.answers)

    def as_dict(self) -> dict[str, Any]:
        return {
            answer.what: {"state": answer.state, **answer.summary} | ({"error": answer.error} if answer.failed else {})
            for answer in self.answers
        }


def enabled_sources() -> list[Source]:
    return [SOURCES[name] for name in settings.SOURCES]


def fetch_due(now: datetime, say: Say = log.info) -> dict[str, FetchReport]:
    """Ask every source that is switched on for what is due; what came of each, by name."""
    return {source.name: fetch(source, ledger.due(source, now), now, say) for source in enabled_sources()}


def fetch(
    source: Source,
    days: Sequence[date],
    now: datetime,
    say: Say = log.info,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> FetchReport:
    """Ask one source for days and write the ledger; a day that another run is asking for is left to it.

    force    ask also for days that are settled or wait; of those, days long ago get no row
    dry_run  ask and read, but write nothing
    """
    kept = [] if dry_run else [day for day in days if not force or ledger.is_recent(day, now)]
    claimed = [day for day in kept if ledger.claim(source.name, day, now, force=force)]
    busy = sorted(set(kept) - set(claimed))
    report = FetchReport(source, busy=busy)
    asked = sorted(set(days) - set(busy))
    run = Run(now, Client(say), say, partial(ledger.renew, source.name, claimed, now), dry_run)
    for answer in _answers(source, asked, run):
        if not dry_run and (answer.day in claimed or _came_along(source, answer, days, now)):
            ledger.record(source.name, answer, now)
        report.answers.append(answer)
    return report


def fetch_span(
    source: Source, first: date, last: date, now: datetime, say: Say = log.info, *, dry_run: bool = False
) -> FetchReport:
    """Bring in what a source has of a span of days; a run that was stopped goes on where it stood."""
    if source.fetch_span is None:
        days = [day for day in source.days_due(first, now) if day <= last]
        return fetch(source, days, now, say, force=True, dry_run=dry_run)
    return FetchReport(source, list(source.fetch_span(first, last, Run(now, Client(say), say, dry_run=dry_run))))


def _came_along(source: Source, answer: FetchResult, days: Sequence[date], now: datetime) -> bool:
    """Whether this is a day that nobody asked for, and that is not in the ledger yet or waits there."""
    if answer.day is None or answer.day in days or not ledger.is_recent(answer.day, now):
        return False
    return ledger.claim(source.name, answer.day, now)


def _answers(source: Source, days: list[date], run: Run) -> Iterator[FetchResult]:
    """An answer for each day, whatever happens: a source that fails must not take the others along."""
    left: set[date | None] = set(days)
    try:
        for answer in source.fetch(days, run) if days else ():
            left.discard(answer.day)
            yield answer
    except Exception:
        log.exception("%s: asking it ended in an error", source.name)
        fault = SourceFailed(source.label, "asking it ended in an error of our own", "the log has the rest")
        yield from (failed_result(fault, day) for day in days if day in left)
