"""What the doctor looks at in database, cache and Redis."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import Error, NotSupportedError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from .finding import Finding, bad, ok, warn
from .queues import BrokerUnavailable, redis_connection

SKEW, GRAVE_SKEW = (
    timedelta(seconds=2),
    timedelta(seconds=30),
)  # leases of 90 s go by several clocks


def database() -> Iterator[Finding]:
    """Reachable, of a version that is supported, and of the same time."""
    try:
        connection.ensure_connection()
        connection.check_database_version_supported()
    except NotSupportedError as error:
        yield bad("database", str(error), "upgrade the database server")
        return
    except Error as error:
        yield bad("database", f"it does not answer: {str(error).strip()}", "start it, or mend DATABASE_URL")
        return
    version = ".".join(map(str, connection.get_database_version()))
    yield ok("database", f"{connection.display_name} {version} answers")
    if connection.vendor == "postgresql":
        yield clock_skew(_time_of_database() - timezone.now())


def clock_skew(ahead: timedelta) -> Finding:
    """Of the database's clock against this machine's."""
    words = f"the database is {ahead.total_seconds():+.1f} s ahead of this machine"
    remedy = "let both keep time by NTP (timedatectl set-ntp true)"
    if abs(ahead) > GRAVE_SKEW:
        return bad("clocks", words, remedy)
    return warn("clocks", words, remedy) if abs(ahead) > SKEW else ok("clocks", words)


def _time_of_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return datetime.fromisoformat(str(cursor.fetchone()[0]))


def migrations() -> Iterator[Finding]:
    """Whether the tables are those of this version."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    loader = executor.loader
    replaced = {name for migration in loader.replacements.values() for name in migration.replaces}
    unknown = set(loader.applied_migrations) - set(loader.disk_migrations) - replaced
    ours = sorted(f"{app}.{name}" for app, name in unknown if app in loader.migrated_apps)
    if plan:
        first, _ = plan[0]
        words = f"{len(plan)} migrations are not applied, the first is {first.app_label}.{first.name}"
        yield bad("tables", words, "manage.py migrate")
    elif ours:
        words = f"the tables are of a newer version, which has {ours[-1]}"
        yield warn("tables", words, "install that version, or restore a backup")
    else:
        yield ok("tables", "every migration is applied")


def cache_works() -> Iterator[Finding]:
    """Whether the cache keeps what it is told."""
    told = timezone.now().isoformat()
    try:
        cache.set("health:doctor", told, timeout=60)
        found = cache.get("health:doctor")
    except (RedisError, Error) as error:
        remedy = "start Redis, or mend REDIS_URL" if settings.REDIS_URL else "manage.py createcachetable"
        yield bad("cache", f"it does not answer: {str(error).strip()}", remedy)
        return
    yield ok("cache", "it keeps what it is told") if found == told else _forgetful()


def _forgetful() -> Finding:
    return bad("cache", "it forgets what it is told", "give Redis more memory (maxmemory)")


def redis() -> Iterator[Finding]:
    """Whether Redis, if it is used, keeps what waits in its queues."""
    if not settings.REDIS_URL:
        return
    try:
        with redis_connection() as server:
            yield ok("redis", f"Redis {_info(server, 'server')['redis_version']} answers")
            yield _eviction(str(_info(server, "memory").get("maxmemory_policy", "unknown")))
            yield _persistence(server)
    except BrokerUnavailable as silent:
        yield bad("redis", str(silent), "start Redis, or mend REDIS_URL")


def _eviction(policy: str) -> Finding:
    words = f"when its memory is full: {policy}"
    if policy.startswith("allkeys"):
        return bad("redis memory", f"{words}, which may drop a queue", "set maxmemory-policy noeviction")
    return ok("redis memory", words)


def _persistence(server: Redis) -> Finding:
    state = _info(server, "persistence")
    if state.get("rdb_last_bgsave_status") == "err":
        words = "its last snapshot failed, and it takes no writes until one succeeds"
        return bad("redis disk", words, "make room on its disk, then BGSAVE")
    try:
        saves = bool(dict(server.config_get("save")).get("save"))
    except ResponseError:  # hosted ones keep their settings to themselves
        saves = bool(state.get("rdb_last_save_time"))
    if saves or state.get("aof_enabled"):
        return ok("redis disk", "it keeps snapshots or a log")
    words = "it keeps nothing on disk: a restart loses what waits in the queues, until the clock starts it again"
    return warn("redis disk", words, "set appendonly yes")


def _info(server: Redis, section: str) -> dict[str, object]:
    return dict(server.info(section))
