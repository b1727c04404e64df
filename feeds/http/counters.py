"""How often a name was counted in the window that now runs: one exact number for all processes."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import redis
from django.conf import settings

log = logging.getLogger(__name__)
WINDOW_SECONDS = 60
REDIS_SECONDS = 0.5

TABLE = """
    CREATE TABLE IF NOT EXISTS spent (name TEXT PRIMARY KEY, times INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS spent_ends ON spent (ends);
"""
# a window that ends more than a whole one later than one that begins now began by a clock that was wrong; a little
# later is that of another process, which looked at the clock a moment after this one
COUNT = """
    INSERT INTO spent (name, times, ends) VALUES (:name, :times, :ends)
    ON CONFLICT (name) DO UPDATE SET
        times = CASE WHEN ends <= :now OR ends > :ends + :window THEN :times ELSE times + :times END,
        ends = CASE WHEN ends <= :now OR ends > :ends + :window THEN :ends ELSE ends END
    RETURNING times, ends
"""
COUNT_IN_REDIS = """
    local times = redis.call('INCRBY', KEYS[1], ARGV[2])
    if times == tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
    return {times, redis.call('PTTL', KEYS[1])}
"""

_own = threading.local()


def count(name: str, times: int = 1, window: int = WINDOW_SECONDS) -> tuple[int, float]:
    """How often this name was counted since its window began, these times included, and the seconds until it ends.

    A name is always counted in windows of one length, in seconds.

    With Redis over all machines. Without it, or while it is lost, over all processes of this one, in a file: the
    database would make readers wait for whoever writes a whole night into it.
    """
    if settings.REDIS_URL:
        try:
            return _count_in_redis(name, times, window)
        except redis.RedisError as error:
            log.warning("requests are counted on this machine alone, since Redis does not answer: %s", error)
    return _count_in_file(name, time.time(), times, window)


def _count_in_redis(name: str, times: int, window: int) -> tuple[int, float]:
    counter = _redis_counter(settings.REDIS_URL)
    all_times, milliseconds = counter(keys=[f"paperboy:rate:{name}"], args=[1000 * window, times])
    return all_times, milliseconds / 1000


@lru_cache
def _redis_counter(url: str) -> Callable[..., list[int]]:
    server = redis.Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
    return server.register_script(COUNT_IN_REDIS)


def _count_in_file(name: str, now: float, times: int = 1, window: int = WINDOW_SECONDS) -> tuple[int, float]:
    file, named = _file(), {"name": name, "times": times, "now": now, "ends": now + window, "window": window}
    [(all_times, ends)] = file.execute(COUNT, named).fetchall()
    if all_times == times:
        file.execute("DELETE FROM spent WHERE ends <= ?", [now])
    return all_times, ends - now


def _file() -> sqlite3.Connection:
    """This thread's connection to the counters."""
    if getattr(_own, "file", None) is None:
        path = Path(settings.DATA_DIR) / "limits.sqlite3"
        _own.file = sqlite3.connect(path, timeout=30, isolation_level=None)
        _own.file.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLE}")
    return _own.file
