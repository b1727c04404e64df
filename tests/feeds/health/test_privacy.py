"""No personal data is in any line of the log at DEBUG, or in what Sentry receives."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.feeds.instance import ROOT, Instance

from .sink import sink

pytestmark = pytest.mark.processes
STATUSES = [302, 302, 302, 302, 302, 200, 404, 200, 302, 302, 200, 500, 500]


def visit(tmp_path, **variables):
    """Run a whole visit; return the log and the reader's personal data."""
    env = Instance(tmp_path).env | {"PAPERBOY_LOG_LEVEL": "DEBUG"} | variables
    command = [sys.executable, "-m", "tests.feeds.health.visit"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["statuses"] == STATUSES
    assert len(result["own"]) >= 16
    return done.stderr, result["own"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_of_the_log_holds_personal_data(tmp_path, form):
    lines, own = visit(tmp_path, PAPERBOY_LOG_FORMAT=form)
    assert "Internal Server Error: api-vote" in lines
    assert [word for word in own if word in lines] == []


def test_every_line_of_json_is_an_object_and_lines_of_one_request_share_its_id(tmp_path):
    lines, _ = visit(tmp_path, PAPERBOY_LOG_FORMAT="json")
    records = [json.loads(line) for line in lines.splitlines()]
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in records)
    [error] = [line for line in records if line["event"] == "Internal Server Error: api-vote"]
    [request] = [line for line in records if line.get("route") == "api-vote"]
    assert (request["status"], request["request_id"]) == (500, error["request_id"])
    assert "no such table" in error["exception"] or "does not exist" in error["exception"]


@pytest.mark.skipif(find_spec("sentry_sdk") is None, reason="NOT TESTED: sentry-sdk is not installed")
def test_sentry_receives_errors_without_personal_data(tmp_path):
    with sink() as outside:
        _, own = visit(tmp_path, SENTRY_DSN=outside.dsn)
        sent = "\n".join(outside.received)
    assert "OperationalError" in sent or "ProgrammingError" in sent
    assert [word for word in (*own, "sessionid", "csrftoken", "127.0.0.1") if word in sent] == []
