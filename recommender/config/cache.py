"""A cache in Redis that uses the process's memory while Redis does not answer."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
SECONDS = 1.0  # timeout of a connection and of an answer
# Where there are more, a third is dropped. With Django's 300, sign-ins for a few hundred addresses dropped the counters
# of failed sign-ins
MAX_ENTRIES = 100_000


def _with_fallback(name: str) -> Callable[..., Any]:
    """The cache operation of this name, in Redis, or in memory where Redis fails."""

    def operation(self: "FallbackRedisCache", *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except RedisError as error:
            log.warning("Redis does not answer; the cache is in this process only: %s", error)
            return getattr(self.fallback, name)(*args, **kwargs)

    return operation


class FallbackRedisCache(RedisCache):
    """A Redis cache that falls back on the process's memory.

    Without Redis pages still work: log-ins are counted per process, and other entries are computed again. `/readyz`
    checks Redis itself.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        params["OPTIONS"] = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS} | params.get("OPTIONS", {})
        super().__init__(server, params)
        self.fallback = LocMemCache("fallback", {**params, "OPTIONS": {"MAX_ENTRIES": MAX_ENTRIES}})

    add, get, set, touch = (_with_fallback(name) for name in ("add", "get", "set", "touch"))
    delete, has_key, incr, clear = (_with_fallback(name) for name in ("delete", "has_key", "incr", "clear"))
    get_many, set_many, delete_many = (_with_fallback(name) for name in ("get_many", "set_many", "delete_many"))
