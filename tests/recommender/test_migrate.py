"""Migrations on a busy PostgreSQL: indexes are made online, and no lock is waited for long."""

from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations, transaction
from django.db.migrations.loader import MigrationLoader

from recommender.migrations._concurrent_index import AddIndexOnline
from recommender.models import Vote
from tests.threads import commits

ROOMS = ("accounts", "recommender", "feeds")
BEFORE_THE_RULE = {("recommender", "0003_what_sources_say")}
only_postgres = pytest.mark.skipif(
    "not config.getoption('--servers')", reason="locks of PostgreSQL; run with --servers"
)


def offline_indexes(migration):
    """Indexes on tables that were there before the migration, made in the way that locks them."""
    made_here = {op.name_lower for op in migration.operations if isinstance(op, migrations.CreateModel)}
    adding = [op for op in migration.operations if isinstance(op, migrations.AddIndex)]
    return [op for op in adding if op.model_name.lower() not in made_here and not isinstance(op, AddIndexOnline)]


def ours():
    disk = MigrationLoader(None).disk_migrations
    return {key: migration for key, migration in disk.items() if key[0] in ROOMS}


def test_new_indexes_on_tables_with_rows_are_made_online():
    offline = {key for key, migration in ours().items() if offline_indexes(migration)}
    assert offline <= BEFORE_THE_RULE


def test_a_migration_with_an_online_index_is_not_atomic():
    for key, migration in ours().items():
        if any(isinstance(op, AddIndexOnline) for op in migration.operations):
            assert not migration.atomic, key


def columns_indexed():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Vote._meta.db_table)
    return found.get("vote_public", {}).get("columns")


def test_an_online_index_is_there_on_either_database(db):
    assert columns_indexed() == ["paper_id", "value"]


@only_postgres
@commits
def test_a_migration_gives_up_a_locked_table_and_changes_nothing():
    locked, go = Event(), Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE recommender_trainedmodel IN ACCESS SHARE MODE")
            locked.set()
            go.wait(20)
        connection.close()

    holder = Thread(target=hold)
    call_command("migrate", "recommender", "0008", verbosity=0)
    try:
        holder.start()
        locked.wait(10)
        with pytest.raises(CommandError, match="a table stayed locked"):
            call_command("migrate", "recommender", "0007", lock_seconds=1, verbosity=0)
    finally:
        go.set()
        holder.join()
        call_command("migrate", verbosity=0)
    assert columns_indexed() == ["paper_id", "value"]
