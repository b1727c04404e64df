"""The search index of papers: made for those that are there, and kept by the database from then on.

The statements are those of the version that this migration came with. A later migration that changes the table of
papers on SQLite in a way that copies it (a field altered, removed, or added with a default) has to drop the index
before and make it after, with a copy of these statements: `RunPython(drop, make)`, the change, `RunPython(make, drop)`.
Without, it fails: SQLite refuses to rename a table that a view needs.

Both indexes hold the words of the title and the abstract by their Porter stems, names and categories unstemmed. A name
is marked by a `0` after each of its words (so that its stem is itself, and no word of a text is one), and `00` stands
before and after each author, so that a phrase stays within one name. A category is one word, `cs.LG` -> `0cs1lg0`.
"""

from django.db import migrations

TABLE = "recommender_paper"
INDEX = "recommender_paper_words"  # SQLite's
DAY_SHIFT = 2**32  # a row of SQLite's index: Julian day * DAY_SHIFT + primary key, so that it is in order of time
TITLE, ABSTRACT, AUTHORS = 10_000, 50_000, 100_000  # characters that are searched
# Letters that Unicode does not take apart, and what they are found by.
UNACCENTED = {
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe",
    "Œ": "OE",
}
_IN_NAMES = ("-", ".", "'", "’", "‐", "–", "(", ")", "/", "\\", '"', "`", ",", "&")
_BETWEEN_WORDS = "-/.@:_+<&"  # what would make PostgreSQL's parser see addresses, tags and compounds
_DASHES = "–—‘’“”…•×·"  # which a database in the C locale would take for letters


def make(apps, schema_editor):
    """Make the index and fill it from the papers that are there."""
    _run(schema_editor, {"sqlite": _sqlite, "postgresql": _postgres})


def drop(apps, schema_editor):
    _run(schema_editor, {"sqlite": _without_sqlite, "postgresql": _without_postgres})


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]():
        schema_editor.execute(statement, params=None)


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


def _replaced(expression, pairs):
    for old, new in pairs:
        expression = f"replace({expression}, {_quoted(old)}, {_quoted(new)})"
    return expression


# --- SQLite


def _sqlite():
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


def _without_sqlite():
    triggers = [f"DROP TRIGGER {INDEX}_{name}" for name in ("added", "gone", "old", "new")]
    return [*triggers, f"DROP TABLE {INDEX}", f"DROP VIEW {INDEX}_source"]


def _letters(expression):
    """Without the accents that the tokenizer does not know."""
    return _replaced(expression, UNACCENTED.items())


def _separate(expression):
    """`["Ada Lovelace", "J. Doe"]` -> `Ada Lovelace`, U+001F, `J Doe`; in JSON no string holds a raw U+001F."""
    between = [('", "', "\x1f"), *((mark, " ") for mark in _IN_NAMES), *[("  ", " ")] * 3]
    bare = f"trim({expression}, '[]')"
    return f"trim({_replaced(bare, between)})"


def _marked(expression):
    """`Ada Lovelace`, U+001F, `J Doe` -> `00 Ada0 Lovelace0 00 J0 Doe0 00`."""
    edges = [(" \x1f", "\x1f"), ("\x1f ", "\x1f"), (" ", "0 "), ("\x1f", "0 00 ")]
    return f"'00 ' || {_replaced(expression, edges)} || '0 00'"


def _codes(expression):
    return _replaced(expression, [('"', "0"), (".", "1"), ("-", "2")])


# --- PostgreSQL


def _postgres():
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
        f"CREATE INDEX paper_search_words ON {TABLE} USING gin (search_words)",
        f"CREATE INDEX paper_search_title ON {TABLE} USING gin (search_title)",
        f"ANALYZE {TABLE}",
    ]


def _without_postgres():
    return [
        f"ALTER TABLE {TABLE} DROP COLUMN search_words, DROP COLUMN search_title",
        "DROP FUNCTION paperboy_paper, paperboy_words, paperboy_names, paperboy_plain",
        "DROP TEXT SEARCH CONFIGURATION paperboy_words",
        "DROP TEXT SEARCH DICTIONARY paperboy_porter",
    ]


def _unaccented(expression):
    """Letters without their marks; a dash and its like become blanks."""
    apart = rf"regexp_replace(normalize({expression}, NFKD), '[\u0300-\u036f]', '', 'g')"
    return f"translate({_replaced(apart, UNACCENTED.items())}, {_quoted(_DASHES)}, repeat(' ', {len(_DASHES)}))"


class Migration(migrations.Migration):

    dependencies = [
        ('recommender', '0003_what_sources_say'),
    ]

    operations = [
        migrations.RunPython(make, drop),
    ]
