"""Exact rate counters shared by all processes."""

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
# A window that ends more than one window length after a new one would have started by a wrong clock: start again.
# A window that ends a little later belongs to a process that read the clock a moment after this one.
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

_connections = threading.local()


def count(name: str, times: int = 1, window: int = WINDOW_SECONDS) -> tuple[int, float]:
    """Count a name and return its total in the current window.

    Also returns the seconds until that window ends. The total includes these `times`. A name is always counted in
    windows of one length, in seconds; a window starts with the first count.

    With Redis the count is shared by all machines. Without Redis, or while it does not answer, it is shared by all
    processes of this machine in a file of its own: in the database it would wait for the long writes of the night.
    """
    if settings.REDIS_URL:
        try:
            script = _redis_script(settings.REDIS_URL)
            total, milliseconds = script(keys=[f"paperboy:rate:{name}"], args=[1000 * window, times])
            return total, milliseconds / 1000
        except redis.RedisError as error:
            log.warning("Redis does not answer; requests are counted on this machine only: %s", error)
    return count_in_file(name, time.time(), times, window)


@lru_cache
def _redis_script(url: str) -> Callable[..., list[int]]:
    server = redis.Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
    return server.register_script(COUNT_IN_REDIS)


def count_in_file(name: str, now: float, times: int = 1, window: int = WINDOW_SECONDS) -> tuple[int, float]:
    """Count a name in this machine's SQLite file.

    The time is `now`; the connection belongs to this thread.
    """
    path = Path(settings.DATA_DIR) / "limits.sqlite3"
    if getattr(_connections, "path", None) != path:
        _connections.file = sqlite3.connect(path, timeout=30, isolation_level=None)
        _connections.file.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLE}")
        _connections.path = path
    values = {"name": name, "times": times, "now": now, "ends": now + window, "window": window}
    [(total, ends)] = _connections.file.execute(COUNT, values).fetchall()
    if total == times:  # a window starts: remove those that have ended
        _connections.file.execute("DELETE FROM spent WHERE ends <= ?", [now])
    return total, ends - now
