"""A real process killed in the middle of a night: the next run finishes it, and nothing half-written serves."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from recommender.engine.storage import load
from tests.recommender.planted import DAYS, FIRST_DAY, world

pytestmark = pytest.mark.processes
DAY = str(FIRST_DAY + timedelta(days=DAYS - 1))
LEASE_SECONDS = 2
PATIENCE = 60.0
PREPARE = """
import django
django.setup()
from django.core.management import call_command
import sys
call_command("migrate", verbosity=0)
call_command("createcachetable")
call_command("import_dataset", sys.argv[1])
"""
CHECK = """
import django
django.setup()
from accounts.models import User
from recommender.ranking.rank import rank
from recommender.serving import model_cache as serving
from datetime import date
import sys
found = rank(User.objects.order_by("pk").first(), date.fromisoformat(sys.argv[1]))
print(found.mode, len(found.order), getattr(serving.current(), "row", None))
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder with a migrated database and the planted world imported from files."""
    folder = tmp_path_factory.mktemp("home")
    write_planted_files(folder / "set")
    process = start(folder, "-c", PREPARE, str(folder / "set"))
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output[-3000:]
    return folder


@pytest.fixture
def home(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "home")


def write_planted_files(source):
    planted = world()
    source.mkdir()
    lines = [
        json.dumps({"id": f"p{row}", "title": t.title, "abstract": t.abstract, "day": str(day_of(row))})
        for row, t in enumerate(planted.texts)
    ]
    (source / "papers.jsonl").write_text("\n".join(lines))
    start = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    votes = zip(planted.votes.readers, planted.votes.papers, planted.votes.values, strict=True)
    rows = [f"r{r}\tp{p}\t{int(value)}\t{start + 60 * minute}" for minute, (r, p, value) in enumerate(votes)]
    (source / "votes.tsv").write_text("\n".join(["reader\tpaper\tvalue\ttime", *rows]))


def day_of(row):
    return FIRST_DAY + timedelta(days=row % DAYS)


def start(home, *command):
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {
        "PAPERBOY_DATA_DIR": str(home),
        "PAPERBOY_LEASE_SECONDS": str(LEASE_SECONDS),
        "DJANGO_SETTINGS_MODULE": "recommender.config.settings",
    }
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def manage(home, *command):
    process = start(home, "manage.py", *command)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output[-3000:]
    return output


def ask(home, question):
    with closing(sqlite3.connect(home / "paperboy.sqlite3", timeout=10)) as database:
        return database.execute(question).fetchall()


def folders(home):
    models = home / "models"
    return sorted(path.name for path in models.iterdir()) if models.exists() else []


def ranked(home):
    process = start(home, "-c", CHECK, DAY)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output[-3000:]
    return output.strip()


def training_has_begun(home):
    return ask(home, "select 1 from recommender_nightstep where step = 'train' and state = 'running'")


def saving_has_begun(home):
    return folders(home)


def judging_has_begun(home):
    return ask(home, "select 1 from recommender_nightstep where step = 'judge' and state = 'running'")


@pytest.mark.parametrize("moment", [training_has_begun, saving_has_begun, judging_has_begun])
def test_a_night_that_is_killed_is_finished_by_the_next_run(home, moment):
    killed = start(home, "manage.py", "night", "--day", DAY)
    deadline = time.monotonic() + PATIENCE
    while not moment(home):
        assert killed.poll() is None, killed.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(PATIENCE) == -signal.SIGKILL
    assert ask(home, "select 1 from recommender_trainedmodel where state = 'promoted'") == []
    time.sleep(LEASE_SECONDS)
    manage(home, "night", "--day", DAY)
    steps = ask(home, "select step, state from recommender_nightstep where state != 'done'")
    ((version,),) = ask(home, "select version from recommender_trainedmodel where state = 'promoted'")
    assert steps == []
    assert ranked(home) == f"hybrid 48 {version} (promoted)"
    assert load(home / "models" / version).is_finite()


def test_what_a_killed_run_left_is_cleared_by_a_later_night(home):
    """Leftovers count as old an hour after they were written."""
    for name in (".2026-11-01T0200Z-aaaa.0123", "2026-11-01T0200Z-aaaa"):
        (home / "models" / name).mkdir(parents=True)
        os.utime(home / "models" / name, (0, 0))
    manage(home, "night", "--day", DAY)
    assert folders(home) == [name for (name,) in ask(home, "select version from recommender_trainedmodel")]
