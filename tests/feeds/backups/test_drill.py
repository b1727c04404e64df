"""Backup, destroy, restore: on the database that the tests run on, by the commands that an operator types."""

import json
import subprocess
import zipfile

import pytest
from django.db import connection

from tests.feeds.instance import Instance

pytestmark = pytest.mark.processes
FILL = """
from tests.feeds.planting import DAY, plant
from tests.conftest import make_reader
from feeds import night
from recommender import votes as voting
from recommender.ranking.rank import rank
graphs, proteins = plant()
ada = make_reader("ada")
voting.cast(ada, graphs[0], 1)
for step in night.STEPS:
    night.run(DAY, step)
print(rank(ada, DAY).public_id)
"""
LOOK = """
import json
from feeds.backups import tables
from recommender.models import Ranking
from recommender.serving import model_cache as serving
from recommender.ranking.rank import rank
from recommender.ranking.reasons import reasons
from accounts.models import User
from tests.feeds.planting import DAY
counts = {table: tables.count_rows(table) for table in tables.table_names()}
ada = User.objects.get(email="ada@example.org")
kept = Ranking.objects.get(public_id="%s")
why = [[line.kind, round(line.effect, 6)] for line in reasons(kept, kept.order.tolist()[:1])[int(kept.order[0])]]
now = rank(ada, DAY)
print(json.dumps([counts, kept.order.tolist(), kept.score_values.tolist(), why, now.public_id, now.mode,
    serving.current().row.version, ada.check_password("a long password for ada")]))
"""
SEARCH = """
from recommender.search.query import parse
from recommender.search.search import search
print(len(search(parse("title:subgraph")).pks))
"""
ADD = """
from tests.feeds.planting import paper
print(paper("2609.00001").pk)
"""

EARLIER_NAMES = """
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
for app, name in MigrationLoader(connection).replacements:
    if app == "recommender":
        MigrationRecorder(connection).record_unapplied(app, name)
"""


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """A Paperboy with a night behind it, what it knows, and its backup."""
    instance = Instance(tmp_path_factory.mktemp("first"))
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    ranking = instance.shell(FILL)
    file = instance.folder / "backup.zip"
    told = instance.manage("backup", str(file))
    return instance, ranking, file, told


@pytest.fixture
def empty(tmp_path):
    """Another place, with nothing in it."""
    return Instance(tmp_path)


def look(instance, ranking):
    return json.loads(instance.shell(LOOK % ranking))


def refusal(instance, *arguments):
    with pytest.raises(subprocess.CalledProcessError) as failure:
        instance.manage(*arguments)
    return failure.value.stderr


def test_what_was_destroyed_comes_back_whole(drill, empty):
    """Counts of all tables, a kept ranking and its reasons, the serving model, passwords; new rows get new keys."""
    instance, ranking, file, _ = drill
    before = look(instance, ranking)
    told = empty.manage("restore", str(file))
    assert look(empty, ranking) == before
    assert "tables are back" in told
    assert (before[5], before[7]) == ("hybrid", True)
    assert int(empty.shell(ADD)) > before[0]["recommender_paper"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite comes back as a whole file; run with --servers")
def test_a_backup_of_an_older_version_comes_back_into_the_tables_of_this_one(drill, empty, tmp_path_factory):
    """The tables of feeds and webhooks came with the fifth migration of `feeds`."""
    instance, ranking, *_ = drill
    older = Instance(tmp_path_factory.mktemp("older"))
    older.manage("restore", str(drill[2]))
    older.manage("migrate", "feeds", "0004", "-v", "0")
    file = older.folder / "older.zip"
    older.manage("backup", str(file))
    empty.manage("restore", str(file))
    assert look(empty, ranking) == look(instance, ranking)
    assert empty.manage("showmigrations", "--plan").count("[ ]") == 0


def test_a_backup_from_before_migrations_were_renamed_comes_back(empty, tmp_path_factory):
    older = Instance(tmp_path_factory.mktemp("older"))
    older.manage("migrate", "-v", "0")
    older.manage("createcachetable")
    older.shell(EARLIER_NAMES)
    added, file = older.shell(ADD), older.folder / "older.zip"
    older.manage("backup", str(file))
    empty.manage("restore", str(file))
    assert empty.shell("from recommender.models import Paper; print(Paper.objects.get().pk)") == added
    assert empty.manage("showmigrations", "--plan").count("[ ]") == 0


def test_search_finds_what_was_restored(drill, empty):
    """The eight papers of three days about graphs; one of each day is `The subgraph`."""
    empty.manage("restore", str(drill[2]))
    assert empty.shell(SEARCH) == "3"


def test_a_backup_is_its_owners_alone_and_overwrites_nothing(drill):
    instance, _, file, told = drill
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Keep the secret key apart from it" in told
    assert "exists; a backup overwrites nothing" in refusal(instance, "backup", str(file))


def test_nothing_is_restored_over_what_there_is(drill):
    instance, ranking, file, _ = drill
    before = look(instance, ranking)
    assert "the database is not empty (account_emailaddress, accounts_user," in refusal(instance, "restore", str(file))
    assert look(instance, ranking) == before


def test_the_secret_key_is_not_in_it(drill):
    instance, _, file, _ = drill
    secret = (instance.folder / "secret_key").read_bytes()
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if secret in archive.read(name)]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_a_backup_that_was_cut_short_is_refused_and_nothing_is_written(drill, empty, tmp_path, part):
    _, _, file, _ = drill
    cut = tmp_path / "cut.zip"
    cut.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])
    assert "nothing was restored" in refusal(empty, "restore", str(cut))
    assert empty.shell("from feeds.backups import tables; print(tables.table_names())") == "[]"


def rewritten(file, target, change):
    """The same entries with some bytes changed, as a valid zip."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_altered_rows_are_found_out(drill, empty, tmp_path):
    def alter(name, content):
        return content if name == "manifest.json" else content[:-1] + b"~"

    altered = rewritten(drill[2], tmp_path / "altered.zip", alter)
    assert "is not as it was written (checksum differs)" in refusal(empty, "restore", str(altered))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("format", 99, "has format 99"),
        ("vendor", "oracle", "the backup is of oracle"),
        ("migrations", [["recommender", "9999_later"]], r"which is newer (it has recommender.9999_later)"),
    ],
)
def test_a_backup_for_another_place_is_refused(drill, empty, tmp_path, key, value, words):
    def change(name, content):
        return json.dumps(json.loads(content) | {key: value}) if name == "manifest.json" else content

    other = rewritten(drill[2], tmp_path / "other.zip", change)
    assert words in refusal(empty, "restore", str(other))


def test_a_file_that_is_not_there_or_no_backup_is_said_to_be(empty, tmp_path):
    (tmp_path / "text").write_text("hello")
    assert "text is no whole backup" in refusal(empty, "restore", str(tmp_path / "text"))
    assert "none is not there" in refusal(empty, "restore", str(tmp_path / "none"))
