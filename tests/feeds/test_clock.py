"""Which night is due."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime

import pytest

from feeds.management.arguments import parse_day
from recommender.night.ledger import due


@pytest.mark.parametrize(
    ("now", "hour", "day"),
    [
        ("2026-07-21T01:59", 2, date(2026, 7, 20)),
        ("2026-07-21T02:00", 2, date(2026, 7, 21)),
        ("2026-07-21T23:59", 2, date(2026, 7, 21)),
        ("2026-07-21T00:00", 0, date(2026, 7, 21)),
        ("2026-03-01T22:59", 23, date(2026, 2, 28)),
        ("2027-01-01T00:30", 2, date(2026, 12, 31)),
    ],
)
def test_a_night_is_due_from_its_hour_on(now, hour, day):
    assert due(datetime.fromisoformat(now).replace(tzinfo=UTC), hour) == day


def test_a_day_is_read_from_the_command_line():
    assert parse_day("2026-07-21") == date(2026, 7, 21)


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "21.7.2026"])
def test_what_is_no_day_is_refused_with_an_example(text):
    with pytest.raises(ArgumentTypeError, match="2026-11-23"):
        parse_day(text)
