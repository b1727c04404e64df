"""The ledger of deliveries: a row is claimed before its digest is made, marked before it is handed over, settled after.

Every change is one conditional statement, so that of two workers one wins, on any database. A claim whose worker died
is taken over if nothing had been handed over; if something had, nobody can know whether it arrived, and it is never
sent again.
"""

import logging
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish, Mailed, Subscriber
from feeds.webhooks.events import emit_digest_ready
from recommender.models import Paper

from . import throttle
from .mailer import DeliveryResult
from .schedule import DueDigest, falls_on, local_day

log = logging.getLogger(__name__)
State, Kind = DeliveryState, DeliveryKind
RETRY_DELAYS = [
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
]  # the last one repeats
MAX_ERROR_LENGTH = 2000
TOO_LATE = "the day was over before it could be sent"
TURNED_OFF = "it was turned off before it could be sent"
MISSED = "nothing sent it on its day: no worker was running, or the limits of mails per minute were reached"
ABANDONED = "the sending process died between handing the mail over and noting the answer"


def claim(owed: DueDigest, now: datetime) -> Delivery | None:
    """A new row for what is owed; None if it is no longer wanted, or another worker was first.

    Raises pace.Wait, leaving no row, when no mail may leave yet.
    """
    wish = owed.wish()
    if wish is None or not wish.is_wanted or not falls_on(wish.rhythm, wish.weekdays, owed.day):
        return None
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(**_whose(owed), attempts=1, **_held(now))
            throttle.acquire(owed.address)
    except IntegrityError:
        return None
    return delivery


def claim_on_request(reader: User, now: datetime) -> Delivery:
    """A row beside the one of the day."""
    wish = DigestWish.objects.filter(reader=reader).first()
    day = local_day(wish.time_zone if wish else "UTC", now)
    return Delivery.objects.create(reader=reader, kind=Kind.ASKED, day=day, attempts=1, **_held(now))


def claim_retry(pk: int, now: datetime) -> Delivery | None:
    """The row if it is to be tried again, and now ours; what came too late or is unwanted is closed instead.

    Raises pace.Wait, leaving the row as it was, when no mail may leave yet.
    """
    with transaction.atomic():
        rows = _to_try_again(now).filter(pk=pk)
        if not rows.update(**_held(now), attempts=F("attempts") + 1):
            return None
        delivery = Delivery.objects.select_related("reader__digest_wish", "subscriber").get(pk=pk)
        if closed := _closed(delivery, now):
            Delivery.objects.filter(pk=pk).update(state=closed[0], error=closed[1], next_at=None)
            return None
        throttle.acquire(address_of(delivery))
    return delivery


def due(now: datetime, day: date | None = None) -> list[tuple[int, str]]:
    """Rows (of one day) that wait, or whose worker died before it handed them over, with their addresses."""
    rows = _to_try_again(now).filter(**({"day": day} if day else {})).order_by("next_at", "pk")
    return [(pk, email or to) for pk, email, to in rows.values_list("pk", "reader__email", "subscriber__address")]


def start_sending(delivery: Delivery, now: datetime) -> bool:
    """Note what is being handed over; False when another worker has taken the row in the meantime."""
    mine = Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=State.CLAIMED, sending_at=None)
    said = {name: getattr(delivery, name) for name in ("address", "message_id", "paper_pks", "ranking_id")}
    if not mine.update(sending_at=now, next_at=now + settings.LEASE, **said):
        return False
    delivery.sending_at = now
    return True


def finish(delivery: Delivery, answer: DeliveryResult, now: datetime) -> None:
    """Write what came of it, in one transaction with what follows: papers shown, the recipient paused.

    A worker that was taken for dead still knows better than whoever called its mail uncertain.
    """
    mine = Q(pk=delivery.pk, claim=delivery.claim, state__in=[State.CLAIMED, State.UNCERTAIN])
    if not _settle(mine, answer, now, delivery.attempts):
        log.warning("delivery %s went on in other hands, or was deleted, while it was sent", delivery.pk)


def finish_abandoned(now: datetime) -> int:
    """Call uncertain what was handed over by workers that have not been heard of since; how many those are."""
    dead = Q(state=State.CLAIMED, sending_at__isnull=False, next_at__lte=now)
    pks = list(Delivery.objects.filter(dead).order_by("pk").values_list("pk", flat=True))
    return sum(_settle(dead & Q(pk=pk), DeliveryResult(State.UNCERTAIN, ABANDONED), now, 0) for pk in pks)


