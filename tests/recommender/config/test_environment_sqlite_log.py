"""SQLite's write-ahead log: it does not keep the size of the largest import."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connections

from recommender.config.environment import LOG_BYTES
from tests.another_database import empty_database

MEGABYTE = 1_000_000
pytestmark = pytest.mark.skipif("config.getoption('--servers')", reason="PostgreSQL has its own log")


def test_the_log_of_a_large_transaction_is_cut_while_another_process_has_the_database_open(
    django_db_setup, django_db_blocker, tmp_path
):
    """The mark that gives a test its database would forbid any other."""
    with django_db_blocker.unblock(), empty_database(tmp_path) as alias, connections[alias].cursor() as cursor:
        file = connections.databases[alias]["NAME"]
        log = Path(f"{file}-wal")
        cursor.execute("CREATE TABLE papers (content)")
        with closing(sqlite3.connect(file)) as other:
            other.execute("SELECT count(*) FROM papers").fetchone()
            cursor.execute("BEGIN")
            for _ in range(2 * LOG_BYTES // MEGABYTE):
                cursor.execute(f"INSERT INTO papers VALUES (zeroblob({MEGABYTE}))")
            cursor.execute("COMMIT")
            assert log.stat().st_size > LOG_BYTES
            cursor.execute("INSERT INTO papers VALUES (1)")
            assert log.stat().st_size <= LOG_BYTES
