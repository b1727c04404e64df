"""The ledger of deliveries: claims, leases and outcomes of digests, as `recommender.night.ledger` explains them.

A row is claimed before its digest is composed, marked before the mail is handed over, and finished afterwards. A claim
whose worker died is taken over if nothing had been handed over. If something had, nobody can know whether it arrived,
and it is never sent again.
"""

import logging
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish, Mailed, Subscriber
from feeds.webhooks.events import emit_digest_ready
from recommender.models import Paper

from . import throttle
from .mailer import DeliveryResult
from .schedule import DueDigest, falls_on, local_day

log = logging.getLogger(__name__)
State, Kind = DeliveryState, DeliveryKind
# The last delay repeats.
RETRY_DELAYS = [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)]
MAX_ERROR_LENGTH = 2000
TOO_LATE = "the day was over before it could be sent"
TURNED_OFF = "it was turned off before it could be sent"
MISSED = "it was not sent on its day: no worker was running, or the limits of mails per minute were reached"
ABANDONED = "the sending process died before it recorded the answer of the mail server"


def due(now: datetime, day: date | None = None) -> list[tuple[int, str]]:
    """Return the rows of one day to retry.

    Each is a pair of primary key and address. They wait for their next attempt, or their worker died before it handed
    the mail over.
    """
    rows = _to_try_again(now).filter(**({"day": day} if day else {})).order_by("next_at", "pk")
    columns = rows.values_list("pk", "reader__email", "subscriber__address")
    return [(pk, email or address) for pk, email, address in columns]


def claim(digest: DueDigest, now: datetime) -> Delivery | None:
    """Create the row of a due digest.

    Returns None if it is no longer wanted or another worker was first. Raises throttle.RateLimited, leaving no row, if
    no mail may be sent yet.
    """
    wish = digest.wish()
    if wish is None or not wish.is_wanted or not falls_on(wish.rhythm, wish.weekdays, digest.day):
        return None
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(**_columns_of(digest), attempts=1, **_lease(now))
            throttle.acquire(digest.address)
    except IntegrityError:
        return None
    return delivery


def claim_on_request(reader: User, now: datetime) -> Delivery:
    """Create a row for a digest that the reader requested.

    It comes in addition to the scheduled one.
    """
    wish = DigestWish.objects.filter(reader=reader).first()
    day = local_day(wish.time_zone if wish else "UTC", now)
    return Delivery.objects.create(reader=reader, kind=Kind.ASKED, day=day, attempts=1, **_lease(now))


def claim_retry(pk: int, now: datetime) -> Delivery | None:
    """Claim a row that is to be retried.

    Returns None if another worker has it, or if it is too late or no longer wanted. Raises throttle.RateLimited,
    leaving the row unchanged, if no mail may be sent yet.
    """
    with transaction.atomic():
        if not _to_try_again(now).filter(pk=pk).update(**_lease(now), attempts=F("attempts") + 1):
            return None
        delivery = Delivery.objects.select_related("reader__digest_wish", "subscriber").get(pk=pk)
        wish = getattr(delivery.reader, "digest_wish", None) if delivery.reader else delivery.subscriber
        is_wanted = delivery.kind == Kind.ASKED or (wish is not None and wish.is_wanted)
        is_active = delivery.reader is None or delivery.reader.is_active
        if local_day(wish.time_zone if wish else "UTC", now) > delivery.day:
            error = f"{TOO_LATE}; {delivery.error}".rstrip("; ")[:MAX_ERROR_LENGTH]
            Delivery.objects.filter(pk=pk).update(state=State.FAILED, error=error, next_at=None)
            return None
        if not (is_wanted and is_active):
            Delivery.objects.filter(pk=pk).update(state=State.SKIPPED, error=TURNED_OFF, next_at=None)
            return None
        throttle.acquire(address_of(delivery))
    return delivery


def start_sending(delivery: Delivery, now: datetime) -> bool:
    """Record what is about to be handed over.

    Returns False if another worker has taken over the row meanwhile.
    """
    mine = Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=State.CLAIMED, sending_at=None)
    contents = {name: getattr(delivery, name) for name in ("address", "message_id", "paper_pks", "ranking_id")}
    if not mine.update(sending_at=now, next_at=now + settings.LEASE, **contents):
        return False
    delivery.sending_at = now
    return True


