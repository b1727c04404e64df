"""Nothing that is a reader's own is in any line of the log at DEBUG, or in what Sentry is sent."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.feeds.instance import ROOT, Instance

from .sink import sink

pytestmark = pytest.mark.processes
STATUSES = [302, 302, 302, 302, 302, 200, 404, 200, 302, 302, 200, 500, 500]


def stay(tmp_path, **variables):
    """What a whole stay left in the log, and what is hers."""
    env = Instance(tmp_path).env | {"PAPERBOY_LOG_LEVEL": "DEBUG"} | variables
    command = [sys.executable, "-m", "tests.feeds.health.stay"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["statuses"] == STATUSES
    assert len(said["own"]) >= 16
    return done.stderr, said["own"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_of_a_whole_stay_holds_what_is_the_readers_own(tmp_path, form):
    lines, own = stay(tmp_path, PAPERBOY_LOG_FORMAT=form)
    assert "Internal Server Error: api-vote" in lines
    assert [word for word in own if word in lines] == []


def test_every_line_of_json_is_an_object_and_those_of_an_error_share_its_id(tmp_path):
    lines, _ = stay(tmp_path, PAPERBOY_LOG_FORMAT="json")
    found = [json.loads(line) for line in lines.splitlines()]
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in found)
    [error] = [line for line in found if line["event"] == "Internal Server Error: api-vote"]
    [request] = [line for line in found if line.get("route") == "api-vote"]
    assert (request["status"], request["request_id"]) == (500, error["request_id"])
    assert "no such table" in error["exception"] or "does not exist" in error["exception"]


@pytest.mark.skipif(find_spec("sentry_sdk") is None, reason="NOT TESTED: sentry-sdk is not installed")
def test_sentry_hears_of_errors_and_nothing_of_whose_they_were(tmp_path):
    with sink() as outside:
        _, own = stay(tmp_path, SENTRY_DSN=outside.dsn)
        sent = "\n".join(outside.received)
    assert "OperationalError" in sent or "ProgrammingError" in sent
    assert [word for word in (*own, "sessionid", "csrftoken", "127.0.0.1") if word in sent] == []
