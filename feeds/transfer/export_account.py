"""A reader's account as JSON; never a secret."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from accounts.models import User
from feeds.http.batch import parts
from recommender.collections import saved_in
from recommender.models import Paper, Ranking

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

VERSION = 1
SETTINGS = ("name", "exploration", "freshness", "is_paused", "gives_evidence", "own_names", "hides_own_papers")
RESTORED = ("interests", "mutes", "votes", "vote_history", "collections")
NAMES_KEPT = 200_000  # ids of papers that are remembered from one ranking to the next


def export_account(reader: User, now: datetime, *, with_rankings: bool, with_tokens: bool) -> Iterator[bytes]:
    """The file in pieces: one object, with a list for each kind of thing; every time is RFC 3339 in UTC.

    with_rankings  also past rankings and impressions, of which there may be very many
    with_tokens    also what API tokens are called and may do, never a key
    """
    head: Row = {
        "paperboy_profile": VERSION,
        "made_at": now,
        "site": settings.SITE_URL,
        "email": reader.email,
        "joined_at": reader.joined_at,
        "settings": {name: getattr(reader, name) for name in SETTINGS},
    }
    yield _json(head).removesuffix(b"}")
    for name, rows_of in _SECTIONS.items():
        if (with_rankings or name not in ("rankings", "impressions")) and (with_tokens or name != "tokens"):
            yield b',\n"%s": ' % name.encode()
            yield from _list(rows_of(reader))
    yield b"}\n"


def _list(rows: Iterable[Row]) -> Iterator[bytes]:
    yield b"["
    start = b"\n"
    for some in parts(rows, 200):
        yield start + b",\n".join(map(_json, some))
        start = b",\n"
    yield b"]"


def _json(row: Row) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_UTC_Z)


def _interests(reader: User) -> Iterable[Row]:
    return reader.interests.values("kind", "text", "created_at").iterator()


def _mutes(reader: User) -> Iterable[Row]:
    return reader.mutes.values("kind", "text", "created_at").iterator()


def _votes(reader: User) -> Iterable[Row]:
    columns = ("paper__public_id", "paper__title", "value", "voted_at")
    for paper_id, title, value, at in reader.votes.values_list(*columns).iterator():
        yield {"paper_id": paper_id, "title": title, "value": value, "voted_at": at}


def _history(reader: User) -> Iterable[Row]:
    columns = ("paper__public_id", "value", "previous", "at")
    for paper_id, value, previous, at in reader.vote_events.values_list(*columns).iterator():
        yield {"paper_id": paper_id, "value": value, "previous": previous, "at": at}


def _collections(reader: User) -> Iterable[Row]:
    for collection in reader.collections.all():
        saved = saved_in(collection).values_list("paper__public_id", "paper__title", "note", "added_at")
        yield {
            "id": collection.public_id,
            "name": collection.name,
            "note": collection.note,
            "is_shared": bool(collection.link),
            "created_at": collection.created_at,
            "papers": [dict(zip(("paper_id", "title", "note", "added_at"), row, strict=True)) for row in saved],
        }


def _rankings(reader: User) -> Iterable[Row]:
    names: dict[int, str] = {}
    rankings = reader.rankings.select_related("model").order_by("made_at", "pk")
    for some in parts(rankings.iterator(chunk_size=20), 20):
        if len(names) > NAMES_KEPT:
            names.clear()
        wanted = {pk for ranking in some for pk in ranking.order.tolist()} - names.keys()
        names |= {pk: paper.public_id for pk, paper in Paper.objects.only("pk", "public_id").in_bulk(wanted).items()}
        yield from (_ranking(ranking, names) for ranking in some)


def _ranking(ranking: Ranking, names: dict[int, str]) -> Row:
    """A paper that has left the catalogue since is null in its place."""
    return {
        "id": ranking.public_id,
        "day": ranking.day,
        "first_day": ranking.first_day,
        "category": ranking.category,
        "mode": ranking.mode,
        "model": ranking.model.version if ranking.model else None,
        "made_at": ranking.made_at,
        "paper_ids": [names.get(pk) for pk in ranking.order.tolist()],
    }


def _impressions(reader: User) -> Iterable[Row]:
    columns = ("position", "surface", "at", "clicked_at", "vote", "voted_at")
    rows = reader.impressions.values_list("ranking__public_id", "paper__public_id", *columns)
    for row in rows.iterator():
        yield dict(zip(("ranking_id", "paper_id", *columns), row, strict=True))


def _submissions(reader: User) -> Iterable[Row]:
    return reader.submissions.values("public_id", "day", "state", "reason", "submitted_at").iterator()


def _visits(reader: User) -> Iterable[Row]:
    """One row or none: when the reader was last here."""
    visit = getattr(reader, "visit", None)
    return [{"seen_at": visit.seen_at, "before": visit.before}] if visit else []


def _standing(reader: User) -> Iterable[Row]:
    """One row or none: whether the reader's votes count for others."""
    found = getattr(reader, "standing", None)
    return [{"counts": found.counts, "is_settled": found.is_settled}] if found else []


def _tokens(reader: User) -> Iterable[Row]:
    for public_id, *rest in reader.auth_token_set.values_list("public_id", "name", "scope", "created", "expiry"):
        yield dict(zip(("id", "name", "scope", "created_at", "expires_at"), (public_id, *rest), strict=True))


_SECTIONS: dict[str, Callable[[User], Iterable[Row]]] = {
    "interests": _interests,
    "mutes": _mutes,
    "votes": _votes,
    "vote_history": _history,
    "collections": _collections,
    "submissions": _submissions,
    "visits": _visits,
    "standing": _standing,
    **SECTIONS,
    "tokens": _tokens,
    "rankings": _rankings,
    "impressions": _impressions,
}
