"""The search indexes, which the databases themselves keep true to the table of papers; for migrations.

A migration that changes the table of papers on SQLite in a way that copies it (a field altered, removed, or added with
a default) has to drop the index before and make it after: `RunPython(schema.drop, schema.make)`, the change,
`RunPython(schema.make, schema.drop)`. Without, it fails: SQLite refuses to rename a table that a view needs.

Both indexes hold the words of the title and the abstract by their Porter stems, names and categories unstemmed. A name
is marked by a `0` after each of its words (so that its stem is itself, and no word of a text is one), and `00` stands
before and after each author, so that a phrase stays within one name. A category is one word, `cs.LG` -> `0cs1lg0`.
PostgreSQL's index holds the period of each paper beside its words, so that what is asked of some periods costs no more
for the papers of all others.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from .words import UNACCENTED

TABLE = "recommender_paper"
INDEX = "recommender_paper_words"  # SQLite's
DAY_SHIFT = 2**32  # a row of SQLite's index: Julian day * DAY_SHIFT + primary key, so that it is in order of time
PERIOD_DAYS = 8
PERIODS = f"(ARRAY[(day - DATE '0001-01-01') / {PERIOD_DAYS}])"  # of a paper, the one that its day is of
TITLE, ABSTRACT, AUTHORS = 10_000, 50_000, 100_000  # characters that are searched
_IN_NAMES = ("-", ".", "'", "’", "‐", "–", "(", ")", "/", "\\", '"', "`", ",", "&")
_BETWEEN_WORDS = "-/.@:_+<&"  # what would make PostgreSQL's parser see addresses, tags and compounds
_DASHES = "–—‘’“”…•×·"  # which a database in the C locale would take for letters


def make(apps: Any, schema_editor: Any) -> None:
    """Make the index and fill it from the papers that are there."""
    _run(schema_editor, {"sqlite": _sqlite, "postgresql": _postgres})


def drop(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, {"sqlite": _without_sqlite, "postgresql": _without_postgres})


def add_periods(apps: Any, schema_editor: Any) -> None:
    """Make PostgreSQL's index with the periods of the papers, and drop those without; nobody waits for it."""
    _run(schema_editor, {"sqlite": list, "postgresql": _with_periods})


def remove_periods(apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, {"sqlite": list, "postgresql": _without_periods})


def period_of(day: date) -> int:
    """The number of the period of so many days, as the index has it."""
    return (day.toordinal() - 1) // PERIOD_DAYS


def _run(schema_editor: Any, statements: dict[str, Any]) -> None:
    for statement in statements[schema_editor.connection.vendor]():
        schema_editor.execute(statement, params=None)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replaced(expression: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        expression = f"replace({expression}, {_quoted(old)}, {_quoted(new)})"
    return expression


# --- SQLite


def _sqlite() -> list[str]:
    columns = "title, authors, abstract, categories"
    found = f"SELECT place, {columns} FROM {INDEX}_source WHERE id = "
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in ("day", *columns.split(", ")))
    take_out = f"INSERT INTO {INDEX} ({INDEX}, rowid, {columns}) SELECT 'delete', * FROM ({found} old.id)"
    put_in = f"INSERT INTO {INDEX} (rowid, {columns}) {found} new.id"
    return [
        f"""CREATE VIEW {INDEX}_source AS
            SELECT id, place, title, {_marked("names")} AS authors, abstract, categories
            FROM (SELECT id, place, title, {_separate("letters")} AS names, abstract, categories
            FROM (SELECT id, CAST(julianday(day) AS INTEGER) * {DAY_SHIFT} + id AS place,
            {_letters(f"substr(title, 1, {TITLE})")} AS title,
            {_letters(f"substr(authors, 1, {AUTHORS})")} AS letters,
            {_letters(f"substr(abstract, 1, {ABSTRACT})")} AS abstract,
            {_codes("categories")} AS categories
            FROM {TABLE}))""",  # in three steps: nested deeper, SQLite could not read it
        f"""CREATE VIRTUAL TABLE {INDEX} USING fts5({columns}, content='{INDEX}_source', content_rowid='place',
            tokenize='porter unicode61 remove_diacritics 2')""",
        f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')",
        f"CREATE TRIGGER {INDEX}_added AFTER INSERT ON {TABLE} BEGIN {put_in}; END",
        f"CREATE TRIGGER {INDEX}_gone BEFORE DELETE ON {TABLE} BEGIN {take_out}; END",
        f"CREATE TRIGGER {INDEX}_old BEFORE UPDATE ON {TABLE} WHEN {changed} BEGIN {take_out}; END",
        f"CREATE TRIGGER {INDEX}_new AFTER UPDATE ON {TABLE} WHEN {changed} BEGIN {put_in}; END",
    ]


def _without_sqlite() -> list[str]:
    triggers = [f"DROP TRIGGER {INDEX}_{name}" for name in ("added", "gone", "old", "new")]
    return [*triggers, f"DROP TABLE {INDEX}", f"DROP VIEW {INDEX}_source"]


def _letters(expression: str) -> str:
    """Without the accents that the tokenizer does not know."""
    return _replaced(expression, UNACCENTED.items())


