"""The cache of a site with Redis works in memory while Redis does not answer."""

import pytest

from recommender.config.cache import FallbackRedisCache
from tests.servers import free_port


@pytest.fixture
def cache():
    """One whose Redis does not listen."""
    cache = FallbackRedisCache(f"redis://127.0.0.1:{free_port()}/0", {"KEY_PREFIX": "test"})
    yield cache
    cache.fallback.clear()


def test_entries_can_be_set_and_read_without_redis(cache):
    cache.set("a", [1, 2], 60)
    assert (cache.get("a"), cache.get("b", "nothing")) == ([1, 2], "nothing")
    assert cache.get_many(["a", "b"]) == {"a": [1, 2]}


def test_counters_work_without_redis(cache):
    assert (cache.add("count", 0), cache.incr("count"), cache.incr("count")) == (True, 1, 2)


def test_entries_can_be_deleted_without_redis(cache):
    cache.set("a", 1)
    assert (cache.delete("a"), cache.get("a")) == (True, None)


def test_a_missing_redis_is_logged(cache, caplog):
    cache.get("a")
    assert "Redis does not answer; the cache is in this process only" in caplog.text
