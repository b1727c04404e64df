"""What readers can be told of, and noting that it happened, in its own transaction; nothing is sent here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from feeds.models import Webhook, WebhookEvent
from recommender.models import ModelState, Paper, TrainedModel

DIGEST_READY, MODEL_PROMOTED, MODEL_REFUSED, PING = "digest.ready", "model.promoted", "model.refused", "webhook.ping"
EVENTS = {  # what readers can ask for, and in which words
    DIGEST_READY: "Your digest of the day is ready",
    MODEL_PROMOTED: "A night’s model was promoted and serves from now on",
    MODEL_REFUSED: "A night’s model was refused",
}
LOOK_BACK = timedelta(days=7)  # older models are history, not news

_OF_MODELS = {ModelState.PROMOTED: MODEL_PROMOTED, ModelState.REFUSED: MODEL_REFUSED}


def emit(name: str, reader: User | None, payload: dict[str, Any], subject: str = "") -> None:
    """Note that something happened; it is sent if the transaction that this is called in succeeds.

    reader   whom alone it concerns; None: everybody
    subject  what it happened to, where that can happen once: a second call with it changes nothing

    Raises ValueError for an unknown name.
    """
    if name not in (*EVENTS, PING):
        raise ValueError(f"an event is {', '.join(EVENTS)}; got {name!r}")
    event = WebhookEvent(name=name, reader=reader, payload=payload, subject=subject)
    WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)


def emit_digest_ready(reader: User, day: date, paper_pks: Sequence[int], subject: str) -> None:
    """Emit that the reader's digest of a day went out, with the ids of its papers, if anything of theirs listens.

    subject  names the digest, of which this is told once
    """
    if not Webhook.objects.filter(reader=reader, is_on=True).exists():
        return
    public_ids = dict(Paper.objects.filter(pk__in=paper_pks).values_list("pk", "public_id"))
    papers = [public_ids[pk] for pk in paper_pks if pk in public_ids]
    emit(DIGEST_READY, reader, {"day": day.isoformat(), "papers": papers}, subject)


def emit_model_events(now: datetime) -> int:
    """Emit an event for each model that was promoted or refused lately and has none yet; how many there are now.

    The model's own row, written in one transaction with the verdict, says what happened, whoever decided it: the night
    or `manage.py promote`. So no verdict is lost, and none is told twice.
    """
    known = set(WebhookEvent.objects.filter(name__in=_OF_MODELS.values()).values_list("name", "subject"))
    decided = TrainedModel.objects.filter(state__in=_OF_MODELS, trained_at__gt=now - LOOK_BACK).order_by("trained_at")
    new = [row for row in decided if (_OF_MODELS[ModelState(row.state)], row.version) not in known]
    for row in new:
        emit(_OF_MODELS[ModelState(row.state)], None, _about(row), row.version)
    return len(new)


def _about(row: TrainedModel) -> dict[str, Any]:
    return {
        "model": row.version,
        "day": row.day.isoformat(),
        "verdict": row.verdict,
        "votes_seen": row.votes_seen,
        "readers_seen": row.readers_seen,
        "papers_seen": row.papers_seen,
    }
