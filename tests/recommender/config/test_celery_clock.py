"""Celery's clock, after the machine's own was put back a day: entries run within the minute, not tomorrow."""

from datetime import timedelta

import pytest
from celery import Celery
from celery.schedules import crontab

from recommender.config.celery_clock import Clock


@pytest.fixture
def clock(tmp_path):
    """With two entries that run every minute, and a broker of its own."""
    app = Celery("test", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {name: {"task": name, "schedule": crontab(minute="*")} for name in ("one", "other")}
    return Clock(app, schedule_filename=str(tmp_path / "schedule"))


def last_runs(clock, by):
    """Every entry was last run so long from now."""
    for entry in clock.schedule.values():
        entry.last_run_at = entry.default_now() + by


def test_what_was_run_a_day_ahead_is_due_within_the_minute(clock):
    clock.tick()
    last_runs(clock, timedelta(days=1))
    assert clock.tick() <= 60
    assert all(entry.last_run_at <= entry.default_now() for entry in clock.schedule.values())


def test_a_clock_that_was_not_put_back_is_left_alone(clock):
    last_runs(clock, timedelta(seconds=30))
    before = {name: entry.last_run_at for name, entry in clock.schedule.items()}
    clock.tick()
    assert {name: entry.last_run_at for name, entry in clock.schedule.items()} == before