def record_missed(missed: Iterable[DueDigest], now: datetime) -> int:
    """Rows for digests whose day ended without anybody to send them; how many those are."""
    rows = [Delivery(**_whose(owed), state=State.SKIPPED, claimed_at=now, error=MISSED) for owed in missed]
    Delivery.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def forget_missed(day: date) -> int:
    """Drop the rows of digests that nobody was there to send, so that they can be sent late."""
    return Delivery.objects.filter(day=day, state=State.SKIPPED, error=MISSED).delete()[0]


def address_of(delivery: Delivery) -> str:
    return delivery.reader.email if delivery.reader else delivery.subscriber.address  # type: ignore[union-attr]


def pause(address: str, reason: str, now: datetime) -> int:
    """Send nothing more to an address until its owner says so; how many recipients that concerns."""
    words = {"paused_at": now, "paused_reason": reason[:300]}
    wishes = DigestWish.objects.filter(reader__email__iexact=address, paused_at=None)
    return wishes.update(**words) + Subscriber.objects.filter(address__iexact=address, paused_at=None).update(**words)


def _settle(rows: Q, answer: DeliveryResult, now: datetime, attempts: int) -> bool:
    columns: dict[str, Any] = {"state": answer.state, "error": answer.words[:MAX_ERROR_LENGTH], "next_at": None}
    if answer.state == State.WAITING:
        columns |= {"next_at": now + RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1], "sending_at": None}
    if answer.state == State.SENT:
        columns |= {"sent_at": now}
    with transaction.atomic():
        delivery = Delivery.objects.filter(rows).select_related("reader", "subscriber").first()
        if delivery is None or not Delivery.objects.filter(rows).update(**columns):
            return False
        if answer.state in (State.SENT, State.UNCERTAIN):
            _remember_papers(delivery)
        if answer.state == State.SENT and delivery.reader:
            emit_digest_ready(delivery.reader, delivery.day, delivery.paper_pks, f"delivery {delivery.pk}")
        if answer.state == State.REFUSED and (answer.is_address or _was_refused_before(delivery)):
            to = delivery.address or address_of(delivery)
            pause(to, f"Mails to {to} are refused: {answer.words}", now)
    return True


def _remember_papers(delivery: Delivery) -> None:
    """No digest shows them again; papers that may have been seen count as seen."""
    if delivery.reader_id:
        there = Paper.objects.filter(pk__in=delivery.paper_pks).values_list("pk", flat=True)
        rows = [Mailed(reader_id=delivery.reader_id, paper_id=pk, delivery=delivery) for pk in there]
        Mailed.objects.bulk_create(rows, ignore_conflicts=True)


def _was_refused_before(delivery: Delivery) -> bool:
    """One mail may be refused for what it says; two in a row are refused for whom they are for."""
    before = Delivery.objects.filter(reader=delivery.reader_id, subscriber=delivery.subscriber_id, pk__lt=delivery.pk)
    last = before.filter(state__in=[State.SENT, State.REFUSED]).order_by("-pk").first()
    return last is not None and last.state == State.REFUSED


def _to_try_again(now: datetime) -> Any:
    return Delivery.objects.filter(state__in=[State.WAITING, State.CLAIMED], sending_at=None, next_at__lte=now)


def _held(now: datetime) -> dict[str, Any]:
    token = secrets.token_hex(16)
    return {"state": State.CLAIMED, "claim": token, "claimed_at": now, "next_at": now + settings.LEASE}


def _closed(delivery: Delivery, now: datetime) -> tuple[DeliveryState, str] | None:
    """Why a row is not to be tried any more, if so."""
    wish = getattr(delivery.reader, "digest_wish", None) if delivery.reader else delivery.subscriber
    if local_day(wish.time_zone if wish else "UTC", now) > delivery.day:
        return State.FAILED, f"{TOO_LATE}; {delivery.error}".rstrip("; ")[:MAX_ERROR_LENGTH]
    is_wanted = delivery.kind == Kind.ASKED or (wish is not None and wish.is_wanted)
    is_here = delivery.reader is None or delivery.reader.is_active
    return None if is_wanted and is_here else (State.SKIPPED, TURNED_OFF)


def _whose(owed: DueDigest) -> dict[str, Any]:
    return {"reader_id": owed.reader_id, "subscriber_id": owed.subscriber_id, "day": owed.day}
