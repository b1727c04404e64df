"""Doctor's checks of the database, the cache and Redis."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error, NotSupportedError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from redis.exceptions import RedisError, ResponseError

from .finding import Finding, bad, ok, warn
from .queues import BrokerUnavailable, redis_connection

# Leases of 90 s are compared with the clocks of several machines.
SKEW, GRAVE_SKEW = timedelta(seconds=2), timedelta(seconds=30)


def database() -> Iterator[Finding]:
    """Whether the database answers, has a supported version, and agrees on the time."""
    try:
        connection.ensure_connection()
        connection.check_database_version_supported()
    except NotSupportedError as error:
        yield bad("database", str(error), "upgrade the database server")
        return
    except Error as error:
        yield bad("database", f"it does not answer: {str(error).strip()}", "start it, or correct DATABASE_URL")
        return
    version = ".".join(map(str, connection.get_database_version()))
    yield ok("database", f"{connection.display_name} {version} answers")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            database_now = datetime.fromisoformat(str(cursor.fetchone()[0]))
        yield clock_skew(database_now - timezone.now())


def clock_skew(ahead: timedelta) -> Finding:
    """How far the database's clock is ahead of this machine's."""
    words = f"the database is {ahead.total_seconds():+.1f} s ahead of this machine"
    remedy = "synchronise both clocks with NTP (timedatectl set-ntp true)"
    if abs(ahead) > GRAVE_SKEW:
        return bad("clocks", words, remedy)
    return warn("clocks", words, remedy) if abs(ahead) > SKEW else ok("clocks", words)


def migrations() -> Iterator[Finding]:
    """Whether the tables match this version."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    replaced = {name for migration in loader.replacements.values() for name in migration.replaces}
    unknown = set(loader.applied_migrations) - set(loader.disk_migrations) - replaced
    newer = sorted(f"{app}.{name}" for app, name in unknown if app in loader.migrated_apps)
    if plan:
        first, _ = plan[0]
        words = f"{len(plan)} migrations are not applied, the first is {first.app_label}.{first.name}"
        yield bad("tables", words, "manage.py migrate")
    elif newer:
        words = f"the tables are of a newer version, which has {newer[-1]}"
        yield warn("tables", words, "install that version, or restore a backup")
    else:
        yield ok("tables", "every migration is applied")


def cache_works() -> Iterator[Finding]:
    """Whether the cache stores a value."""
    value = timezone.now().isoformat()
    try:
        cache.set("health:doctor", value, timeout=60)
        stored = cache.get("health:doctor")
    except (RedisError, Error) as error:
        remedy = "start Redis, or correct REDIS_URL" if settings.REDIS_URL else "manage.py migrate"
        yield bad("cache", f"it does not answer: {str(error).strip()}", remedy)
        return
    if stored == value:
        yield ok("cache", "it stores values")
    else:
        yield bad("cache", "it loses values", "give Redis more memory (maxmemory)")


def redis() -> Iterator[Finding]:
    """Check that Redis, if used, keeps queued messages.

    It must keep them in memory and on disk.
    """
    if not settings.REDIS_URL:
        return
    try:
        with redis_connection() as server:
            version: Any = server.info("server")
            memory: Any = server.info("memory")
            disk: Any = server.info("persistence")
            try:
                snapshots = bool(dict(server.config_get("save")).get("save"))
            except ResponseError:  # hosted servers do not show their configuration
                snapshots = bool(disk.get("rdb_last_save_time"))
    except BrokerUnavailable as error:
        yield bad("redis", str(error), "start Redis, or correct REDIS_URL")
        return
    yield ok("redis", f"Redis {version['redis_version']} answers")
    words = f"when its memory is full: {memory.get('maxmemory_policy', 'unknown')}"
    if str(memory.get("maxmemory_policy")).startswith("allkeys"):
        yield bad("redis memory", f"{words}, which may drop a queue", "set maxmemory-policy noeviction")
    else:
        yield ok("redis memory", words)
    if disk.get("rdb_last_bgsave_status") == "err":
        words = "its last snapshot failed, and it refuses writes until one succeeds"
        yield bad("redis disk", words, "free space on its disk, then BGSAVE")
    elif snapshots or disk.get("aof_enabled"):
        yield ok("redis disk", "it writes snapshots or a log")
    else:
        words = "it stores nothing on disk: a restart loses queued messages until Celery beat sends them again"
        yield warn("redis disk", words, "set appendonly yes")
