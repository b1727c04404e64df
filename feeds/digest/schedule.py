"""When digests are due: each recipient's hour, weekdays and time zone.

A skipped hour (DST) counts from the next existing hour, and a repeated hour from its first occurrence.
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
LOOK_BACK = timedelta(days=7)  # missed days that are recorded; earlier ones are not
Wish = DigestWish | Subscriber
Wishes = QuerySet[DigestWish] | QuerySet[Subscriber]


@dataclass(frozen=True)
class DueDigest:
    """A digest that is due and has no delivery yet.

    It is for a reader or a subscriber.
    """

    reader_id: int | None
    subscriber_id: int | None
    address: str
    day: date

    def wish(self) -> Wish | None:
        """Return the recipient's present settings; None if the recipient is gone."""
        if self.subscriber_id is not None:
            return Subscriber.objects.filter(pk=self.subscriber_id).first()
        return DigestWish.objects.filter(reader=self.reader_id, reader__is_active=True).first()


def falls_on(rhythm: str, weekdays: list[int], day: date) -> bool:
    """Whether a digest is due on this day of the week.

    A weekly digest is due on the first of the weekdays.
    """
    days = sorted(weekdays)[:1] if rhythm == Timed.Rhythm.WEEKLY else weekdays
    return day.weekday() in days


def local_day(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def due(now: datetime) -> Iterator[DueDigest]:
    """Yield the digests that are due and have no delivery.

    One time zone follows the other.
    """
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            yield from _without_delivery(wishes.filter(time_zone=zone, hour__lte=local.hour), local.date())


def due_on(day: date, now: datetime) -> Iterator[DueDigest]:
    """Yield a day's digests without a delivery, at any hour.

    Yields none where the day has not begun.
    """
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            if day <= local.date():
                yield from _without_delivery(wishes.filter(time_zone=zone), day)


def missed(since: datetime, now: datetime) -> Iterator[DueDigest]:
    """Yield the digests of days that have ended since then and that nothing sent."""
    for wishes in recipients():
        for zone, local in _zones(wishes, now):
            day = local_day(zone, max(since, now - LOOK_BACK))
            while day < local.date():
                begin = datetime.combine(day, time(), ZoneInfo(zone))
                yield from _without_delivery(wishes.filter(time_zone=zone, changed_at__lte=begin), day)
                day += timedelta(days=1)


def recipients() -> tuple[QuerySet[DigestWish], QuerySet[Subscriber]]:
    """Return the settings of everybody to whom digests may be sent."""
    wishes = DigestWish.objects.filter(is_on=True, paused_at=None, reader__is_active=True)
    subscribers = Subscriber.objects.filter(confirmed_at__isnull=False, left_at=None, paused_at=None)
    return wishes.order_by("hour", "pk"), subscribers.order_by("hour", "pk")


def _zones(wishes: Wishes, now: datetime) -> Iterator[tuple[str, datetime]]:
    for zone in wishes.order_by("time_zone").values_list("time_zone", flat=True).distinct():
        try:
            yield zone, now.astimezone(ZoneInfo(zone))
        except ZoneInfoNotFoundError:
            log.error("this machine does not know the time zone %r, so its digests wait; upgrade tzdata", zone)


def _without_delivery(wishes: Wishes, day: date) -> Iterator[DueDigest]:
    is_reader = wishes.model is DigestWish
    is_theirs = Q(reader=OuterRef("reader")) if is_reader else Q(subscriber=OuterRef("pk"))
    missing = wishes.filter(~Exists(Delivery.objects.filter(is_theirs, day=day, kind=DeliveryKind.DUE)))
    columns = ("reader_id", "reader__email") if is_reader else ("pk", "address")
    for pk, address, rhythm, weekdays in missing.values_list(*columns, "rhythm", "weekdays"):
        if falls_on(rhythm, weekdays, day):
            yield DueDigest(pk if is_reader else None, None if is_reader else pk, address, day)
