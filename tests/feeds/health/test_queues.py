"""What waits for the workers, in a folder and in Redis."""

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


def test_messages_in_the_folder_count_for_their_queue_and_the_oldest_gives_the_age(folder, old_message):
    old_message(folder, "fetch", timedelta(hours=2))
    (folder / "9_00000000-0000-4000-8000-000000000000.fetch.msg").write_text("{}")
    celery, fetch = queues.queue_states()
    assert (celery.messages, fetch.messages) == (0, 2)
    assert fetch.oldest.total_seconds() == pytest.approx(7200, abs=5)
    assert queues.oldest_age([celery, fetch]) == fetch.oldest


def test_what_workers_tell_each_other_does_not_wait(folder, old_message):
    old_message(folder, "celery@here.celery.pidbox", timedelta(hours=2))
    assert [queue.messages for queue in queues.queue_states()] == [0, 0]


@pytest.mark.skipif("not os.environ.get('REDIS_URL')")
def test_messages_in_redis_tell_when_they_were_sent(settings):
    settings.CELERY_TASK_QUEUES = [Queue("health-test")]
    server = Redis.from_url(os.environ["REDIS_URL"])
    for ago in (600, 60):  # Celery pushes at the left
        server.lpush("health-test", json.dumps({"headers": {"queued_at": time.time() - ago}}))
    [found] = queues.queue_states()
    server.delete("health-test")
    assert (found.messages, round(found.oldest.total_seconds() / 10)) == (2, 60)


def test_a_broker_that_does_not_answer_is_said_to_be_silent(settings, nobody_listens):
    settings.REDIS_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    with pytest.raises(queues.BrokerUnavailable, match="Redis does not answer"):
        queues.queue_states()
