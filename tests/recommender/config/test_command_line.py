"""Commands on a database that is not ready: a reason and a remedy from one place, and no traceback."""

import json
import subprocess
import sys

import pytest
from django.core.management import get_commands
from django.db import ProgrammingError, connection

from recommender.config import command_line
from recommender.encoder.bert_onnx import convert
from tests.feeds.instance import ROOT, Instance
from tests.recommender.encoder import tiny
from tests.threads import commits

ROOMS = ("accounts", "recommender", "feeds")
NEED_NO_TABLES = {
    "doctor",
    "evaluate",
    "migrate",
    "restore",
    "up",
}  # they make or check the tables, or read files alone
ARGUMENTS = {
    "backup": ["FOLDER/backup"],
    "dump_dataset": ["FOLDER/dump"],
    "encoder": ["status"],
    "evidence": [],
    "experiment": ["show"],
    "fetch": ["--source", "huggingface"],
    "import_dataset": ["FOLDER"],
    "import_papers": ["FOLDER/papers.jsonl"],
    "night": [],
    "off_policy": [],
    "promote": ["a-model", "--because", "it is good"],
    "send_digests": [],
}


RUN_ALL = """
import json, sys
from recommender.config.command_line import run
ends = {}
for name, arguments in json.loads(sys.argv[1]).items():
    try:
        ends[name] = run(["manage.py", name, *arguments])
    except SystemExit as end:
        ends[name] = end.code
print(json.dumps(ends))
"""


def python(instance, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=instance.env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def instance(tmp_path):
    """A site without tables, with an encoder and with files to import."""
    (tmp_path / "papers.jsonl").write_text('{"id": "2607.00001", "title": "Graph ties", "day": "2026-07-21"}\n')
    (tmp_path / "votes.tsv").write_text("reader\tpaper\tvalue\n1\t2607.00001\t1\n")
    instance = Instance(tmp_path)
    encoder = tiny.write_originals(tmp_path / "tiny")
    convert(encoder, encoder / "model.onnx")
    instance.env["PAPERBOY_ENCODER"] = str(encoder)
    return instance


def test_every_command_is_tried():
    ours = {name for name, app in get_commands().items() if isinstance(app, str) and app.split(".")[0] in ROOMS}
    assert ours == NEED_NO_TABLES | set(ARGUMENTS)


@pytest.mark.processes
def test_every_command_on_a_site_without_tables_says_how_to_get_them(instance):
    """In one process; Django's own commands are no exception."""
    commands = ARGUMENTS | {"createsuperuser": ["--noinput", "--email", "ada@example.org"]}
    given = {name: [word.replace("FOLDER", str(instance.folder)) for word in words] for name, words in commands.items()}
    done = python(instance, "-c", RUN_ALL, json.dumps(given))
    assert done.returncode == 0, done.stderr
    ends = json.loads(done.stdout.splitlines()[-1])
    assert set(ends) == set(commands)
    for name, end in ends.items():
        assert str(end).startswith("CommandError: tables: "), name
        assert str(end).endswith("the first is contenttypes.0001_initial; remedy: manage.py migrate"), name


@pytest.mark.processes
def test_the_reason_is_all_that_manage_py_writes(instance):
    done = python(instance, "manage.py", "night")
    assert done.returncode == 1
    [reason] = done.stderr.strip().splitlines()
    assert reason.startswith("CommandError: tables: ")


@pytest.mark.processes
def test_a_traceback_is_shown_on_request(instance):
    done = python(instance, "manage.py", "night", "--traceback")
    assert "Traceback" in done.stderr
    assert "recommender_nightstep" in done.stderr


@pytest.mark.processes
def test_a_database_that_does_not_answer_is_named(tmp_path):
    unreachable = Instance(tmp_path)
    unreachable.env["DATABASE_URL"] = "postgres://nobody:nothing@127.0.0.1:1/none"
    done = python(unreachable, "manage.py", "night")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "CommandError: database: it does not answer: " in done.stderr
    assert done.stderr.strip().endswith("remedy: start it, or correct DATABASE_URL")


@commits
def test_a_fault_of_a_command_on_a_ready_database_is_not_hidden(monkeypatch):
    def fail(arguments):
        with connection.cursor() as cursor:
            cursor.execute("SELECT a FROM no_such_table")

    monkeypatch.setattr(command_line, "execute_from_command_line", fail)
    with pytest.raises(Exception, match="no_such_table") as failure:
        command_line.run(["manage.py", "night"])
    assert isinstance(failure.value, ProgrammingError | command_line.OperationalError)
