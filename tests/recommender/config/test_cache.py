"""The cache of a site with Redis: there while Redis is, and in memory while it is not."""

import pytest

from recommender.config.cache import FallbackRedisCache
from tests.servers import free_port


@pytest.fixture
def cache():
    """One whose Redis does not listen."""
    found = FallbackRedisCache(f"redis://127.0.0.1:{free_port()}/0", {"KEY_PREFIX": "test"})
    yield found
    found.meanwhile.clear()


def test_what_is_kept_while_redis_is_silent_is_found_again(cache):
    cache.set("a", [1, 2], 60)
    assert (cache.get("a"), cache.get("b", "nothing")) == ([1, 2], "nothing")
    assert cache.get_many(["a", "b"]) == {"a": [1, 2]}


def test_counting_goes_on_while_redis_is_silent(cache):
    assert (cache.add("count", 0), cache.incr("count"), cache.incr("count")) == (True, 1, 2)


def test_what_is_deleted_while_redis_is_silent_is_gone(cache):
    cache.set("a", 1)
    assert (cache.delete("a"), cache.get("a")) == (True, None)


def test_a_silent_redis_is_in_the_log(cache, caplog):
    cache.get("a")
    assert "the cache is in this process alone, since Redis does not answer" in caplog.text
