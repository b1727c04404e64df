"""What of a reader's own file is about digests, feeds and webhooks; never a secret."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accounts.models import User
from recommender.models import Paper

from .http.batch import parts

Row = Mapping[str, Any]
WISH = (
    "is_on", "rhythm", "weekdays", "hour", "time_zone", "length", "least_score", "when_empty", "paused_at",
    "paused_reason", "changed_at",
)  # fmt: skip


def _digest(reader: User) -> Iterable[Row]:
    """One row or none: how the reader wants it."""
    wish = getattr(reader, "digest_wish", None)
    return [{name: getattr(wish, name) for name in WISH}] if wish else []


def _deliveries(reader: User) -> Iterable[Row]:
    columns = ("day", "kind", "state", "address", "sent_at", "error", "paper_pks")
    for some in parts(reader.deliveries.order_by("pk").values_list(*columns).iterator(), 100):
        shown = {pk for *_, pks in some for pk in pks}
        names = dict(Paper.objects.filter(pk__in=shown).values_list("pk", "public_id"))
        for *rest, pks in some:
            about = dict(zip(columns, rest, strict=False))
            yield about | {"paper_ids": [names.get(pk) for pk in pks]}


def _mailed(reader: User) -> Iterable[Row]:
    """Papers that digests have shown, which none shows again."""
    return ({"paper_id": name} for name in reader.mailed.values_list("paper__public_id", flat=True).iterator())


def _feeds(reader: User) -> Iterable[Row]:
    key = getattr(reader, "feed_key", None)
    return [{"made_at": key.made_at, "changed_at": key.changed_at}] if key else []


def _webhooks(reader: User) -> Iterable[Row]:
    for public_id, *rest in reader.webhooks.values_list("public_id", "url", "events", "is_on", "off_reason", "made_at"):
        yield dict(zip(("id", "url", "events", "is_on", "off_reason", "made_at"), (public_id, *rest), strict=True))


def _webhook_events(reader: User) -> Iterable[Row]:
    return reader.webhook_events.values("name", "payload", "at").iterator()


SECTIONS: dict[str, Callable[[User], Iterable[Row]]] = {
    "digest": _digest,
    "deliveries": _deliveries,
    "mailed": _mailed,
    "feeds": _feeds,
    "webhooks": _webhooks,
    "webhook_events": _webhook_events,
}
