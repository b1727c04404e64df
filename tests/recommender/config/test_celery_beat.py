"""Celery beat after the machine's clock was put back a day: entries run within the minute, not tomorrow."""

from datetime import timedelta

import pytest
from celery import Celery
from celery.schedules import crontab

from recommender.config.celery_beat import BeatScheduler


@pytest.fixture
def scheduler(tmp_path):
    """With two entries that run every minute, and a broker of its own."""
    app = Celery("test", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {name: {"task": name, "schedule": crontab(minute="*")} for name in ("one", "other")}
    return BeatScheduler(app, schedule_filename=str(tmp_path / "schedule"))


def last_runs(scheduler, by):
    """Set the last run of every entry to this long from now."""
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() + by


def test_entries_run_a_day_ahead_are_due_within_the_minute(scheduler):
    scheduler.tick()
    last_runs(scheduler, timedelta(days=1))
    assert scheduler.tick() <= 60
    assert all(entry.last_run_at <= entry.default_now() for entry in scheduler.schedule.values())


def test_a_clock_that_was_not_put_back_is_left_alone(scheduler):
    last_runs(scheduler, timedelta(seconds=30))
    before = {name: entry.last_run_at for name, entry in scheduler.schedule.items()}
    scheduler.tick()
    assert {name: entry.last_run_at for name, entry in scheduler.schedule.items()} == before
