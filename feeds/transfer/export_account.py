"""Export a reader's account as JSON, without secrets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings

from accounts.models import User
from feeds.http.batch import chunked
from recommender.collections import saved_in
from recommender.models import Paper

Row = Mapping[str, Any]
VERSION = 1
SETTINGS = ("name", "exploration", "freshness", "is_paused", "gives_evidence", "own_names", "hides_own_papers")
DIGEST_COLUMNS = (
    "is_on", "rhythm", "weekdays", "hour", "time_zone", "length", "least_score", "when_empty", "paused_at",
    "paused_reason", "changed_at",
)  # fmt: skip
DELIVERY_COLUMNS = ("day", "kind", "state", "address", "sent_at", "error")
IMPRESSION_COLUMNS = ("position", "surface", "at", "clicked_at", "vote", "voted_at")
MOST_CACHED_IDS = 200_000  # paper ids that are cached from one ranking to the next


def export_account(reader: User, now: datetime, *, with_rankings: bool, with_tokens: bool) -> Iterator[bytes]:
    """Yield the exported file in pieces.

    It is one JSON object with a list for each section; times are RFC 3339 in UTC.

    with_rankings  include past rankings and impressions, of which there may be very many
    with_tokens    include the names and scopes of API tokens, never their keys
    """
    head = {
        "paperboy_profile": VERSION,
        "made_at": now,
        "site": settings.SITE_URL,
        "email": reader.email,
        "joined_at": reader.joined_at,
        "settings": {name: getattr(reader, name) for name in SETTINGS},
    }
    yield _json(head).removesuffix(b"}")
    for name, rows in _sections(reader).items():
        if (with_rankings or name not in ("rankings", "impressions")) and (with_tokens or name != "tokens"):
            yield b',\n"%s": [' % name.encode()
            separator = b"\n"
            for batch in chunked(rows, 200):
                yield separator + b",\n".join(map(_json, batch))
                separator = b",\n"
            yield b"]"
    yield b"}\n"


def _json(row: Row) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_UTC_Z)


def _sections(reader: User) -> dict[str, Iterator[Row]]:
    """The sections of the file in their order.

    Nothing is queried before its rows are iterated.
    """
    paper_id = "paper__public_id"
    return {
        "interests": _rows(reader.interests, "kind", "text", "created_at"),
        "mutes": _rows(reader.mutes, "kind", "text", "created_at"),
        "votes": _rows(reader.votes, "value", "voted_at", paper_id=paper_id, title="paper__title"),
        "vote_history": _rows(reader.vote_events, "value", "previous", "at", paper_id=paper_id),
        "collections": _collections(reader),
        "submissions": _rows(reader.submissions, "public_id", "day", "state", "reason", "submitted_at"),
        "visits": _row(reader, "visit", "seen_at", "before"),
        "standing": _row(reader, "standing", "counts", "is_settled"),
        "digest": _row(reader, "digest_wish", *DIGEST_COLUMNS),
        "deliveries": _deliveries(reader),
        "mailed": _rows(reader.mailed, paper_id=paper_id),
        "feeds": _row(reader, "feed_key", "made_at", "changed_at"),
        "webhooks": _rows(reader.webhooks, "url", "events", "is_on", "off_reason", "made_at", id="public_id"),
        "webhook_events": _rows(reader.webhook_events, "name", "payload", "at"),
        "tokens": _rows(
            reader.auth_token_set, "name", "scope", id="public_id", created_at="created", expires_at="expiry"
        ),
        "rankings": _rankings(reader),
        "impressions": _rows(
            reader.impressions, *IMPRESSION_COLUMNS, ranking_id="ranking__public_id", paper_id=paper_id
        ),
    }


def _rows(related: Any, *columns: str, **paths: str) -> Iterator[Row]:
    """The rows of a related manager, by name.

    Columns keep their own names, paths get the given ones.
    """
    names = (*paths, *columns)
    for values in related.values_list(*paths.values(), *columns).iterator():
        yield dict(zip(names, values, strict=True))


def _row(reader: User, relation: str, *columns: str) -> Iterator[Row]:
    """The row of a one-to-one relation, if there is one."""
    row = getattr(reader, relation, None)
    if row is not None:
        yield {name: getattr(row, name) for name in columns}


def _collections(reader: User) -> Iterator[Row]:
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


def _deliveries(reader: User) -> Iterator[Row]:
    """The digests sent.

    A paper that was removed from the catalogue is null.
    """
    deliveries = reader.deliveries.order_by("pk").values_list(*DELIVERY_COLUMNS, "paper_pks")
    for batch in chunked(deliveries.iterator(), 100):
        pks = {pk for *_, paper_pks in batch for pk in paper_pks}
        public_ids = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "public_id"))
        for *values, paper_pks in batch:
            columns = dict(zip(DELIVERY_COLUMNS, values, strict=True))
            yield columns | {"paper_ids": [public_ids.get(pk) for pk in paper_pks]}


def _rankings(reader: User) -> Iterator[Row]:
    """Past rankings, oldest first.

    A paper that was removed from the catalogue is null.
    """
    public_ids: dict[int, str] = {}
    rankings = reader.rankings.select_related("model").order_by("made_at", "pk")
    for batch in chunked(rankings.iterator(chunk_size=20), 20):
        if len(public_ids) > MOST_CACHED_IDS:
            public_ids.clear()
        new_pks = {pk for ranking in batch for pk in ranking.order.tolist()} - public_ids.keys()
        papers = Paper.objects.only("pk", "public_id").in_bulk(new_pks)
        public_ids |= {pk: paper.public_id for pk, paper in papers.items()}
        for ranking in batch:
            yield {
                "id": ranking.public_id,
                "day": ranking.day,
                "first_day": ranking.first_day,
                "category": ranking.category,
                "mode": ranking.mode,
                "model": ranking.model.version if ranking.model else None,
                "made_at": ranking.made_at,
                "paper_ids": [public_ids.get(pk) for pk in ranking.order.tolist()],
            }
