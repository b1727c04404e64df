"""arXiv's calendar: its published table, daylight saving, holidays, and real listings."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.sources.formats.arxiv_calendar import (
    announcement_day,
    announcement_days,
    announcement_time,
    last_announcement,
)

from .samples import DATA, needs_papers


def new_york_summer(day, hour, minute=0):
    """A time in New York in July 2026, four hours behind UTC."""
    return datetime(2026, 7, day, hour, minute, tzinfo=UTC) + timedelta(hours=4)


# July 2026: the 20th is a Monday. Deadline 14:00, announced at 20:00, listed on the next day.
TABLE = [
    (20, 14, 22),  # Monday 14:00 to Tuesday 14:00 -> Tuesday evening -> Wednesday
    (21, 13, 22),
    (21, 14, 23),
    (22, 14, 24),
    (23, 13, 24),
    (23, 14, 27),  # Thursday 14:00 to Friday 14:00 -> Sunday evening -> Monday
    (24, 13, 27),
    (24, 14, 28),  # Friday 14:00 to Monday 14:00 -> Monday evening -> Tuesday
    (25, 3, 28),
    (26, 21, 28),
    (27, 13, 28),
]


@pytest.mark.parametrize(("day", "hour", "listed"), TABLE)
def test_arxivs_published_table_of_deadlines_holds(day, hour, listed):
    assert announcement_day(new_york_summer(day, hour)) == date(2026, 7, listed)


def test_the_deadline_follows_daylight_saving():
    assert announcement_day(datetime(2026, 7, 21, 17, 59, tzinfo=UTC)) == date(2026, 7, 22)  # 13:59 EDT
    assert announcement_day(datetime(2026, 7, 21, 18, 0, tzinfo=UTC)) == date(2026, 7, 23)
    assert announcement_day(datetime(2026, 2, 3, 18, 59, tzinfo=UTC)) == date(2026, 2, 4)  # 13:59 EST
    assert announcement_day(datetime(2026, 2, 3, 19, 0, tzinfo=UTC)) == date(2026, 2, 5)


def test_a_date_counts_as_its_noon_and_a_time_without_zone_as_utc():
    assert announcement_day(date(2026, 7, 21)) == date(2026, 7, 22)
    assert announcement_day(datetime(2026, 7, 21, 18, 0)) == date(2026, 7, 23)


def test_a_submission_before_a_holiday_waits_for_the_next_evening():
    # Thanksgiving, Thursday 26 November 2026: Wednesday's batch after 14:00 and Thursday's go out on Sunday.
    assert announcement_day(datetime(2026, 11, 25, 20, tzinfo=UTC)) == date(2026, 11, 30)
    assert announcement_day(datetime(2026, 11, 25, 18, tzinfo=UTC)) == date(2026, 11, 26)


def test_announcement_days_skip_weekends_and_days_after_a_deferred_evening():
    # Labor Day, Monday 7 September 2026, has no announcement, so Tuesday the 8th has no listing.
    days = announcement_days(date(2026, 9, 4), date(2026, 9, 9))
    assert days == [date(2026, 9, 4), date(2026, 9, 7), date(2026, 9, 9)]


def test_there_are_no_days_when_the_last_precedes_the_first():
    assert announcement_days(date(2026, 9, 4), date(2026, 9, 3)) == []


def test_a_year_without_a_notice_has_the_usual_holidays():
    # 2028: Labor Day is Monday 4 September, Thanksgiving Thursday 23 November.
    days = announcement_days(date(2028, 1, 1), date(2028, 12, 31))
    assert date(2028, 9, 5) not in days
    assert date(2028, 11, 24) not in days
    assert date(2028, 9, 6) in days


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        (new_york_summer(21, 19, 59), 21),
        (new_york_summer(21, 20, 0), 22),
        (new_york_summer(24, 23, 0), 24),  # Friday evening: Friday's listing, of Thursday evening, is the newest
        (new_york_summer(26, 19, 0), 24),
        (new_york_summer(26, 20, 0), 27),
    ],
)
def test_the_last_announcement_is_the_last_evenings(now, newest):
    assert last_announcement(now) == date(2026, 7, newest)


def test_the_listing_of_a_day_becomes_public_the_evening_before():
    assert announcement_time(date(2026, 7, 22)) == datetime(2026, 7, 22, 0, 0, tzinfo=UTC)
    assert announcement_time(date(2026, 2, 4)) == datetime(2026, 2, 4, 1, 0, tzinfo=UTC)


def real_papers():
    with gzip.open(DATA / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def timed_and_listed():
    """Time of the first version and day of listing, for papers with more than a date."""
    for row in real_papers():
        if row["published_at"] and row["listed_date"] and not row["published_at"].startswith("00:00:00", 11):
            yield datetime.fromisoformat(row["published_at"]), date.fromisoformat(row["listed_date"])


@needs_papers
def test_real_papers_are_listed_on_the_computed_day_or_later_by_moderation():
    late = [(listed - announcement_day(submitted)).days for submitted, listed in timed_and_listed()]
    assert len(late) == 3107
    assert min(late) >= 0
    assert late.count(0) / len(late) > 0.94


@needs_papers
def test_no_real_listing_falls_on_a_day_without_announcement():
    """A listing has about 200 papers there; the collection has up to 39 stragglers on seven Saturdays."""
    counts: dict[date, int] = {}
    for row in real_papers():
        if row["listed_date"]:
            day = date.fromisoformat(row["listed_date"])
            counts[day] = counts.get(day, 0) + 1
    days = set(announcement_days(min(counts), max(counts)))
    assert {day: count for day, count in counts.items() if day not in days and count > 50} == {}
