"""The number and age of messages that wait for workers.

They are read from the broker.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

CONNECT_SECONDS = 2.0
LATE = timedelta(minutes=30)  # a step of the night may occupy a worker with one slot for this long


class BrokerUnavailable(Exception):
    """The broker does not answer; the message says which one and why."""


@dataclass(frozen=True)
class QueueState:
    """The number of messages in a queue, and the oldest's age.

    The age is None if there is no message or it has no time.
    """

    queue: str
    messages: int
    oldest: timedelta | None


def queue_states() -> list[QueueState]:
    """Return the state of every queue.

    Messages that a worker has taken are not counted. Raises BrokerUnavailable.
    """
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    if not settings.REDIS_URL:
        return _folder_states(Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])), names)
    states = []
    with redis_connection() as redis:
        for name in names:
            message: Any = redis.lindex(name, -1)  # messages are added at the left and taken from the right
            sent_at = json.loads(message).get("headers", {}).get("queued_at") if message else None
            oldest = timedelta(seconds=max(0.0, time.time() - sent_at)) if isinstance(sent_at, int | float) else None
            states.append(QueueState(name, int(redis.llen(name)), oldest))
    return states


@contextmanager
def redis_connection() -> Iterator[Redis]:
    """Connect to Redis with short timeouts; raises BrokerUnavailable."""
    redis = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS, retry=None
    )
    try:
        yield redis
    except RedisError as error:
        raise BrokerUnavailable(f"Redis does not answer: {error}") from error
    finally:
        redis.close()


def oldest_age(queues: list[QueueState]) -> timedelta | None:
    return max((queue.oldest for queue in queues if queue.oldest is not None), default=None)


def _folder_states(folder: Path, names: list[str]) -> list[QueueState]:
    """The queues of the filesystem transport.

    Each message is a file, last modified when it was sent.
    """
    times: dict[str, list[float]] = {name: [] for name in names}
    for file in folder.glob("*.msg"):
        name = file.name.removesuffix(".msg").partition(".")[2]
        if name in times:  # the workers' control messages are in the folder too
            try:
                times[name].append(file.stat().st_mtime)
            except FileNotFoundError:  # a worker took the message meanwhile
                continue
    now = time.time()
    return [
        QueueState(name, len(sent), timedelta(seconds=max(0.0, now - min(sent))) if sent else None)
        for name, sent in times.items()
    ]
