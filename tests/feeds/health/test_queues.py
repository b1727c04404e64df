"""The messages that wait for workers, in a folder and in Redis."""

import json
import os
import time
from datetime import timedelta

import pytest
from kombu import Queue
from redis import Redis

from feeds.health import queues


@pytest.fixture
def folder(settings, tmp_path):
    settings.REDIS_URL = ""
    settings.CELERY_TASK_QUEUES = [Queue("celery"), Queue("fetch")]
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    return tmp_path


def test_an_empty_queue_has_no_oldest(folder):
    assert queues.queue_states() == [queues.QueueState("celery", 0, None), queues.QueueState("fetch", 0, None)]
    assert queues.oldest_age(queues.queue_states()) is None


def test_messages_in_the_folder_are_counted_by_queue_with_the_age_of_the_oldest(folder, old_message):
    old_message(folder, "fetch", timedelta(hours=2))
    (folder / "9_00000000-0000-4000-8000-000000000000.fetch.msg").write_text("{}")
    celery, fetch = queues.queue_states()
    assert (celery.messages, fetch.messages) == (0, 2)
    assert fetch.oldest.total_seconds() == pytest.approx(7200, abs=5)
    assert queues.oldest_age([celery, fetch]) == fetch.oldest


def test_control_messages_of_workers_are_not_counted(folder, old_message):
    old_message(folder, "celery@here.celery.pidbox", timedelta(hours=2))
    assert [queue.messages for queue in queues.queue_states()] == [0, 0]


@pytest.mark.skipif("not os.environ.get('REDIS_URL')")
def test_messages_in_redis_have_the_time_when_they_were_sent(settings):
    settings.CELERY_TASK_QUEUES = [Queue("health-test")]
    server = Redis.from_url(os.environ["REDIS_URL"])
    for ago in (600, 60):  # Celery pushes at the left
        server.lpush("health-test", json.dumps({"headers": {"queued_at": time.time() - ago}}))
    [state] = queues.queue_states()
    server.delete("health-test")
    assert (state.messages, round(state.oldest.total_seconds() / 10)) == (2, 60)


def test_an_unreachable_broker_is_an_error(settings, nobody_listens):
    settings.REDIS_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    with pytest.raises(queues.BrokerUnavailable, match="Redis does not answer"):
        queues.queue_states()
