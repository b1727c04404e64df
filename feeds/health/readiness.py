"""Whether this process may receive requests, by dependency.

A bad state comes with its reason.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, Error, connection
from django.utils import timezone
from redis.exceptions import RedisError

from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable

from . import check_jobs, queues

log = logging.getLogger(__name__)
PROBE_KEY = "health:probe"


@dataclass(frozen=True)
class ReadinessCheck:
    """The state of one dependency; `why` explains what is wrong, without internals."""

    ok: bool
    why: str = ""


@dataclass(frozen=True)
class Readiness:
    """All readiness checks.

    The state is `down` only without a database; without a cache, a model or a worker it is degraded.
    """

    checks: dict[str, ReadinessCheck]

    @property
    def status(self) -> str:
        if not self.checks["database"].ok:
            return "down"
        return "ok" if all(check.ok for check in self.checks.values()) else "degraded"

    def as_dict(self) -> dict[str, Any]:
        checks = {
            name: {"ok": check.ok} | ({"why": check.why} if check.why else {}) for name, check in self.checks.items()
        }
        return {"status": self.status, "checks": checks}


def readiness() -> Readiness:
    """Run all checks; without a database, only that one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error as error:
        log.error("not ready: the database does not answer: %s", error)
        return Readiness({"database": ReadinessCheck(False, "the database does not answer")})
    return Readiness({"database": ReadinessCheck(True)} | {name: check() for name, check in CHECKS.items()})


def check_cache() -> ReadinessCheck:
    """Ask Redis itself, since the cache on it falls back silently."""
    try:
        if settings.REDIS_URL:
            with queues.redis_connection() as redis:
                redis.ping()
        else:
            cache.get(PROBE_KEY)
    except (queues.BrokerUnavailable, DatabaseError) as error:
        log.error("the cache does not answer: %s", error)
        return ReadinessCheck(False, "the cache does not answer")
    return ReadinessCheck(True)


def check_model() -> ReadinessCheck:
    model = model_cache.current()
    return ReadinessCheck(False, model.reason) if isinstance(model, Unavailable) else ReadinessCheck(True)


def check_queue() -> ReadinessCheck:
    try:
        oldest = queues.oldest_age(queues.queue_states())
    except queues.BrokerUnavailable as error:
        log.error("%s", error)
        return ReadinessCheck(False, "the broker does not answer")
    if oldest and oldest > queues.LATE:
        return ReadinessCheck(False, f"work has waited for {oldest.total_seconds() / 60:.0f} minutes")
    return ReadinessCheck(True)


def check_beat() -> ReadinessCheck:
    try:
        last_tick = check_jobs.last_tick()
    except (RedisError, DatabaseError):
        return ReadinessCheck(False, "the cache, which stores the last beat, does not answer")
    if last_tick is None:
        return ReadinessCheck(False, "Celery beat has not run yet")
    age = timezone.now() - last_tick
    if age > check_jobs.BEAT_LATE:
        return ReadinessCheck(False, f"the last beat of Celery was {age.total_seconds() / 60:.0f} minutes ago")
    return ReadinessCheck(True)


CHECKS: dict[str, Callable[[], ReadinessCheck]] = {
    "cache": check_cache,
    "model": check_model,
    "queue": check_queue,
    "clock": check_beat,
}
