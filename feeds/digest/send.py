"""Sends the digests that are due: claims each one, composes it, hands it over, and writes down what came of it.

A digest leaves at most once. Where it cannot be known whether it left, because a process or a connection died in
between, its row says `uncertain` and it is not sent again.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial

from django.utils import timezone

from accounts.models import User
from feeds.models import Cursor, Delivery, DeliveryState

from . import deliveries, schedule, throttle
from .compose import compose
from .mail import write_mail
from .mailer import DeliveryResult, Mailer
from .throttle import Job, Queue

log = logging.getLogger(__name__)
State = DeliveryState
MAX_FAILURES_IN_A_ROW = 3  # in a row that are about the mail server or our account: the other mails would meet them too
MAX_SLEEP = 1.0  # seconds
OWN_ERROR = "an error of our own; the log has it"

Clock = Callable[[], datetime]
Report = Callable[[Delivery, DeliveryResult], None]


def send_due(
    clock: Clock = timezone.now,
    *,
    day: date | None = None,
    address: str = "",
    seconds: float = float("inf"),
    told: Report = lambda delivery, answer: None,
) -> Counter[str]:
    """Send what is due, and try again what waits for that; how many came to which end, and were `left` for later.

    day      send instead what belongs to this day, whatever the hour, and has not been sent
    address  only to this recipient
    seconds  begin no further mail after so long
    told     is called after each one
    """
    counts = Counter({"uncertain": deliveries.finish_abandoned(clock())})
    counts["skipped"] = _record_missed(clock())
    if day:
        deliveries.forget_missed(day)
    queue = Queue(jobs(clock(), day=day, address=address))
    counts.update(_work_off(queue, clock, time.monotonic() + seconds, told))
    return +counts


def jobs(now: datetime, *, day: date | None = None, address: str = "") -> Iterator[Job]:
    """What there is to send at this moment, each with the address that it goes to."""
    for pk, to in deliveries.due(now, day):
        if _is_for(address, to):
            yield Job(to, partial(deliveries.claim_retry, pk))
    for owed in schedule.due_on(day, now) if day else schedule.due(now):
        if _is_for(address, owed.address):
            yield Job(owed.address, partial(deliveries.claim, owed))


def send_now(reader: User, clock: Clock = timezone.now) -> Delivery:
    """Send one digest at once, because its reader asks for it; the row says what came of it.

    It stands beside the digest of the day, which comes at its hour with what this one did not show. What cannot be
    sent now is tried again later, as any other.
    """
    delivery = deliveries.claim_on_request(reader, clock())
    try:
        throttle.acquire(reader.email)
    except throttle.RateLimited as wait:
        deliveries.finish(delivery, DeliveryResult(State.WAITING, str(wait)), clock())
    else:
        post = Mailer()
        _send(delivery, post, clock)
        post.close()
    delivery.refresh_from_db()
    return delivery


def _work_off(queue: Queue, clock: Clock, until: float, told: Report) -> Counter[str]:
    counts: Counter[str] = Counter()
    post, troubles = Mailer(), 0
    try:
        while troubles < MAX_FAILURES_IN_A_ROW and _await_turn(queue, until):
            delivery = _next_claim(queue, clock)
            if delivery is None:
                continue
            answer = _send(delivery, post, clock)
            counts[answer.state.value] += 1
            troubles = troubles + 1 if answer.is_ours else 0
            told(delivery, answer)
    finally:
        post.close()
    if troubles == MAX_FAILURES_IN_A_ROW:
        log.error("no more mails for now: %s", answer.words)
    return counts + Counter(left=len(queue))


def _await_turn(queue: Queue, until: float) -> bool:
    """Whether there is something to send before the time is over; waits for it."""
    while queue and (seconds := queue.seconds_to_wait()) > 0 and time.monotonic() + seconds < until:
        time.sleep(min(seconds, MAX_SLEEP))
    return bool(queue) and time.monotonic() < until and queue.seconds_to_wait() <= 0


def _next_claim(queue: Queue, clock: Clock) -> Delivery | None:
    job = queue.next()
    try:
        return job.claim(clock())
    except throttle.RateLimited as wait:
        queue.put_back(job, wait.seconds, hold_all=wait.to_all)
        return None


def _send(delivery: Delivery, post: Mailer, clock: Clock) -> DeliveryResult:
    """One claimed delivery to its end; a fault of our own in one of them must not hold up the others."""
    try:
        answer = _compose_and_hand_over(delivery, post, clock)
    except Exception:
        log.exception("delivery %s ended in an error", delivery.pk)
        answer = DeliveryResult(State.UNCERTAIN if delivery.sending_at else State.WAITING, OWN_ERROR)
    deliveries.finish(delivery, answer, clock())
    return answer


def _compose_and_hand_over(delivery: Delivery, post: Mailer, clock: Clock) -> DeliveryResult:
    recipient = delivery.reader or delivery.subscriber
    assert recipient is not None, "a constraint of the table"
    digest = compose(recipient, delivery.day, clock())
    if digest.is_empty:
        return DeliveryResult(State.EMPTY)
    message = write_mail(digest, delivery)
    if trouble := post.open():
        return trouble
    if not deliveries.start_sending(delivery, clock()):
        return DeliveryResult(State.WAITING, "another worker took it over")
    return post.hand_over(message)


def _record_missed(now: datetime) -> int:
    """Note what nobody was there to send since the last time that somebody looked."""
    looked, _ = Cursor.objects.get_or_create(
        source="digest", scope="hours looked at", defaults={"position": {"until": now.isoformat()}}
    )
    since = datetime.fromisoformat(looked.position["until"])
    count = deliveries.record_missed(schedule.missed(since, now), now)
    Cursor.objects.filter(pk=looked.pk).update(position={"until": max(now, since).isoformat()}, moved_at=now)
    return count


def _is_for(address: str, to: str) -> bool:
    return not address or address.lower() == to.lower()
