"""The counter: exact windows, and nothing kept of those that ended."""

import sqlite3

import pytest
from django.conf import settings as site

from feeds.http import counters


@pytest.fixture(autouse=True)
def _own_file(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.delattr(counters._own, "file", raising=False)


def test_a_window_begins_with_the_first_count_and_ends_a_minute_later():
    counted = [counters._count_in_file("ada", now) for now in (1000.0, 1010.0, 1059.9, 1060.0, 1061.0)]
    assert [times for times, _ in counted] == [1, 2, 3, 1, 2]
    assert [round(seconds, 1) for _, seconds in counted] == [60.0, 50.0, 0.1, 60.0, 59.0]


def test_names_are_counted_apart():
    assert [counters._count_in_file(name, 1000.0)[0] for name in ("ada", "bob", "ada")] == [1, 1, 2]


def test_old_counters_are_removed():
    for number in range(50):
        counters._count_in_file(f"reader {number}", 1000.0)
    counters._count_in_file("ada", 1060.0)
    file = sqlite3.connect(site.DATA_DIR / "limits.sqlite3")
    assert file.execute("SELECT name, times FROM spent").fetchall() == [("ada", 1)]


def test_a_window_that_began_by_a_clock_a_day_ahead_is_not_waited_for():
    """86,400 s ahead, and back: the next count begins a window of its own."""
    counted = [counters._count_in_file("ada", now) for now in (1000.0 + 86_400, 1001.0, 1002.0)]
    assert [(times, round(seconds)) for times, seconds in counted] == [(1, 60), (1, 60), (2, 59)]
