"""Migrations on a busy PostgreSQL: indexes are made online, and no lock is waited for long."""

from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, migrations, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from recommender.migrations._concurrent_index import AddIndexOnline
from recommender.models import Vote
from tests.another_database import empty_database, schema_of
from tests.feeds.instance import Instance
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


def test_the_models_need_no_further_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# Two migrations had the number 0010 until these were renamed.
EARLIER_NAMES = {
    "0011_rankings_of_experiments": "0010_rankings_of_experiments",
    "0012_standing": "0011_standing",
    "0013_search_by_time": "0012_search_by_time",
}
STOPS = ["0003_what_sources_say", "0009_votes_of_a_paper", "0010_online_evidence", *EARLIER_NAMES]


def applied(database):
    return {name for app, name in MigrationRecorder(connections[database]).applied_migrations() if app == "recommender"}


@pytest.fixture
def another_database(django_db_setup, django_db_blocker, tmp_path):
    """An empty database; the marks that give a test its database would forbid any other."""
    with django_db_blocker.unblock(), empty_database(tmp_path) as database:
        yield database


def record_earlier_names(database):
    """Leave the table of migrations as a version from before the renaming left it."""
    recorder = MigrationRecorder(connections[database])
    for name in applied(database) & EARLIER_NAMES.keys():
        assert EARLIER_NAMES[name] in applied(database)
        recorder.record_unapplied("recommender", name)


@pytest.mark.parametrize("stop", STOPS)
def test_a_database_of_an_earlier_version_ends_with_the_schema_of_a_fresh_one(another_database, stop):
    call_command("migrate", "recommender", stop, database=another_database, verbosity=0)
    record_earlier_names(another_database)
    assert applied(another_database).isdisjoint(EARLIER_NAMES)
    call_command("migrate", database=another_database, verbosity=0)
    assert schema_of(another_database) == schema_of("default")
    assert applied(another_database) == applied("default")


def test_a_renamed_migration_is_not_run_again(another_database, capsys):
    call_command("migrate", database=another_database, verbosity=0)
    record_earlier_names(another_database)
    call_command("migrate", database=another_database, verbosity=1)
    assert "No migrations to apply" in capsys.readouterr().out


def test_renamed_migrations_can_be_reversed_and_applied_again(another_database):
    call_command("migrate", database=another_database, verbosity=0)
    record_earlier_names(another_database)
    call_command("migrate", "recommender", "0010_online_evidence", database=another_database, verbosity=0)
    assert applied(another_database).isdisjoint({*EARLIER_NAMES, *EARLIER_NAMES.values()})
    call_command("migrate", database=another_database, verbosity=0)
    assert schema_of(another_database) == schema_of("default")


@only_postgres
def test_a_search_index_that_was_made_with_periods_from_the_start_ends_like_any_other(another_database):
    """A version made it in 0004 although it belongs to the last migration."""
    call_command("migrate", "recommender", "0012_standing", database=another_database, verbosity=0)
    with connections[another_database].cursor() as cursor:
        cursor.execute("DROP INDEX paper_search_words, paper_search_title")
        cursor.execute("CREATE INDEX paper_search_by_time ON recommender_paper USING gin (search_words)")
    call_command("migrate", database=another_database, verbosity=0)
    assert schema_of(another_database) == schema_of("default")


def columns_indexed():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Vote._meta.db_table)
    return constraints.get("vote_public", {}).get("columns")


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


def test_after_migrating_a_new_site_has_its_cache(tmp_path):
    """Every sign-in counts in the cache: without its table each is an error of the server."""
    instance = Instance(tmp_path)
    instance.manage("migrate", "-v", "0")
    instance.manage("migrate", "-v", "0")
    assert "kept" in instance.shell(
        "from django.core.cache import cache; cache.set('a', 'kept'); print(cache.get('a'))"
    )
