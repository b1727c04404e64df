"""Visits: reloading does not move the day that catching up begins with, coming back after a pause does."""

from datetime import UTC, date, datetime, timedelta

from feeds.models import visits

MORNING = datetime(2026, 7, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_new_reader_catches_up_with_a_week(ada):
    assert visits.last_visit_day(visits.record(ada, MORNING), MORNING) == date(2026, 7, 14)


def test_the_visit_before_is_the_last_look_before_a_pause(ada):
    for look in (MORNING, MORNING + HOUR, MORNING + timedelta(days=2)):
        visit = visits.record(ada, look)
    assert visit.before == MORNING + HOUR
    assert visits.last_visit_day(visit, visit.seen_at) == date(2026, 7, 21)


def test_reloading_through_a_morning_does_not_move_it(ada):
    visits.record(ada, MORNING - timedelta(days=3))
    for minutes in range(0, 600, 7):
        visit = visits.record(ada, MORNING + timedelta(minutes=minutes))
    assert visit.before == MORNING - timedelta(days=3)


def test_a_look_within_ten_minutes_is_not_written_down(ada, django_assert_num_queries):
    visits.record(ada, MORNING)
    with django_assert_num_queries(1):
        visits.record(ada, MORNING + timedelta(minutes=9))


def test_nobody_catches_up_with_more_than_three_months(ada):
    visits.record(ada, MORNING - timedelta(days=400))
    assert visits.last_visit_day(visits.record(ada, MORNING), MORNING) == date(2026, 7, 21) - timedelta(days=92)


def test_every_reader_has_a_visit_of_their_own(ada, bob):
    visits.record(ada, MORNING - timedelta(days=3))
    assert (visits.record(bob, MORNING).before, visits.record(ada, MORNING).before) == (
        None,
        MORNING - timedelta(days=3),
    )
