"""When digests are due: hours in time zones, weekdays, and clock changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.digest.schedule import due, due_on, missed
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish

from .readers import LONG_AGO, subscriber, wish, wishing

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def due_day(ada):
    """The day of the digest that is due to a reader with these settings; None if none is due."""

    def on(now, **fields):
        DigestWish.objects.filter(reader=ada).delete()
        wish(ada, **fields)
        days = [one.day for one in due(at(now))]
        assert len(days) <= 1
        return days[0] if days else None

    return on


def addresses(digests):
    return sorted(digest.address for digest in digests)


def test_a_digest_is_due_from_its_hour_to_the_end_of_the_recipients_day(due_day):
    # Berlin is two hours ahead of UTC in July: seven o'clock there is 05:00 UTC, and midnight is 22:00 UTC.
    assert due_day("2026-07-21 04:59", time_zone=BERLIN) is None
    assert due_day("2026-07-21 05:00", time_zone=BERLIN) == date(2026, 7, 21)
    assert due_day("2026-07-21 21:59", time_zone=BERLIN) == date(2026, 7, 21)
    assert due_day("2026-07-21 22:00", time_zone=BERLIN) is None


def test_the_local_day_differs_far_in_the_east_and_in_the_west(due_day):
    # 20:00 UTC is 10:00 of the next day on Kiritimati (+14) and 10:00 of this one in Honolulu (-10).
    assert due_day("2026-07-21 20:00", time_zone="Pacific/Kiritimati") == date(2026, 7, 22)
    assert due_day("2026-07-21 20:00", time_zone="Pacific/Honolulu") == date(2026, 7, 21)


def test_the_same_hour_is_another_time_in_summer_and_in_winter(due_day):
    # New York is at -5 until 8 March 2026, 07:00 UTC, and at -4 from then on.
    assert due_day("2026-03-07 11:59", time_zone=NEW_YORK) is None
    assert due_day("2026-03-07 12:00", time_zone=NEW_YORK) == date(2026, 3, 7)
    assert due_day("2026-03-08 10:59", time_zone=NEW_YORK) is None
    assert due_day("2026-03-08 11:00", time_zone=NEW_YORK) == date(2026, 3, 8)


def test_a_skipped_hour_counts_from_the_next_existing_hour(due_day):
    # On 29 March 2026 Berlin's clocks go from 01:59 to 03:00, at 01:00 UTC.
    assert due_day("2026-03-29 00:59", time_zone=BERLIN, hour=2) is None
    assert due_day("2026-03-29 01:00", time_zone=BERLIN, hour=2) == date(2026, 3, 29)


def test_a_skipped_midnight_counts_from_the_first_hour_of_the_day(due_day):
    # On 29 March 2026 Beirut's clocks go from 23:59 of the day before to 01:00, at 22:00 UTC.
    assert due_day("2026-03-28 21:59", time_zone="Asia/Beirut", hour=0) == date(2026, 3, 28)
    assert due_day("2026-03-28 22:00", time_zone="Asia/Beirut", hour=0) == date(2026, 3, 29)


def test_an_hour_skipped_by_half_counts_from_its_second_half(due_day):
    # On 4 October 2026 Lord Howe's clocks go from 01:59 to 02:30, at 15:30 UTC of the day before.
    assert due_day("2026-10-03 15:29", time_zone="Australia/Lord_Howe", hour=2) is None
    assert due_day("2026-10-03 15:30", time_zone="Australia/Lord_Howe", hour=2) == date(2026, 10, 4)


def test_a_repeated_hour_counts_from_its_first_occurrence(due_day):
    # On 25 October 2026 Berlin's clocks go from 02:59 back to 02:00, at 01:00 UTC: two o'clock is 00:00 and 01:00 UTC.
    assert due_day("2026-10-24 23:59", time_zone=BERLIN, hour=2) is None
    assert due_day("2026-10-25 00:00", time_zone=BERLIN, hour=2) == date(2026, 10, 25)
    assert due_day("2026-10-25 01:00", time_zone=BERLIN, hour=2) == date(2026, 10, 25)  # whose row is there by then


def test_digests_are_due_on_the_chosen_weekdays(due_day):
    # 21 July 2026 is a Tuesday, day 1 of the week.
    assert due_day("2026-07-21 08:00", weekdays=[1, 4]) == date(2026, 7, 21)
    assert due_day("2026-07-22 08:00", weekdays=[1, 4]) is None


def test_weekdays_are_in_the_recipients_time_zone(due_day):
    assert due_day("2026-07-20 20:00", weekdays=[1], time_zone="Pacific/Kiritimati") == date(2026, 7, 21)


def test_a_weekly_digest_is_due_on_the_first_of_the_weekdays(due_day):
    assert due_day("2026-07-21 08:00", rhythm="weekly", weekdays=[4, 1]) == date(2026, 7, 21)
    assert due_day("2026-07-24 08:00", rhythm="weekly", weekdays=[4, 1]) is None


def test_without_weekdays_nothing_is_due(due_day):
    assert due_day("2026-07-21 08:00", weekdays=[]) is None
    assert due_day("2026-07-21 08:00", rhythm="weekly", weekdays=[]) is None


def test_a_digest_is_due_until_it_has_a_delivery(ada, bob):
    wish(ada, hour=7)
    wish(bob, hour=9)
    subscriber("carol@example.org", hour=8)
    assert addresses(due(at("2026-07-21 08:30"))) == ["ada@example.org", "carol@example.org"]
    Delivery.objects.create(reader=ada, day=date(2026, 7, 21), state=DeliveryState.EMPTY)
    assert addresses(due(at("2026-07-21 08:30"))) == ["carol@example.org"]


def test_a_requested_digest_does_not_replace_the_scheduled_one(ada):
    wish(ada)
    Delivery.objects.create(reader=ada, day=date(2026, 7, 21), kind=DeliveryKind.ASKED, state=DeliveryState.SENT)
    assert addresses(due(at("2026-07-21 08:30"))) == ["ada@example.org"]


@pytest.mark.parametrize("turned_off", [{"is_on": False}, {"paused_at": LONG_AGO}])
def test_nothing_is_due_to_recipients_who_turned_it_off(ada, turned_off):
    wish(ada, **turned_off)
    subscriber("carol@example.org", left_at=LONG_AGO)
    subscriber("dave@example.org", confirmed_at=None)
    assert not list(due(at("2026-07-21 08:30")))


def test_nothing_is_due_to_an_inactive_account(ada):
    wish(ada)
    type(ada).objects.update(is_active=False)
    assert not list(due(at("2026-07-21 08:30")))


def test_for_a_given_day_the_hour_does_not_matter_but_the_day_must_have_begun(ada, bob):
    wish(ada, hour=23)
    wish(bob, hour=23, time_zone="Pacific/Kiritimati")
    assert addresses(due_on(date(2026, 7, 21), at("2026-07-21 08:30"))) == ["ada@example.org", "bob@example.org"]
    assert addresses(due_on(date(2026, 7, 22), at("2026-07-21 12:30"))) == ["bob@example.org"]


def test_days_that_ended_without_a_delivery_are_missed(ada, bob):
    wish(ada)
    wish(bob, changed_at=at("2026-07-22 12:00"))
    Delivery.objects.create(reader=ada, day=date(2026, 7, 21), state=DeliveryState.SENT)
    digests = [(one.address, one.day.day) for one in missed(at("2026-07-21 06:00"), at("2026-07-24 08:00"))]
    assert sorted(digests) == [("ada@example.org", 22), ("ada@example.org", 23), ("bob@example.org", 23)]


def test_a_year_without_a_worker_is_recorded_for_its_last_week_only(ada):
    wish(ada)
    days = [one.day for one in missed(at("2025-07-21 06:00"), at("2026-07-24 08:00"))]
    assert days == [date(2026, 7, 24) - timedelta(days=back) for back in range(7, 0, -1)]


def test_the_number_of_queries_does_not_grow_with_the_readers(db, django_assert_num_queries):
    wishing(50)
    with django_assert_num_queries(3):  # the zones of readers, their readers, the zones of subscribers
        assert len(list(due(at("2026-07-21 08:30")))) == 50
