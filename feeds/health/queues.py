"""How much work waits for the workers, and for how long: looked up in the broker, which nobody else has to ask."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

CONNECT_SECONDS = 2.0
LATE = timedelta(minutes=30)  # a step of the night may hold up a worker with one slot for so long


class BrokerUnavailable(Exception):
    """The broker does not answer; the message says which and why."""


@dataclass(frozen=True)
class QueueState:
    """One queue: its messages, and the age of the oldest; None where there is none, or it does not say."""

    queue: str
    messages: int
    oldest: timedelta | None


def queue_states() -> list[QueueState]:
    """Every queue; what a worker has in hand does not wait. Raises BrokerSilent."""
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    if not settings.REDIS_URL:
        return _in_folder(Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])), names)
    with redis_connection() as redis:
        return [_in_redis(redis, name) for name in names]


@contextmanager
def redis_connection() -> Iterator[Redis]:
    """A connection to Redis that gives up soon; raises BrokerSilent."""
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


def _in_redis(redis: Redis, name: str) -> QueueState:
    oldest: Any = redis.lindex(name, -1)  # messages go in at the left and are taken at the right
    return QueueState(name, int(redis.llen(name)), _age(json.loads(oldest).get("headers", {})) if oldest else None)


def _age(headers: Mapping[str, Any]) -> timedelta | None:
    """Since the message was sent, by the time that the sender wrote on it."""
    sent = headers.get("queued_at")
    return timedelta(seconds=max(0.0, time.time() - sent)) if isinstance(sent, int | float) else None


def _in_folder(folder: Path, names: list[str]) -> list[QueueState]:
    """Of messages that are files; one that a worker takes meanwhile does not wait any more."""
    times: dict[str, list[float]] = {name: [] for name in names}
    for file in folder.glob("*.msg"):
        name = file.name.removesuffix(".msg").partition(".")[2]
        if name in times:  # the workers' own talk is there too
            try:
                times[name].append(file.stat().st_mtime)
            except FileNotFoundError:
                continue
    now = time.time()
    return [
        QueueState(name, len(found), timedelta(seconds=max(0.0, now - min(found))) if found else None)
        for name, found in times.items()
    ]
