"""Copy the rows of all tables between databases.

This uses COPY on PostgreSQL and pages on SQLite.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction

from recommender.models import ModelPart

from .archive import BLOCK

SQLITE_ENTRY = "database.sqlite3"
FILLED_BY_MIGRATIONS = {"django_content_type", "auth_permission"}
_COLUMNS = """SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()
              AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"""


def table_names() -> list[str]:
    """Return the tables to back up.

    Models are backed up as archives, even if the database stores them.
    """
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - {ModelPart._meta.db_table})


def count_rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_count(table))
        return int(cursor.fetchone()[0])


def tables_with_rows() -> list[str]:
    """Return the tables that have rows, except those that migrations fill."""
    return [table for table in table_names() if table not in FILLED_BY_MIGRATIONS and count_rows(table)]


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one consistent state while others write (PostgreSQL)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def columns(table: str) -> list[str]:
    """Return the columns that are not generated (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [table])
        return [name for (name,) in cursor.fetchall()]


def copy_out(table: str, columns: list[str]) -> Iterator[bytes]:
    """Yield the rows in the text format of COPY (PostgreSQL)."""
    statement = f"COPY {_quoted(table)} ({_listed(columns)}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        for block in rows:
            yield bytes(block)


def copy_in(table: str, columns: list[str], blocks: Iterable[bytes]) -> None:
    """Insert rows in the text format of COPY (PostgreSQL)."""
    statement = f"COPY {_quoted(table)} ({_listed(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        for block in blocks:
            rows.write(block)


def truncate(tables: list[str]) -> None:
    """Remove the rows that migrations created (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(_quoted, tables))}")


def reset_sequences() -> None:
    """Let new rows get keys after the present ones (PostgreSQL).

    An older backup lacks some tables.
    """
    existing = set(connection.introspection.table_names())
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in existing]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


@contextmanager
def sqlite_snapshot() -> Iterator[Path]:
    """Yield a temporary consistent copy of the SQLite database.

    Others may write meanwhile.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".backup-") as folder:
        file = Path(folder) / SQLITE_ENTRY
        with closing(sqlite3.connect(_sqlite_file())) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)
        yield file


def sqlite_counts(file: Path, tables: list[str]) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        return {table: database.execute(_count(table)).fetchone()[0] for table in tables}


def sqlite_replace(blocks: Iterable[bytes]) -> None:
    """Replace the contents of the SQLite database with a copy, under its locks."""
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as folder:
        file = Path(folder) / SQLITE_ENTRY
        with file.open("wb") as stream:
            stream.writelines(blocks)
        connection.close()
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(_sqlite_file(), timeout=30)) as target:
            source.backup(target)


def file_blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _count(table: str) -> str:
    return f"SELECT count(*) FROM {_quoted(table)}"  # noqa: S608 - the name of a table


def _sqlite_file() -> Any:
    return connection.settings_dict["NAME"]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _listed(columns: list[str]) -> str:
    return ", ".join(map(_quoted, columns))
