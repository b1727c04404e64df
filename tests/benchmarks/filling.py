"""An invented town -> PostgreSQL, by COPY into tables without indexes, which are made again afterwards.

Beside papers, readers and votes: a verified address of each reader, the history of the votes, one telling of each
paper (its title alone, a source's whole record in life), and the keys by which near-duplicates are found. Papers are
written by as many processes as there are processors: the database makes the words that are searched as they come in.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import psycopg

from feeds.sources.duplicates import keys

from .inventing import Town, Writer

PART = 20_000  # papers of one COPY
JOINED = "2015-01-01"
PAPERS, LIKENESS, USERS = "recommender_paper", "feeds_likeness", "accounts_user"
VOTES, EVENTS, TELLINGS = "recommender_vote", "recommender_voteevent", "feeds_telling"
EMAILS = "account_emailaddress"
_NOTHING = {
    "tags": "[]", "comment": "", "journal_ref": "", "doi": "", "license_url": "", "versions": "[]", "withdrawn": False,
    "source_comments": 0, "submitted_by": "", "organization": "", "code_url": "", "code_stars": 0, "project_url": "",
    "source": "dataset",
}  # fmt: skip
_COLUMNS = ("id", "public_id", "day", "title", "abstract", "authors", "categories", "source_upvotes", "added_at",
            "updated_at", *_NOTHING)  # fmt: skip


@dataclass
class Filler:
    """Writes one town into one database that has its tables and no rows."""

    url: str
    town: Town

    def fill(self, processes: int) -> None:
        tables = (PAPERS, LIKENESS, USERS, VOTES, EVENTS, TELLINGS, EMAILS)
        with psycopg.connect(self.url, autocommit=True) as connection, without_indexes(connection, tables):
            self._readers(connection)
            self._papers(processes)
            self._tellings(connection)
            self._votes(connection)
        with psycopg.connect(self.url, autocommit=True) as connection:
            for table in tables:
                connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))".encode())
            connection.execute("VACUUM (ANALYZE)")

    def _readers(self, connection: psycopg.Connection[Any]) -> None:
        rows = f"generate_series(1, {self.town.n_readers}) AS number"
        connection.execute(
            f"""INSERT INTO {USERS} (id, password, email, name, is_superuser, is_active, is_staff, is_simulated,
            joined_at, exploration, freshness, is_paused, own_names, hides_own_papers, taste_version)
            SELECT number, '!', 'reader-' || number || '@example.org', 'Reader ' || number, false, true, false, false,
            '{JOINED}', 0, 0, false, '[]', false, 1 FROM {rows}""".encode()
        )
        connection.execute(
            f"""INSERT INTO {EMAILS} (id, user_id, email, verified, "primary")
            SELECT id, id, email, true, true FROM {USERS}""".encode()
        )

    def _papers(self, processes: int) -> None:
        size = self.town.n_papers
        parts = [range(start, min(start + PART, size)) for start in range(0, size, PART)]
        with get_context("fork").Pool(processes) as pool:
            for _ in pool.imap_unordered(self._part, parts):
                pass

    def _part(self, rows: range) -> None:
        written = [*zip(rows, Writer(self.town).papers(rows), strict=True)]
        with psycopg.connect(self.url) as connection:
            copy(connection, PAPERS, _COLUMNS, (_row(self.town, row, paper) for row, paper in written))
            copy(connection, LIKENESS, ("paper_id", "key"), _keys(written))

    def _tellings(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            f"""INSERT INTO {TELLINGS} (paper_id, source, fields, first_seen_at, changed_at)
            SELECT id, 'arxiv_oai', jsonb_build_object('title', title), added_at, added_at FROM {PAPERS}""".encode()
        )

    def _votes(self, connection: psycopg.Connection[Any]) -> None:
        readers, papers, values, times = (column.tolist() for column in self.town.votes())
        rows = zip(readers, papers, values, times, strict=True)
        cast = ((who + 1, what + 1, value, datetime.fromtimestamp(at, UTC)) for who, what, value, at in rows)
        copy(connection, VOTES, ("reader_id", "paper_id", "value", "voted_at"), cast)
        connection.execute(
            f"""INSERT INTO {EVENTS} (reader_id, paper_id, value, previous, at)
            SELECT reader_id, paper_id, value, 0, voted_at FROM {VOTES} ORDER BY id""".encode()
        )


@contextmanager
def without_indexes(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """The tables without their indexes and foreign keys, but for primary keys; made again at the end."""
    names = [f"'{table}'::regclass" for table in tables]
    said = f"conrelid IN ({', '.join(names)}) AND contype IN ('f', 'u')"
    constraints = connection.execute(
        f"SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE {said}".encode()
    ).fetchall()
    for table, name, _ in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
    said = f"i.indrelid IN ({', '.join(names)}) AND NOT i.indisprimary"
    indexes = connection.execute(
        f"SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE {said}".encode()
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in indexes:
        connection.execute(definition.encode())
    for table, name, definition in sorted(constraints, key=lambda row: "FOREIGN" in row[2]):
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'.encode())


def copy(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()) as stream:
        for row in rows:
            stream.write_row(row)


def _row(town: Town, row: int, paper: dict[str, Any]) -> list[Any]:
    day = paper["day"]
    first = town.first_of_month(row)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    values = {
        **_NOTHING,
        "id": row + 1,
        "public_id": f"{day:%y%m}.{row - first + 1:05d}",
        "day": day,
        "title": paper["title"],
        "abstract": paper["abstract"],
        "authors": json.dumps(paper["authors"], ensure_ascii=False),
        "categories": json.dumps(paper["categories"]),
        "source_upvotes": paper["source_upvotes"],
        "added_at": at,
        "updated_at": at,
    }
    return [values[column] for column in _COLUMNS]


def _keys(written: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[tuple[int, str]]:
    for row, paper in written:
        for key in dict.fromkeys(keys(paper["title"], paper["abstract"])):
            yield row + 1, key
