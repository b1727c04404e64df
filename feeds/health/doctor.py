"""The whole examination, in the order in which one thing rests on another."""

from collections.abc import Iterator
from datetime import datetime

from . import check_configuration, check_jobs, check_stores
from .finding import Finding, Severity


def examine(now: datetime, *, deploy: bool) -> list[Finding]:
    """Every finding. Without a database, what rests on it is not looked at.

    deploy  also what a site must have that strangers use
    """
    found = [
        *check_configuration.django_checks(deploy=deploy),
        *(check_configuration.public_site() if deploy else ()),
        *check_configuration.data_folder(),
        *check_configuration.static_files(),
    ]
    found += [*check_configuration.metrics(), *check_stores.database()]
    if not any(one.name == "database" and one.state == Severity.BAD for one in found):
        found += _with_database(now)
    return found


def _with_database(now: datetime) -> Iterator[Finding]:
    tables = list(check_stores.migrations())
    yield from tables
    yield from check_stores.redis()
    yield from check_jobs.worker()
    yield from check_jobs.queue_ages()
    yield from check_jobs.mail()
    if any(one.state == Severity.BAD for one in tables):
        return  # queries would fail on tables of another version
    cache = list(check_stores.cache_works())
    yield from cache
    if all(one.state != Severity.BAD for one in cache):
        yield from check_jobs.beat(now)
    yield from (*check_jobs.model(now), *check_jobs.night(now), *check_jobs.sources(now))
