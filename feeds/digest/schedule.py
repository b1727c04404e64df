"""When a digest is owed: each recipient at their own hour, in their own time zone, on their own days.

An hour that the clocks pass over counts from the next one that there is, and one that comes twice from the first.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Exists, OuterRef, Q, QuerySet

from feeds.models import Delivery, DeliveryKind, DigestWish, Subscriber
from feeds.models.digest import Timed

log = logging.getLogger(__name__)
LOOK_BACK = timedelta(days=7)  # days without a worker that are recorded when it is back; further ones are not
Wish = DigestWish | Subscriber


@dataclass(frozen=True)
class DueDigest:
    """One digest, of a reader or of a subscriber, that has no row yet."""

    reader_id: int | None
    subscriber_id: int | None
    address: str
    day: date

    def wish(self) -> Wish | None:
        """What its recipient wishes now."""
        if self.subscriber_id is not None:
            return Subscriber.objects.filter(pk=self.subscriber_id).first()
        return DigestWish.objects.filter(reader=self.reader_id, reader__is_active=True).first()


def falls_on(rhythm: str, weekdays: list[int], day: date) -> bool:
    """Whether a digest belongs to this day of the week; one that comes weekly belongs to the first of the days."""
    wanted = sorted(weekdays)[:1] if rhythm == Timed.Rhythm.WEEKLY else weekdays
    return day.weekday() in wanted


def local_day(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def due(now: datetime) -> Iterator[DueDigest]:
    """What is due now and has no row yet, zone by zone."""
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            yield from _without_row(wishes.filter(time_zone=zone, hour__lte=local.hour), local.date())


def due_on(day: date, now: datetime) -> Iterator[DueDigest]:
    """What belongs to this day and has no row, whatever the hour; nothing where the day has not begun."""
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            if day <= local.date():
                yield from _without_row(wishes.filter(time_zone=zone), day)


def missed(since: datetime, now: datetime) -> Iterator[DueDigest]:
    """What was due on days that have ended since then, and has no row: nobody was there to send it."""
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            day = local_day(zone, max(since, now - LOOK_BACK))
            while day < local.date():
                begin = datetime.combine(day, time(), ZoneInfo(zone))
                yield from _without_row(wishes.filter(time_zone=zone, changed_at__lte=begin), day)
                day += timedelta(days=1)


def recipients() -> tuple[QuerySet[DigestWish], QuerySet[Subscriber]]:
    """Everybody to whom digests may be sent."""
    wishes = DigestWish.objects.filter(is_on=True, paused_at=None, reader__is_active=True)
    subscribers = Subscriber.objects.filter(confirmed_at__isnull=False, left_at=None, paused_at=None)
    return wishes.order_by("hour", "pk"), subscribers.order_by("hour", "pk")


def _zones(wishes: "QuerySet[DigestWish] | QuerySet[Subscriber]", now: datetime) -> Iterator[tuple[str, datetime]]:
    for zone in wishes.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        try:
            yield zone, now.astimezone(ZoneInfo(zone))
        except ZoneInfoNotFoundError:
            log.error("time zone %r is not known to this machine, so its digests wait; upgrade tzdata", zone)


def _without_row(wishes: "QuerySet[DigestWish] | QuerySet[Subscriber]", day: date) -> Iterator[DueDigest]:
    is_reader = wishes.model is DigestWish
    mine = Q(reader=OuterRef("reader")) if is_reader else Q(subscriber=OuterRef("pk"))
    missing = wishes.filter(~Exists(Delivery.objects.filter(mine, day=day, kind=DeliveryKind.DUE)))
    columns = ("reader_id", "reader__email") if is_reader else ("pk", "address")
    for pk, address, rhythm, weekdays in missing.values_list(*columns, "rhythm", "weekdays"):
        if falls_on(rhythm, weekdays, day):
            yield DueDigest(pk if is_reader else None, None if is_reader else pk, address, day)
