"""Fetch due days from the sources, and record the results.

Each source is fetched by itself; the results go into the ledger.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings

from recommender.engine.data import Report

from . import ledger
from .arxiv import ARXIV
from .client.client import Client
from .client.service import SourceFailed
from .huggingface import HUGGING_FACE
from .source import FetchResult, Run, Source, failed_result

log = logging.getLogger(__name__)

SOURCES = {source.name: source for source in (ARXIV, HUGGING_FACE)}


@dataclass
class FetchReport:
    """The results of one source.

    `busy` are the days that another run is fetching.
    """

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


def fetch_due(now: datetime, report: Report = log.info) -> dict[str, FetchReport]:
    """Fetch what is due from every enabled source.

    Returns a report by the source's name.
    """
    return {source.name: fetch(source, ledger.due(source, now), now, report) for source in enabled_sources()}


def fetch(
    source: Source,
    days: Sequence[date],
    now: datetime,
    report: Report = log.info,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> FetchReport:
    """Fetch days from one source and write the ledger.

    A day that another run has claimed is left to it.

    force    also fetch days that are settled or wait; of those, days long ago get no row
    dry_run  fetch and parse, but write nothing
    """
    with_row = [] if dry_run else [day for day in days if not force or ledger.is_recent(day, now)]
    claimed = [day for day in with_row if ledger.claim(source.name, day, now, force=force)]
    busy = sorted(set(with_row) - set(claimed))
    free_days = sorted(set(days) - set(busy))
    fetched = FetchReport(source, busy=busy)
    run = Run(now, Client(report), report, partial(ledger.renew, source.name, claimed, now), dry_run)
    for answer in _answers(source, free_days, run):
        fetched.answers.append(answer)
        if dry_run or answer.day is None:
            continue
        # The source may show a day that was not requested; it counts if it is not in the ledger yet or waits there.
        is_extra = answer.day not in days and ledger.is_recent(answer.day, now)
        if answer.day in claimed or (is_extra and ledger.claim(source.name, answer.day, now)):
            write = ledger.fail if answer.failed else ledger.finish
            write(source.name, answer, now)
    return fetched


def fetch_span(
    source: Source, first: date, last: date, now: datetime, report: Report = log.info, *, dry_run: bool = False
) -> FetchReport:
    """Fetch a span of days from a source.

    A run that was stopped continues where it was.
    """
    if source.fetch_span is None:
        days = [day for day in source.days_due(first, now) if day <= last]
        return fetch(source, days, now, report, force=True, dry_run=dry_run)
    run = Run(now, Client(report), report, dry_run=dry_run)
    return FetchReport(source, list(source.fetch_span(first, last, run)))


def _answers(source: Source, days: list[date], run: Run) -> Iterator[FetchResult]:
    """Return a result for each day, even after a failure.

    A source that fails must not affect the others.
    """
    unanswered: set[date | None] = set(days)
    try:
        for answer in source.fetch(days, run) if days else ():
            unanswered.discard(answer.day)
            yield answer
    except Exception:
        log.exception("%s: fetching ended in an error", source.name)
        fault = SourceFailed(source.label, "fetching ended in an error of our own", "the log has the traceback")
        yield from (failed_result(fault, day) for day in days if day in unanswered)
