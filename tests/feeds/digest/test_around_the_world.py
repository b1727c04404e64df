"""Readers in twelve time zones, a simulated clock, a real mail server: one digest each, at its own hour."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from feeds.digest.send import send_due
from feeds.models import Delivery, DeliveryState
from tests.feeds.planting import papers

from .readers import Clock, all_over_the_world

TICK_MINUTES = 15
EAST, WEST = timedelta(hours=-14), timedelta(hours=12)  # when a day begins on Kiritimati, and ends in Honolulu
EVERY_HOUR_OF_EVERY_ZONE = 12 * 24


def run_ticks(day: date, count: int, sink, settings) -> dict[str, tuple[ZoneInfo, int]]:
    """Run every tick until the day is over everywhere; return each reader's zone and hour, by address."""
    papers(5, day - timedelta(days=2))
    wishes = all_over_the_world(count)
    for one in wishes:
        one.weekdays = [day.weekday()]
    type(one).objects.bulk_update(wishes, ["weekdays"])
    begin = datetime.combine(day, time(), UTC)
    clock = sink.clock = Clock(begin + EAST)
    while clock.at < begin + timedelta(days=1) + WEST:
        send_due(clock)
        clock.move(minutes=TICK_MINUTES)
    return {one.reader.email: (ZoneInfo(one.time_zone), one.hour) for one in wishes}


@pytest.mark.parametrize(
    ("day", "count", "moved"),
    [
        (date(2026, 3, 29), 1000, {("Europe/Berlin", 2): 3}),  # from 01:59 to 03:00
        (date(2026, 10, 25), EVERY_HOUR_OF_EVERY_ZONE, {}),  # Berlin, from 02:59 back to 02:00
        (date(2026, 4, 5), EVERY_HOUR_OF_EVERY_ZONE, {}),  # Auckland, and Lord Howe by half an hour, back
    ],
)
def test_each_reader_gets_one_at_their_own_hour_on_a_day_when_clocks_change(db, sink, settings, day, count, moved):
    readers = run_ticks(day, count, sink, settings)
    assert sink.times() == dict.fromkeys(readers, 1)
    for mail in sink.mails:
        zone, hour = readers[mail.address]
        at = mail.at.astimezone(zone)
        assert (at.date(), at.hour, at.fold) == (day, moved.get((zone.key, hour), hour), 0)
        assert at.minute < TICK_MINUTES or (zone.key, hour) in moved
    assert all("List-Unsubscribe" in mail.message and "List-Unsubscribe-Post" in mail.message for mail in sink.mails)
    assert set(Delivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}
