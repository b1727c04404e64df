"""Web workers killed while readers vote: the site answers again, and each acknowledged vote is stored exactly once."""

import itertools
import json
import os
import re
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from feeds.supervisor import START_SECONDS, web
from tests.servers import free_port

from .instance import Instance, wait_for

pytestmark = pytest.mark.processes
PATIENCE = 180.0  # seconds for a start or an answer on a busy machine
READERS = 4
STEPS = 5  # votes of each reader that count as progress
PLANT = """
import json
from recommender.models import Paper
from tests.feeds import planting
planting.plant()
planting.train()
print(json.dumps(list(Paper.objects.filter(day=planting.DAY).values_list("public_id", flat=True)[:6])))
"""
JOIN = """
import json, secrets
from accounts.models import AuthToken
from tests.conftest import make_reader
readers = [make_reader(f"reader{{number}}-{{secrets.token_hex(4)}}") for number in range({count})]
tokens = [AuthToken.issue(reader, "test", AuthToken.Scope.WRITE, None)[1] for reader in readers]
print(json.dumps([[reader.email, token] for reader, token in zip(readers, tokens)]))
"""
STORED = """
import json
from accounts.models import User
print(json.dumps([
    [
        list(reader.votes.order_by("pk").values_list("paper__public_id", "value")),
        list(reader.vote_events.order_by("pk").values_list("paper__public_id", "value", "previous")),
    ]
    for reader in map(User.objects.get_by_natural_key, {emails})
]))
"""


class Voter(threading.Thread):
    """One reader who votes on each paper up, then on each down, and so on.

    A request that gets no answer is repeated until it is acknowledged, so that every vote is certain at the end.
    """

    def __init__(self, address, papers, email, token):
        super().__init__(daemon=True)
        self.address, self.papers, self.email = address, papers, email
        self.headers = {"Authorization": f"Bearer {token}"}
        self.history = []  # (paper, value, previous) as acknowledged
        self.failures = []
        self.stopping = threading.Event()

    def run(self):
        values = itertools.cycle([1] * len(self.papers) + [-1] * len(self.papers))
        for paper, value in zip(itertools.cycle(self.papers), values, strict=False):
            if self.stopping.is_set() or self.failures:
                return
            self.vote(paper, value)

    def vote(self, paper, value):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                url = f"{self.address}/api/v1/papers/{paper}/vote/"
                answer = requests.put(url, json={"value": value}, headers=self.headers, timeout=60)
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if answer.status_code != 200:
                self.failures.append(f"{answer.status_code} {answer.text}")
                return
            # the same vote again changes nothing, so that a repeated request adds no step to the history
            previous = next((last for name, last, _ in reversed(self.history) if name == paper), 0)
            self.history.append((paper, value, previous))
            return
        self.failures.append(f"no answer within {PATIENCE} s")


