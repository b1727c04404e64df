"""May this process be sent requests? Each thing that it leans on, fine or not, and why."""

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
    """One thing that was looked at; `why` says in words for anybody what is not fine about it."""

    ok: bool
    why: str = ""


@dataclass(frozen=True)
class Readiness:
    """`down` only when nothing can be answered: without a cache, model or worker answers are poorer, not missing."""

    looks: dict[str, ReadinessCheck]

    @property
    def status(self) -> str:
        if not self.looks["database"].ok:
            return "down"
        return "ok" if all(look.ok for look in self.looks.values()) else "degraded"

    def as_dict(self) -> dict[str, Any]:
        checks = {name: {"ok": look.ok} | ({"why": look.why} if look.why else {}) for name, look in self.looks.items()}
        return {"status": self.status, "checks": checks}


def readiness() -> Readiness:
    """Look at all now; the rest cannot be told while the database is silent."""
    database = _database()
    if not database.ok:
        return Readiness({"database": database})
    return Readiness({"database": database} | {name: look() for name, look in CHECKS.items()})


def _database() -> ReadinessCheck:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error as error:
        log.error("not ready: the database does not answer: %s", error)
        return ReadinessCheck(False, "the database does not answer")
    return ReadinessCheck(True)


def _cache() -> ReadinessCheck:
    try:
        _knock()
    except (queues.BrokerUnavailable, DatabaseError) as error:
        log.error("the cache does not answer: %s", error)
        return ReadinessCheck(False, "the cache does not answer")
    return ReadinessCheck(True)


def _knock() -> None:
    """Redis itself is asked, since its cache answers without it."""
    if not settings.REDIS_URL:
        cache.get(PROBE_KEY)
        return
    with queues.redis_connection() as redis:
        redis.ping()


def _model() -> ReadinessCheck:
    served = model_cache.current()
    return ReadinessCheck(False, served.reason) if isinstance(served, Unavailable) else ReadinessCheck(True)


def _queue() -> ReadinessCheck:
    try:
        oldest = queues.oldest_age(queues.queue_states())
    except queues.BrokerUnavailable as error:
        log.error("%s", error)
        return ReadinessCheck(False, "the broker does not answer")
    if oldest and oldest > queues.LATE:
        return ReadinessCheck(False, f"work has waited for {oldest.total_seconds() / 60:.0f} minutes")
    return ReadinessCheck(True)


def _clock() -> ReadinessCheck:
    try:
        heard = check_jobs.last_tick()
    except (RedisError, DatabaseError):
        return ReadinessCheck(False, "the cache, which keeps when the clock was heard, does not answer")
    if heard is None:
        return ReadinessCheck(False, "Celery's clock has not been heard yet")
    age = timezone.now() - heard
    if age > check_jobs.BEAT_LATE:
        return ReadinessCheck(False, f"Celery's clock was last heard {age.total_seconds() / 60:.0f} minutes ago")
    return ReadinessCheck(True)


CHECKS: dict[str, Callable[[], ReadinessCheck]] = {"cache": _cache, "model": _model, "queue": _queue, "clock": _clock}
