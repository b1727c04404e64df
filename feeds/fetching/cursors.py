"""How far a source has been read: looked up before a question, moved in the transaction that keeps the answer."""

from typing import Any

from django.utils import timezone

from feeds.models import Cursor

from .failing import SourceFailed


def at(source: str, scope: str) -> Cursor:
    """Where reading stands; not in the database yet when nothing of this scope was ever kept."""
    return Cursor.objects.filter(source=source, scope=scope).first() or Cursor(source=source, scope=scope)


def move(cursor: Cursor, position: dict[str, Any], *, is_finished: bool = False) -> None:
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
