"""Rate counters: exact windows, and no rows of windows that ended."""

import sqlite3

import pytest
from django.conf import settings as site

from feeds.http.counters import count_in_file


@pytest.fixture(autouse=True)
def _own_file(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_a_window_begins_with_the_first_count_and_ends_a_minute_later():
    counts = [count_in_file("ada", now) for now in (1000.0, 1010.0, 1059.9, 1060.0, 1061.0)]
    assert [times for times, _ in counts] == [1, 2, 3, 1, 2]
    assert [round(seconds, 1) for _, seconds in counts] == [60.0, 50.0, 0.1, 60.0, 59.0]


def test_each_name_has_a_count_of_its_own():
    assert [count_in_file(name, 1000.0)[0] for name in ("ada", "bob", "ada")] == [1, 1, 2]


def test_counts_of_past_windows_are_deleted():
    for number in range(50):
        count_in_file(f"reader {number}", 1000.0)
    count_in_file("ada", 1060.0)
    file = sqlite3.connect(site.DATA_DIR / "limits.sqlite3")
    assert file.execute("SELECT name, times FROM spent").fetchall() == [("ada", 1)]


def test_a_window_of_a_clock_one_day_ahead_is_replaced():
    """The clock was 86,400 s ahead and is set back: the next count starts a new window."""
    counts = [count_in_file("ada", now) for now in (1000.0 + 86_400, 1001.0, 1002.0)]
    assert [(times, round(seconds)) for times, seconds in counts] == [(1, 60), (1, 60), (2, 59)]
