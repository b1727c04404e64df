"""Store a source's response and its cursor in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from feeds.models import Cursor
from recommender.textfiles import BrokenStream, Rejected, WrongFile

from .client.service import SourceFailed
from .formats.record import PaperRecord, Rows
from .ingest import BATCH, Summary, store_records
from .source import Run

log = logging.getLogger(__name__)

AGAIN = "it is tried again later"


def cursor_for(source: str, scope: str) -> Cursor:
    """How far this scope has been read.

    If nothing of it was ever stored, this is an unsaved cursor.
    """
    return Cursor.objects.filter(source=source, scope=scope).first() or Cursor(source=source, scope=scope)


def move_cursor(cursor: Cursor, position: dict[str, Any], *, is_finished: bool = False) -> None:
    """Record how far the scope has been read.

    Call it in the transaction that stores the papers. Raises SourceFailed, which rolls that transaction back, when
    another run has moved the cursor meanwhile.
    """
    now = timezone.now()
    columns: dict[str, Any] = {"position": position, "is_finished": is_finished, "moved_at": now}
    if cursor.pk is None:
        row, is_ours = Cursor.objects.get_or_create(source=cursor.source, scope=cursor.scope, defaults=columns)
        cursor.pk = row.pk
    else:
        is_ours = bool(Cursor.objects.filter(pk=cursor.pk, moved_at=cursor.moved_at).update(**columns))
    if not is_ours:
        raise SourceFailed(cursor.source, f"another run is reading {cursor.scope}", "nothing was stored twice")
    cursor.position, cursor.is_finished, cursor.moved_at = position, is_finished, now


@dataclass
class ParsedResponse:
    """The rows of a response.

    `broken` says how it broke off, if it did.
    """

    host: str
    rows: list[PaperRecord | Rejected] = field(default_factory=list)
    broken: str = ""

    def refuse_unreadable(self) -> None:
        """Raise SourceFailed if none of the rows could be read.

        In that case the format has changed, not a paper.
        """
        if self.rows and not self.records:
            reasons = [row.reason for row in self.rows if isinstance(row, Rejected)]
            raise SourceFailed(self.host, f"none of its {len(reasons):,} papers could be read: {reasons[0]}", AGAIN)

    @property
    def records(self) -> list[PaperRecord]:
        return [row for row in self.rows if isinstance(row, PaperRecord)]


def collect(host: str, rows: Rows) -> ParsedResponse:
    """Read the response's rows, to its end or to a break.

    Raises SourceFailed when it is not in the source's format at all.
    """
    parsed = ParsedResponse(host)
    try:
        parsed.rows.extend(rows)
    except BrokenStream as error:
        parsed.broken = str(error)
    except WrongFile as error:
        raise SourceFailed(host, str(error), AGAIN) from error
    return parsed


def store_response(parsed: ParsedResponse, undated: date, summary: Summary, move: Callable[[], None], run: Run) -> None:
    """Store the rows and move the cursor, both or neither.

    `summary` is added to.

    undated  the day of papers without a date
    move     moves the cursor

    If the response broke off, its complete rows are stored, the cursor stays, and SourceFailed is raised.
    """
    for row in parsed.rows:
        if isinstance(row, Rejected):
            log.warning("%s, line %d: %s", parsed.host, row.line, row.reason)
    with transaction.atomic():
        for first in range(0, len(parsed.rows), BATCH):
            store_records(parsed.rows[first : first + BATCH], undated, summary)
        if not (parsed.broken or run.dry_run):
            move()
        if run.dry_run:
            transaction.set_rollback(True)
    run.renew()
    if parsed.broken:
        raise SourceFailed(parsed.host, f"its response is incomplete: {parsed.broken}", AGAIN)
