"""Back up and restore, on the database of the tests, with the commands that an operator uses."""

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
stored = Ranking.objects.get(public_id="%s")
why = [[line.kind, round(line.effect, 6)] for line in reasons(stored, stored.order.tolist()[:1])[int(stored.order[0])]]
now = rank(ada, DAY)
print(json.dumps([counts, stored.order.tolist(), stored.score_values.tolist(), why, now.public_id, now.mode,
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
    """An installation after a night, the id of a ranking, its backup, and the output of the command."""
    instance = Instance(tmp_path_factory.mktemp("first"))
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    ranking = instance.shell(FILL)
    file = instance.folder / "backup.zip"
    output = instance.manage("backup", str(file))
    return instance, ranking, file, output


@pytest.fixture
def empty(tmp_path):
    """Another installation, without data."""
    return Instance(tmp_path)


def look(instance, ranking):
    return json.loads(instance.shell(LOOK % ranking))


def refusal(instance, *arguments):
    with pytest.raises(subprocess.CalledProcessError) as failure:
        instance.manage(*arguments)
    return failure.value.stderr


def test_a_restored_installation_equals_the_original(drill, empty):
    """Counts of all tables, a kept ranking and its reasons, the serving model, passwords; new rows get new keys."""
    instance, ranking, file, _ = drill
    before = look(instance, ranking)
    output = empty.manage("restore", str(file))
    assert look(empty, ranking) == before
    assert "tables restored" in output
    assert (before[5], before[7]) == ("content", True)
    assert int(empty.shell(ADD)) > before[0]["recommender_paper"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite comes back as a whole file; run with --servers")
def test_a_backup_of_an_older_version_is_restored_into_the_present_tables(drill, empty, tmp_path_factory):
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


def test_a_backup_from_before_migrations_were_renamed_is_restored(empty, tmp_path_factory):
    older = Instance(tmp_path_factory.mktemp("older"))
    older.manage("migrate", "-v", "0")
    older.manage("createcachetable")
    older.shell(EARLIER_NAMES)
    added, file = older.shell(ADD), older.folder / "older.zip"
    older.manage("backup", str(file))
    empty.manage("restore", str(file))
    assert empty.shell("from recommender.models import Paper; print(Paper.objects.get().pk)") == added
    assert empty.manage("showmigrations", "--plan").count("[ ]") == 0


def test_search_finds_restored_papers(drill, empty):
    """The eight papers of three days about graphs; one of each day is `The subgraph`."""
    empty.manage("restore", str(drill[2]))
    assert empty.shell(SEARCH) == "3"


def test_a_backup_is_readable_by_its_owner_only_and_overwrites_nothing(drill):
    instance, _, file, output = drill
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Store the secret key separately" in output
    assert "already exists; choose a new file name" in refusal(instance, "backup", str(file))


def test_nothing_is_restored_into_a_database_with_rows(drill):
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
def test_a_truncated_backup_is_refused_and_nothing_is_written(drill, empty, tmp_path, part):
    _, _, file, _ = drill
    cut = tmp_path / "cut.zip"
    cut.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])
    assert "nothing was restored" in refusal(empty, "restore", str(cut))
    assert empty.shell("from feeds.backups import tables; print(tables.table_names())") == "[]"


def rewritten(file, target, change):
    """Write the same entries, changed, as a valid zip."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_changed_rows_are_detected(drill, empty, tmp_path):
    def alter(name, content):
        return content if name == "manifest.json" else content[:-1] + b"~"

    altered = rewritten(drill[2], tmp_path / "altered.zip", alter)
    assert "is damaged (its checksum differs)" in refusal(empty, "restore", str(altered))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("format", 99, "has format 99"),
        ("vendor", "oracle", "the backup is from oracle"),
        ("migrations", [["recommender", "9999_later"]], r"which is newer (it has recommender.9999_later)"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(drill, empty, tmp_path, key, value, words):
    def change(name, content):
        return json.dumps(json.loads(content) | {key: value}) if name == "manifest.json" else content

    other = rewritten(drill[2], tmp_path / "other.zip", change)
    assert words in refusal(empty, "restore", str(other))


def test_a_missing_file_or_another_kind_of_file_is_refused(empty, tmp_path):
    (tmp_path / "text").write_text("hello")
    assert "text is not a complete backup" in refusal(empty, "restore", str(tmp_path / "text"))
    assert "none does not exist" in refusal(empty, "restore", str(tmp_path / "none"))
