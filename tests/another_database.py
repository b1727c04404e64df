"""Another database beside the one of the tests, without a table, and what tables and indexes a database has."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, connections

_SCHEMAS = {
    "sqlite": ["SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"],
    "postgresql": [
        """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
            generation_expression FROM information_schema.columns WHERE table_schema = 'public'""",
        """SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index
            WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)""",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace""",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The alias of a database that exists as long as the block; PostgreSQL makes none inside a transaction."""
    alias, name = "another", f"another_{secrets.token_hex(4)}"
    if connection.vendor == "sqlite":
        name = str(folder / f"{name}.sqlite3")
    else:
        _run(f"CREATE DATABASE {name}")
    connections.databases[alias] = connections.databases["default"] | {"NAME": name}
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias], connections.databases[alias]
        if connection.vendor == "postgresql":
            _run(f"DROP DATABASE {name}")


def schema_of(alias: str) -> set[tuple[object, ...]]:
    """Tables, columns, indexes, constraints, triggers and functions, but for the table of the cache."""
    with connections[alias].cursor() as cursor:
        rows: set[tuple[object, ...]] = set()
        for query in _SCHEMAS[connection.vendor]:
            cursor.execute(query)
            rows |= set(cursor.fetchall())
    return {row for row in rows if not _is_of_the_cache(row)}


def _is_of_the_cache(row: tuple[object, ...]) -> bool:
    """Rows of the table that `createcachetable` makes, and migrations do not."""
    return any(re.search(r"\bcache\b|\bcache_expires\b", str(value)) for value in row)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