class Site:
    """A running web server with readers who vote."""

    def __init__(self, instance, papers, *command, port):
        self.instance, self.papers, self.port = instance, papers, port
        self.address = f"http://127.0.0.1:{port}"
        self.process = instance.start(*command)
        self.wait_for_workers()

    def workers(self):
        """The processes that listen on the site's port."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{self.port:04X}") and row[3] == "0A"}
        return {pid for pid in self.instance.processes() if sockets & open_files(pid)}

    def wait_for_workers(self, without=frozenset()):
        """Wait until two other workers listen, and return them."""
        wait_for(lambda: len(self.workers() - without) == 2, PATIENCE, f"two workers; {self.instance.log}")
        return self.workers()

    @contextmanager
    def voters(self):
        """Let readers vote until the block ends; each of their votes must be acknowledged."""
        readers = json.loads(self.instance.shell(JOIN.format(count=READERS)))
        voters = [Voter(self.address, self.papers, email, token) for email, token in readers]
        for voter in voters:
            voter.start()
        try:
            wait_for_votes(voters)
            yield voters
        finally:
            for voter in voters:
                voter.stopping.set()
        for voter in voters:
            voter.join(2 * PATIENCE)
            assert not voter.is_alive()
            assert voter.failures == []

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)


def open_files(pid):
    try:
        return {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()


def kill(workers):
    for worker in workers:
        os.kill(worker, signal.SIGKILL)


def wait_for_votes(voters):
    """Wait until each reader has cast some more votes."""
    before = [len(voter.history) for voter in voters]

    def is_further():
        assert [failure for voter in voters for failure in voter.failures] == []
        return all(len(voter.history) >= count + STEPS for voter, count in zip(voters, before, strict=True))

    wait_for(is_further, PATIENCE, "votes of every reader")


def assert_stored(site, voters):
    """The database has the last vote on each paper, and every acknowledged change once and in order."""
    stored = json.loads(site.instance.shell(STORED.format(emails=[voter.email for voter in voters])))
    for voter, (votes, history) in zip(voters, stored, strict=True):
        assert list(map(tuple, history)) == voter.history
        assert sorted(map(tuple, votes)) == sorted({paper: value for paper, value, _ in voter.history}.items())


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("site"))
    instance.env |= {"PAPERBOY_RATE_WRITE": "1000000", "PAPERBOY_VOTES_PER_DAY": "1000000", "PAPERBOY_METRICS": "true"}
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    instance.manage("collectstatic", "--noinput", "-v", "0")
    return instance, json.loads(instance.shell(PLANT).splitlines()[-1])


@pytest.fixture
def site(planted):
    port = free_port()
    site = Site(*planted, *web("127.0.0.1", port), port=port)
    yield site
    site.stop()


@pytest.fixture
def supervised(planted):
    """The same under the supervisor of `manage.py up`."""
    port = free_port()
    site = Site(*planted, *supervision(port), port=port)
    yield site
    site.stop()


def supervision(port, start_seconds=START_SECONDS):
    address = ("127.0.0.1", port)
    program = (
        "import sys; from feeds.supervisor import *; "
        f"sys.exit(supervise([Child('web server', web{address}, {address}, {start_seconds})], print))"
    )
    return [sys.executable, "-u", "-c", program]


def test_one_worker_answers_while_the_other_is_killed_and_restarted(site):
    first, second = site.workers()
    with site.voters() as voters:
        kill([first])
        wait_for_votes(voters)
        site.wait_for_workers(without={first})
        kill([second])  # now only the new worker can answer
        wait_for_votes(voters)
        site.wait_for_workers(without={first, second})
    assert site.process.poll() is None
    assert_stored(site, voters)


def test_both_workers_killed_at_once_are_restarted(site):
    before = site.workers()
    with site.voters() as voters:
        kill(before)
        site.wait_for_workers(without=before)
        wait_for_votes(voters)
    assert site.process.poll() is None
    assert_stored(site, voters)


def test_a_worker_killed_again_at_its_start_does_not_end_the_site(supervised):
    before = set(supervised.instance.processes())
    first = min(supervised.workers())
    with supervised.voters() as voters:
        kill([first])
        wait_for(lambda: set(supervised.instance.processes()) - before, PATIENCE, "a new worker")
        kill(set(supervised.instance.processes()) - before)
        supervised.wait_for_workers(without={first})
        wait_for_votes(voters)
    assert supervised.process.poll() is None
    assert_stored(supervised, voters)


def test_new_workers_serve_the_trained_model_and_metrics_count_all_workers(site):
    before = site.workers()
    with site.voters() as voters:
        kill(before)
        site.wait_for_workers(without=before)
        wait_for_votes(voters)
    address, headers = f"{site.address}/api/v1/me/feed/", voters[0].headers
    feed = lambda: requests.get(address, headers=headers, timeout=60).json()  # noqa: E731
    wait_for(lambda: feed()["mode"] == "hybrid", PATIENCE, "a ranking by the trained model")
    metrics = requests.get(f"{site.address}/metrics", timeout=60).text
    counts = re.findall(r'^paperboy_requests_total\{method="PUT",.*status="200"\} ([\d.]+)$', metrics, re.MULTILINE)
    assert sum(map(float, counts)) >= sum(len(voter.history) for voter in voters)


def test_a_web_server_whose_workers_die_at_each_start_stops_everything(tmp_path):
    """On a fast machine the server gives up; on a slow one it keeps running and accepts no connection."""
    instance = Instance(tmp_path)
    instance.env |= {"PAPERBOY_SECRET_KEY": "too short"}
    supervisor = instance.start(*supervision(free_port(), start_seconds=30.0))
    assert supervisor.wait(2 * PATIENCE) == 1
    assert "3 times in a row at its start; stopping" in instance.log.read_text()
    assert "PAPERBOY_SECRET_KEY" in instance.log.read_text()
    assert instance.processes() == []
