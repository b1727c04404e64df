"""The cache of a site with Redis works in memory while Redis does not answer."""

import pytest
from django.conf import settings
from django.core.cache.backends.db import DatabaseCache

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


def test_counters_of_sign_ins_outlast_hundreds_of_other_entries(db):
    """allauth keeps them in the cache: dropping them would allow further guesses of a password."""
    if settings.REDIS_URL:
        pytest.skip("with Redis the cache has no limit of its own")
    cache = DatabaseCache(settings.CACHES["default"]["LOCATION"], settings.CACHES["default"])
    counters = [f"allauth:rl:login_failed:{number}" for number in range(12)]
    cache.set_many({key: [1.0, 2.0] for key in counters}, 3600)
    for number in range(320):
        cache.set(f"other:{number}", number, 3600)
    assert set(cache.get_many(counters)) == set(counters)


def test_counters_in_memory_outlast_hundreds_of_other_entries(cache):
    counters = [f"counter:{number}" for number in range(12)]
    for key in (*counters, *(f"other:{number}" for number in range(320))):
        cache.fallback.set(key, 5, 3600)
    assert set(cache.fallback.get_many(counters)) == set(counters)
