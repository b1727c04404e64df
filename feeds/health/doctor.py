"""The whole examination, in the order in which one thing rests on another."""

from collections.abc import Iterator
from datetime import datetime

from . import running, site, stores
from .findings import Finding, State


def examine(now: datetime, *, deploy: bool) -> list[Finding]:
    """Every finding. Without a database, what rests on it is not looked at.

    deploy  also what a site must have that strangers use
    """
    found = [*site.checks(deploy=deploy), *(site.public() if deploy else ()), *site.folder(), *site.static()]
    found += [*site.metrics(), *stores.database()]
    if not any(one.name == "database" and one.state == State.BAD for one in found):
        found += _with_database(now)
    return found


def _with_database(now: datetime) -> Iterator[Finding]:
    tables = list(stores.migrations())
    yield from tables
    yield from stores.redis()
    yield from running.worker()
    yield from running.waiting()
    yield from running.mail()
    if any(one.state == State.BAD for one in tables):
        return  # queries would fail on tables of another version
    cache = list(stores.kept())
    yield from cache
    if all(one.state != State.BAD for one in cache):
        yield from running.clock(now)
    yield from (*running.model(now), *running.night(now), *running.sources(now))
