"""The digest tick: the task of Celery beat, through a real worker on its own queue."""

import sys

import pytest
from celery import current_app
from django.conf import settings

from feeds.tasks import digest_tick
from tests.feeds.instance import Instance, wait_for

from .killing import plant
from .sink import Sink

WORKER = [sys.executable, "-m", "celery", "-A", "recommender.config", "worker", "-Q", "send", "--loglevel", "INFO"]
ASK = "from feeds.tasks import digest_tick; digest_tick.delay()"
PLANT = "from tests.feeds.digest.killing import plant; plant(5)"


def test_the_tick_sends_due_digests_and_returns_their_number(db, sink):
    plant(5)
    assert digest_tick() == {"sent": 5}
    assert digest_tick() == {}
    assert sink.times().total() == 5


def test_beat_runs_the_tick_every_minute_on_the_queue_for_sending():
    [entry] = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == digest_tick.name]
    assert entry["schedule"]._orig_minute == "*"
    assert current_app.conf.task_routes[digest_tick.name] == {"queue": "send"}


@pytest.mark.processes
def test_a_worker_of_the_send_queue_sends(tmp_path):
    with Sink() as server:
        instance = Instance(tmp_path)
        instance.env |= {"EMAIL_URL": server.url}
        instance.manage("migrate", "-v", "0")
        instance.shell(PLANT)
        worker = instance.start(*WORKER)
        try:
            instance.shell(ASK)
            wait_for(lambda: server.times().total() == 5, 60, instance.log.read_text())
        finally:
            worker.terminate()
            worker.wait(30)
