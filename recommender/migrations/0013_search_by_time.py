"""PostgreSQL's search index with the period of each paper; it is made while papers go on coming in."""

from django.db import migrations

TABLE = "recommender_paper"
INDEX = "paper_search_by_time"
COLUMNS = ("search_words", "search_title")
PERIODS = "(ARRAY[(day - DATE '0001-01-01') / 8])"  # the period of 8 days that a paper's day is in


def add_periods(apps, schema_editor):
    """One index for all columns: what is asked of two of them, and of some periods, is looked up in one go.

    An index that an attempt given up in the middle left is not valid, and is dropped first.
    """
    _run(
        schema_editor,
        "SET lock_timeout = 0",
        f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}",
        f"CREATE INDEX CONCURRENTLY {INDEX} ON {TABLE} USING gin ({', '.join(COLUMNS)}, {PERIODS})",
        f"ANALYZE {TABLE}",
        *(f"DROP INDEX CONCURRENTLY IF EXISTS paper_{column}" for column in COLUMNS),
    )


def remove_periods(apps, schema_editor):
    _run(schema_editor, "SET lock_timeout = 0")
    for column in COLUMNS:
        _run(
            schema_editor,
            f"DROP INDEX CONCURRENTLY IF EXISTS paper_{column}",
            f"CREATE INDEX CONCURRENTLY paper_{column} ON {TABLE} USING gin ({column})",
        )
    _run(schema_editor, f"DROP INDEX CONCURRENTLY {INDEX}")


def _run(schema_editor, *statements):
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    atomic = False

    replaces = [("recommender", "0012_search_by_time")]  # its name before numbers were unique
    dependencies = [("recommender", "0012_standing")]

    operations = [migrations.RunPython(add_periods, remove_periods)]
