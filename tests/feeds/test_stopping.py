"""On SIGTERM, a web server finishes its responses, and a worker gives its step back for another worker."""

import json
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from feeds import supervisor
from tests.servers import free_port

from .instance import Instance, wait_for

pytestmark = pytest.mark.processes
DAY = "2026-07-21"
STEPS = (
    "import json; from recommender.models import NightStep; "
    "print(json.dumps(list(NightStep.objects.values_list('step', 'state', 'attempts'))))"
)
START = f"from feeds.tasks import start_missing; from datetime import date; start_missing(date.fromisoformat('{DAY}'))"


PLANT = """
from accounts.models import AuthToken
from tests.conftest import make_reader
from tests.feeds.planting import papers
papers(1)
print(AuthToken.issue(make_reader("ada"), "test", AuthToken.Scope.WRITE, None)[1])
"""
HOLD = """
import time
from django.db import transaction
from recommender.models import Paper
with transaction.atomic():
    Paper.objects.select_for_update().get()
    print("held", flush=True)
    time.sleep(4)
"""


@pytest.fixture
def instance(tmp_path):
    instance = Instance(tmp_path)
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    return instance


@pytest.fixture
def silence():
    """The address of a service that accepts connections and never answers; a fetch waits 20 seconds for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def steps(instance):
    return json.loads(instance.shell(STEPS))


@pytest.mark.parametrize("whom", ["the group, as systemd and `up` do", "the main process, as a container does"])
def test_a_stopping_worker_gives_its_step_back(instance, silence, whom):
    instance.env |= {"PAPERBOY_SOURCES": "huggingface", "PAPERBOY_HF_URL": silence}
    if "container" in whom:
        instance.env |= {"REMAP_SIGTERM": "SIGQUIT"}
    worker = instance.start(sys.executable, "-m", "celery", "-A", "recommender.config", "worker")
    instance.shell(START)
    wait_for(lambda: ["fetch", "running", 1] in steps(instance), 40, "the fetch")
    (os.kill if "container" in whom else os.killpg)(worker.pid, signal.SIGTERM)
    assert worker.wait(supervisor.GRACE_SECONDS) == 0, instance.log.read_text()
    assert steps(instance) == [["fetch", "waiting", 1]]
    assert instance.processes() == []


def test_a_stopping_web_server_finishes_its_responses(instance):
    """A vote that waits for a database lock when the server receives SIGTERM is stored and answered."""
    instance.manage("collectstatic", "--noinput", "-v", "0")
    token, port = instance.shell(PLANT), free_port()
    server = instance.start(*supervisor.web("127.0.0.1", port))
    wait_for(lambda: is_up(port), 40, "the server")
    holder = instance.start(sys.executable, "manage.py", "shell", "-v", "0", "-c", HOLD)
    wait_for(lambda: "held" in instance.log.read_text(), 20, "the lock")
    with ThreadPoolExecutor(1) as reader:
        answer = reader.submit(vote, port, token)
        time.sleep(1)
        assert not answer.done()
        server.send_signal(signal.SIGTERM)
        assert answer.result(20).status_code == 200
    assert server.wait(supervisor.GRACE_SECONDS) == 0
    assert holder.wait(20) == 0
    assert instance.shell("from recommender.models import Vote; print(Vote.objects.count())") == "1"


def test_a_stopping_web_server_does_not_wait_for_a_hanging_worker(instance):
    instance.manage("collectstatic", "--noinput", "-v", "0")
    port = free_port()
    server = instance.start(*supervisor.web("127.0.0.1", port))
    wait_for(lambda: is_up(port), 40, "the server")
    os.kill(max(instance.processes()), signal.SIGSTOP)  # as one that never comes back from a request
    server.send_signal(signal.SIGTERM)
    assert server.wait(120) == 0
    assert instance.processes() == []


def is_up(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/status/", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def vote(port, token):
    url = f"http://127.0.0.1:{port}/api/v1/papers/2607.00001/vote/"
    return requests.put(url, json={"value": 1}, headers={"Authorization": f"Bearer {token}"}, timeout=20)