def _separate(expression: str) -> str:
    """`["Ada Lovelace", "J. Doe"]` -> `Ada Lovelace`, U+001F, `J Doe`; in JSON no string holds a raw U+001F."""
    between = [('", "', "\x1f"), *((mark, " ") for mark in _IN_NAMES), *[("  ", " ")] * 3]
    bare = f"trim({expression}, '[]')"
    return f"trim({_replaced(bare, between)})"


def _marked(expression: str) -> str:
    """`Ada Lovelace`, U+001F, `J Doe` -> `00 Ada0 Lovelace0 00 J0 Doe0 00`."""
    edges = [(" \x1f", "\x1f"), ("\x1f ", "\x1f"), (" ", "0 "), ("\x1f", "0 00 ")]
    return f"'00 ' || {_replaced(expression, edges)} || '0 00'"


def _codes(expression: str) -> str:
    return _replaced(expression, [('"', "0"), (".", "1"), ("-", "2")])


# --- PostgreSQL

_COLUMNS = ("search_words", "search_title")
_INDEX = "paper_search_by_time"


def _postgres() -> list[str]:
    return [
        "CREATE TEXT SEARCH DICTIONARY paperboy_porter (TEMPLATE = snowball, LANGUAGE = porter)",
        "CREATE TEXT SEARCH CONFIGURATION paperboy_words (COPY = simple)",
        "ALTER TEXT SEARCH CONFIGURATION paperboy_words ALTER MAPPING FOR asciiword, word WITH paperboy_porter",
        # Standard bodies keep the names that they were made with: a dump restores into an empty search path.
        f"""CREATE FUNCTION paperboy_plain(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN translate(CASE WHEN octet_length(said) = char_length(said) THEN said ELSE {_unaccented("said")} END,
            {_quoted(_BETWEEN_WORDS)}, repeat(' ', {len(_BETWEEN_WORDS)}))""",
        f"""CREATE FUNCTION paperboy_names(authors jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN {_marked(_separate(f"left(paperboy_plain(left(authors::text, {AUTHORS})), {AUTHORS})"))}""",
        """CREATE FUNCTION paperboy_words(said text, length integer) RETURNS tsvector
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN to_tsvector('paperboy_words', left(paperboy_plain(left(said, length)), length))""",
        f"""CREATE FUNCTION paperboy_paper(title text, authors jsonb, abstract text, categories jsonb) RETURNS tsvector
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN setweight(paperboy_words(title, {TITLE}), 'A')
            || setweight(to_tsvector('simple', paperboy_names(authors)), 'B')
            || setweight(paperboy_words(abstract, {ABSTRACT}), 'D')
            || strip(to_tsvector('simple', {_codes("categories::text")}))""",
        f"""ALTER TABLE {TABLE}
            ADD COLUMN search_words tsvector
            GENERATED ALWAYS AS (paperboy_paper(title, authors, abstract, categories)) STORED,
            ADD COLUMN search_title tsvector GENERATED ALWAYS AS (paperboy_words(title, {TITLE})) STORED""",
        _index(),
        f"ANALYZE {TABLE}",
    ]


def _index(how: str = "") -> str:
    """One for all columns: what is asked of two of them, and of some periods, is looked up in one go."""
    return f"CREATE INDEX {how} {_INDEX} ON {TABLE} USING gin ({', '.join(_COLUMNS)}, {PERIODS})"


def _with_periods() -> Iterator[str]:
    """An index that an attempt given up in the middle left is not valid, and goes first."""
    yield "SET lock_timeout = 0"
    yield f"DROP INDEX CONCURRENTLY IF EXISTS {_INDEX}"
    yield _index("CONCURRENTLY")
    yield f"ANALYZE {TABLE}"
    yield from (f"DROP INDEX CONCURRENTLY IF EXISTS paper_{column}" for column in _COLUMNS)


def _without_periods() -> Iterator[str]:
    yield "SET lock_timeout = 0"
    for column in _COLUMNS:
        yield f"DROP INDEX CONCURRENTLY IF EXISTS paper_{column}"
        yield f"CREATE INDEX CONCURRENTLY paper_{column} ON {TABLE} USING gin ({column})"
    yield f"DROP INDEX CONCURRENTLY {_INDEX}"


def _without_postgres() -> list[str]:
    return [
        f"ALTER TABLE {TABLE} DROP COLUMN search_words, DROP COLUMN search_title",
        "DROP FUNCTION paperboy_paper, paperboy_words, paperboy_names, paperboy_plain",
        "DROP TEXT SEARCH CONFIGURATION paperboy_words",
        "DROP TEXT SEARCH DICTIONARY paperboy_porter",
    ]


def _unaccented(expression: str) -> str:
    """Letters without their marks; a dash and its like become blanks."""
    apart = rf"regexp_replace(normalize({expression}, NFKD), '[\u0300-\u036f]', '', 'g')"
    return f"translate({_replaced(apart, UNACCENTED.items())}, {_quoted(_DASHES)}, repeat(' ', {len(_DASHES)}))"
