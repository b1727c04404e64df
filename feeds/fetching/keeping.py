"""What an answer held: read whole, then stored together with the cursor in one transaction, or on a dry run nowhere."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from feeds.ingest import BATCH, Summary, store
from feeds.sources.formats.record import PaperRecord, Rows
from recommender.textfiles import BrokenStream, Rejected, WrongFile

from .failing import SourceFailed
from .run import Run

log = logging.getLogger(__name__)

AGAIN = "it is asked again later"


@dataclass
class Received:
    """The rows of an answer; `broken` says how it broke off, if it did."""

    host: str
    rows: list[PaperRecord | Rejected] = field(default_factory=list)
    broken: str = ""

    def refuse_unreadable(self) -> None:
        """Raises SourceFailed when not one of the rows could be read: then the form has changed, not a paper."""
        if self.rows and not self.records:
            reasons = [row.reason for row in self.rows if isinstance(row, Rejected)]
            raise SourceFailed(self.host, f"none of its {len(reasons):,} papers could be read: {reasons[0]}", AGAIN)

    @property
    def records(self) -> list[PaperRecord]:
        return [row for row in self.rows if isinstance(row, PaperRecord)]


def received(host: str, rows: Rows) -> Received:
    """Everything up to the end of the answer, or to where it breaks off; raises SourceFailed when it is no answer."""
    found = Received(host)
    try:
        found.rows.extend(rows)
    except BrokenStream as error:
        found.broken = str(error)
    except WrongFile as error:
        raise SourceFailed(host, str(error), AGAIN) from error
    return found


def keep(found: Received, undated: date, summary: Summary, move: Callable[[], None], run: Run) -> None:
    """Store the rows and move the cursor, both or neither; `summary` grows.

    Of an answer that broke off what is whole is stored, the cursor stays, and SourceFailed is raised.
    """
    for row in found.rows:
        if isinstance(row, Rejected):
            log.warning("%s, line %d: %s", found.host, row.line, row.reason)
    with transaction.atomic():
        for first in range(0, len(found.rows), BATCH):
            store(found.rows[first : first + BATCH], undated, summary)
        if not (found.broken or run.dry_run):
            move()
        if run.dry_run:
            transaction.set_rollback(True)
    run.alive()
    if found.broken:
        raise SourceFailed(found.host, f"its answer broke off: {found.broken}", AGAIN)
