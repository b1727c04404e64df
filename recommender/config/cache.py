"""The cache in Redis, and in this process's memory for as long as Redis does not answer."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
SECONDS = 1.0  # until Redis counts as silent


def _steady(name: str) -> Callable[..., Any]:
    """The operation of this name, by Redis if it can be, else in memory."""

    def operation(self: "FallbackRedisCache", *given: Any, **options: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *given, **options)
        except RedisError as error:
            log.warning("the cache is in this process alone, since Redis does not answer: %s", error)
            return getattr(self.meanwhile, name)(*given, **options)

    return operation


class FallbackRedisCache(RedisCache):
    """A lost Redis takes no page with it: counts of log-ins go on for each process, and the rest is made anew.

    `/readyz` asks Redis itself.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        params["OPTIONS"] = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS} | params.get("OPTIONS", {})
        super().__init__(server, params)
        self.meanwhile = LocMemCache("meanwhile", {**params, "OPTIONS": {}})

    add, get, set, touch = (_steady(name) for name in ("add", "get", "set", "touch"))
    delete, has_key, incr, clear = (_steady(name) for name in ("delete", "has_key", "incr", "clear"))
    get_many, set_many, delete_many = (_steady(name) for name in ("get_many", "set_many", "delete_many"))
