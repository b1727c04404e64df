"""The events that webhooks report.

They are recorded in the transaction in which they happen. Nothing is sent here.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from feeds.models import Webhook, WebhookEvent
from recommender.models import ModelState, Paper, TrainedModel

DIGEST_READY, MODEL_PROMOTED, MODEL_REFUSED, PING = "digest.ready", "model.promoted", "model.refused", "webhook.ping"
EVENTS = {  # the events that readers can choose, with their labels
    DIGEST_READY: "Your digest of the day is ready",
    MODEL_PROMOTED: "A night’s model was promoted and serves from now on",
    MODEL_REFUSED: "A night’s model was refused",
}
LOOK_BACK = timedelta(days=7)  # models older than this cause no event

_OF_MODELS = {ModelState.PROMOTED: MODEL_PROMOTED, ModelState.REFUSED: MODEL_REFUSED}


def emit(name: str, reader: User | None, payload: dict[str, Any], subject: str = "") -> None:
    """Record an event; it is sent if the surrounding transaction succeeds.

    reader   the only reader whom it concerns; None: everybody
    subject  what the event is about, if that happens once: a second call with the same subject changes nothing

    Raises ValueError for an unknown name.
    """
    if name not in (*EVENTS, PING):
        raise ValueError(f"unknown event {name!r}; use one of {', '.join(EVENTS)}")
    event = WebhookEvent(name=name, reader=reader, payload=payload, subject=subject)
    WebhookEvent.objects.bulk_create([event], ignore_conflicts=True)


def emit_digest_ready(reader: User, day: date, paper_pks: Sequence[int], subject: str) -> None:
    """Record that the reader's digest was sent.

    The event has its paper ids, and is recorded only if the reader has a webhook that is on.

    subject  names the digest, which is reported once
    """
    if not Webhook.objects.filter(reader=reader, is_on=True).exists():
        return
    public_ids = dict(Paper.objects.filter(pk__in=paper_pks).values_list("pk", "public_id"))
    papers = [public_ids[pk] for pk in paper_pks if pk in public_ids]
    emit(DIGEST_READY, reader, {"day": day.isoformat(), "papers": papers}, subject)


def emit_model_events(now: datetime) -> int:
    """Record an event for each recently promoted or refused model.

    Models that have an event are left out. Returns the number of events. The model's own row, written in one
    transaction with the verdict, says what happened, whether the night or `manage.py promote` decided it. So no verdict
    is lost and none is reported twice.
    """
    known = set(WebhookEvent.objects.filter(name__in=_OF_MODELS.values()).values_list("name", "subject"))
    decided = TrainedModel.objects.filter(state__in=_OF_MODELS, trained_at__gt=now - LOOK_BACK).order_by("trained_at")
    count = 0
    for row in decided:
        name = _OF_MODELS[ModelState(row.state)]
        if (name, row.version) in known:
            continue
        payload = {
            "model": row.version,
            "day": row.day.isoformat(),
            "verdict": row.verdict,
            "votes_seen": row.votes_seen,
            "readers_seen": row.readers_seen,
            "papers_seen": row.papers_seen,
        }
        emit(name, None, payload, row.version)
        count += 1
    return count
