"""Send the digests that are due.

Each is claimed, composed and handed over, and its outcome recorded. A digest is sent at most once. If a process or
connection dies so that nobody can know whether the mail was taken, its row becomes `uncertain` and it is not sent
again.
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
MAX_FAILURES_IN_A_ROW = 3  # caused by the mail server or our account: the other mails would fail too
MAX_SLEEP = 1.0  # seconds
OWN_ERROR = "an error in Paperboy; see the log"

Clock = Callable[[], datetime]
ReportDelivery = Callable[[Delivery, DeliveryResult], None]


def send_due(
    clock: Clock = timezone.now,
    *,
    day: date | None = None,
    address: str = "",
    seconds: float = float("inf"),
    report: ReportDelivery = lambda delivery, result: None,
) -> Counter[str]:
    """Send due digests and retry those that wait.

    Returns the number of each outcome and of those `left`.

    day      send instead what was due on this day, at any hour, and has not been sent
    address  only to this recipient
    seconds  start no further mail after this time
    report   called after each mail
    """
    until = time.monotonic() + seconds
    counts = Counter({"uncertain": deliveries.finish_abandoned(clock())})
    counts["skipped"] = _record_missed(clock())
    if day:
        deliveries.forget_missed(day)
    queue = Queue(jobs(clock(), day=day, address=address))
    counts.update(_send_queue(queue, clock, until, report))
    counts["left"] = len(queue)
    return +counts


def jobs(now: datetime, *, day: date | None = None, address: str = "") -> Iterator[Job]:
    """Yield what can be sent now.

    Retries come first, then digests without a delivery.
    """

    def is_for(recipient: str) -> bool:
        return not address or address.lower() == recipient.lower()

    for pk, recipient in deliveries.due(now, day):
        if is_for(recipient):
            yield Job(recipient, partial(deliveries.claim_retry, pk))
    for digest in schedule.due_on(day, now) if day else schedule.due(now):
        if is_for(digest.address):
            yield Job(digest.address, partial(deliveries.claim, digest))


def send_now(reader: User, clock: Clock = timezone.now) -> Delivery:
    """Send one digest at the reader's request.

    The returned row has the outcome. The scheduled digest still comes at its hour, with the papers that this one did
    not show. A digest that cannot be sent now is retried like any other.
    """
    delivery = deliveries.claim_on_request(reader, clock())
    try:
        throttle.acquire(reader.email)
    except throttle.RateLimited as limit:
        deliveries.finish(delivery, DeliveryResult(State.WAITING, str(limit)), clock())
    else:
        mailer = Mailer()
        _send(delivery, mailer, clock)
        mailer.close()
    delivery.refresh_from_db()
    return delivery


def _send_queue(queue: Queue, clock: Clock, until: float, report: ReportDelivery) -> Counter[str]:
    """Send until the queue is empty or sending must stop.

    It stops when the time is over or the mail server keeps failing. Returns the outcomes.
    """
    counts: Counter[str] = Counter()
    mailer, failures, reason = Mailer(), 0, ""
    try:
        while failures < MAX_FAILURES_IN_A_ROW and _wait_for_turn(queue, until):
            job = queue.next()
            try:
                delivery = job.claim(clock())
            except throttle.RateLimited as limit:
                queue.put_back(job, limit.seconds, hold_all=limit.to_all)
                continue
            if delivery is None:
                continue
            result = _send(delivery, mailer, clock)
            counts[result.state.value] += 1
            failures, reason = (failures + 1 if result.is_ours else 0), result.reason
            report(delivery, result)
    finally:
        mailer.close()
    if failures == MAX_FAILURES_IN_A_ROW:
        log.error("stopped sending after %d failures in a row: %s", failures, reason)
    return counts


def _wait_for_turn(queue: Queue, until: float) -> bool:
    """Wait until the next job may be tried.

    Returns False if there is none before the time is over.
    """
    while queue and (seconds := queue.seconds_to_wait()) > 0 and time.monotonic() + seconds < until:
        time.sleep(min(seconds, MAX_SLEEP))
    return bool(queue) and time.monotonic() < until and queue.seconds_to_wait() <= 0


def _send(delivery: Delivery, mailer: Mailer, clock: Clock) -> DeliveryResult:
    """Send one claimed delivery and record the outcome.

    An error in one of them must not stop the others.
    """
    try:
        result = _compose_and_hand_over(delivery, mailer, clock)
    except Exception:
        log.exception("delivery %s ended in an error", delivery.pk)
        result = DeliveryResult(State.UNCERTAIN if delivery.sending_at else State.WAITING, OWN_ERROR)
    deliveries.finish(delivery, result, clock())
    return result


def _compose_and_hand_over(delivery: Delivery, mailer: Mailer, clock: Clock) -> DeliveryResult:
    recipient = delivery.reader or delivery.subscriber
    assert recipient is not None, "a constraint of the table"
    digest = compose(recipient, delivery.day, clock())
    if digest.is_empty:
        return DeliveryResult(State.EMPTY)
    message = write_mail(digest, delivery)
    if failure := mailer.open():
        return failure
    if not deliveries.start_sending(delivery, clock()):
        return DeliveryResult(State.WAITING, "another worker took it over")
    return mailer.hand_over(message)


def _record_missed(now: datetime) -> int:
    """Record the digests that nothing sent since the last call.

    Returns their number.
    """
    cursor, _ = Cursor.objects.get_or_create(
        source="digest", scope="hours looked at", defaults={"position": {"until": now.isoformat()}}
    )
    since = datetime.fromisoformat(cursor.position["until"])
    count = deliveries.record_missed(schedule.missed(since, now), now)
    Cursor.objects.filter(pk=cursor.pk).update(position={"until": max(now, since).isoformat()}, moved_at=now)
    return count
