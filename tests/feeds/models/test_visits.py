"""Visits: a pause moves the day from which a reader catches up, reloading does not."""

from datetime import UTC, date, datetime, timedelta

from feeds.models import visits

MORNING = datetime(2026, 7, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_new_reader_catches_up_with_a_week(ada):
    assert visits.last_visit_day(visits.record(ada, MORNING), MORNING) == date(2026, 7, 14)


def test_the_previous_visit_ended_before_the_pause(ada):
    for look in (MORNING, MORNING + HOUR, MORNING + timedelta(days=2)):
        visit = visits.record(ada, look)
    assert visit.before == MORNING + HOUR
    assert visits.last_visit_day(visit, visit.seen_at) == date(2026, 7, 21)


def test_reloading_for_hours_stays_one_visit(ada):
    visits.record(ada, MORNING - timedelta(days=3))
    for minutes in range(0, 600, 7):
        visit = visits.record(ada, MORNING + timedelta(minutes=minutes))
    assert visit.before == MORNING - timedelta(days=3)


def test_a_request_within_ten_minutes_is_not_recorded(ada, django_assert_num_queries):
    visits.record(ada, MORNING)
    with django_assert_num_queries(1):
        visits.record(ada, MORNING + timedelta(minutes=9))


def test_catching_up_is_limited_to_three_months(ada):
    visits.record(ada, MORNING - timedelta(days=400))
    assert visits.last_visit_day(visits.record(ada, MORNING), MORNING) == date(2026, 7, 21) - timedelta(days=92)


def test_each_reader_has_a_visit_of_their_own(ada, bob):
    visits.record(ada, MORNING - timedelta(days=3))
    assert (visits.record(bob, MORNING).before, visits.record(ada, MORNING).before) == (
        None,
        MORNING - timedelta(days=3),
    )