def finish(delivery: Delivery, result: DeliveryResult, now: datetime) -> None:
    """Record the result and its consequences.

    These are the papers shown, a webhook event, or a paused address. A worker that was taken for dead still knows
    better than `finish_abandoned`, which called its mail uncertain.
    """
    mine = Q(pk=delivery.pk, claim=delivery.claim, state__in=[State.CLAIMED, State.UNCERTAIN])
    if not _finish(mine, result, now, delivery.attempts):
        log.warning("delivery %s was taken over or deleted while it was being sent", delivery.pk)


def finish_abandoned(now: datetime) -> int:
    """Mark as uncertain what dead workers had handed over.

    Returns the number of rows.
    """
    abandoned = Q(state=State.CLAIMED, sending_at__isnull=False, next_at__lte=now)
    pks = list(Delivery.objects.filter(abandoned).order_by("pk").values_list("pk", flat=True))
    return sum(_finish(abandoned & Q(pk=pk), DeliveryResult(State.UNCERTAIN, ABANDONED), now, 0) for pk in pks)


def record_missed(digests: Iterable[DueDigest], now: datetime) -> int:
    """Create rows for digests that nothing sent on their day.

    Returns their number.
    """
    rows = [Delivery(**_columns_of(digest), state=State.SKIPPED, claimed_at=now, error=MISSED) for digest in digests]
    Delivery.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def forget_missed(day: date) -> int:
    """Delete the rows of missed digests, to send them late.

    Returns their number.
    """
    return Delivery.objects.filter(day=day, state=State.SKIPPED, error=MISSED).delete()[0]


def address_of(delivery: Delivery) -> str:
    return delivery.reader.email if delivery.reader else delivery.subscriber.address  # type: ignore[union-attr]


def pause(address: str, reason: str, now: datetime) -> int:
    """Stop sending to an address until its owner resumes.

    Returns the number of recipients with that address.
    """
    columns = {"paused_at": now, "paused_reason": reason[:300]}
    wishes = DigestWish.objects.filter(reader__email__iexact=address, paused_at=None)
    subscribers = Subscriber.objects.filter(address__iexact=address, paused_at=None)
    return wishes.update(**columns) + subscribers.update(**columns)


def _finish(rows: Q, result: DeliveryResult, now: datetime, attempts: int) -> bool:
    """Write the result of one row with its consequences.

    This is one transaction. Returns False if there is no such row.
    """
    columns: dict[str, Any] = {"state": result.state, "error": result.reason[:MAX_ERROR_LENGTH], "next_at": None}
    if result.state == State.WAITING:
        delay = RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
        columns |= {"next_at": now + delay, "sending_at": None}
    if result.state == State.SENT:
        columns |= {"sent_at": now}
    with transaction.atomic():
        delivery = Delivery.objects.filter(rows).select_related("reader", "subscriber").first()
        if delivery is None or not Delivery.objects.filter(rows).update(**columns):
            return False
        if delivery.reader and result.state in (State.SENT, State.UNCERTAIN):
            # No later digest shows these papers; those that may have arrived count as shown.
            existing = Paper.objects.filter(pk__in=delivery.paper_pks).values_list("pk", flat=True)
            mailed = [Mailed(reader=delivery.reader, paper_id=pk, delivery=delivery) for pk in existing]
            Mailed.objects.bulk_create(mailed, ignore_conflicts=True)
        if delivery.reader and result.state == State.SENT:
            emit_digest_ready(delivery.reader, delivery.day, delivery.paper_pks, f"delivery {delivery.pk}")
        if result.state == State.REFUSED and (result.is_address or _was_refused_before(delivery)):
            address = delivery.address or address_of(delivery)
            pause(address, f"Mails to {address} are refused: {result.reason}", now)
    return True


def _was_refused_before(delivery: Delivery) -> bool:
    """Whether the previous mail to this address was refused too.

    One mail may be refused because of its content; two in a row are refused because of their recipient.
    """
    earlier = Delivery.objects.filter(reader=delivery.reader_id, subscriber=delivery.subscriber_id, pk__lt=delivery.pk)
    last = earlier.filter(state__in=[State.SENT, State.REFUSED]).order_by("-pk").first()
    return last is not None and last.state == State.REFUSED


def _to_try_again(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(state__in=[State.WAITING, State.CLAIMED], sending_at=None, next_at__lte=now)


def _lease(now: datetime) -> dict[str, Any]:
    """The columns of a row that is claimed now."""
    token = secrets.token_hex(16)
    return {"state": State.CLAIMED, "claim": token, "claimed_at": now, "next_at": now + settings.LEASE}


def _columns_of(digest: DueDigest) -> dict[str, Any]:
    return {"reader_id": digest.reader_id, "subscriber_id": digest.subscriber_id, "day": digest.day}
