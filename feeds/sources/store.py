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


def cursor_for(source: str, scope: str) -> Cursor:
    """Where reading stands; not in the database yet when nothing of this scope was ever kept."""
    return Cursor.objects.filter(source=source, scope=scope).first() or Cursor(source=source, scope=scope)


def move_cursor(cursor: Cursor, position: dict[str, Any], *, is_finished: bool = False) -> None:
    """Say how far reading has come; call it in the transaction that stores what was read.

    Raises SourceFailed, which rolls that transaction back, when another run has moved the cursor meanwhile.
    """
    now = timezone.now()
    there: dict[str, Any] = {"position": position, "is_finished": is_finished, "moved_at": now}
    if cursor.pk is None:
        made, is_ours = Cursor.objects.get_or_create(source=cursor.source, scope=cursor.scope, defaults=there)
        cursor.pk = made.pk
    else:
        is_ours = bool(Cursor.objects.filter(pk=cursor.pk, moved_at=cursor.moved_at).update(**there))
    if not is_ours:
        raise SourceFailed(cursor.source, f"another run is reading {cursor.scope}", "nothing was stored twice")
    cursor.position, cursor.is_finished, cursor.moved_at = position, is_finished, now


log = logging.getLogger(__name__)

AGAIN = "it is asked again later"


@dataclass
class ParsedResponse:
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


def collect(host: str, rows: Rows) -> ParsedResponse:
    """Everything up to the end of the answer, or to where it breaks off; raises SourceFailed when it is no answer."""
    found = ParsedResponse(host)
    try:
        found.rows.extend(rows)
    except BrokenStream as error:
        found.broken = str(error)
    except WrongFile as error:
        raise SourceFailed(host, str(error), AGAIN) from error
    return found


def store_response(found: ParsedResponse, undated: date, summary: Summary, move: Callable[[], None], run: Run) -> None:
    """Store the rows and move the cursor, both or neither; `summary` grows.

    Of an answer that broke off what is whole is stored, the cursor stays, and SourceFailed is raised.
    """
    for row in found.rows:
        if isinstance(row, Rejected):
            log.warning("%s, line %d: %s", found.host, row.line, row.reason)
    with transaction.atomic():
        for first in range(0, len(found.rows), BATCH):
            store_records(found.rows[first : first + BATCH], undated, summary)
        if not (found.broken or run.dry_run):
            move()
        if run.dry_run:
            transaction.set_rollback(True)
    run.alive()
    if found.broken:
        raise SourceFailed(found.host, f"its answer broke off: {found.broken}", AGAIN)
