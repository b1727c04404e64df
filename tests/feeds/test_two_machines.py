"""Two web servers and two workers with beats, in separate folders, which share only PostgreSQL and Redis."""

import copy
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from feeds import supervisor
from tests.servers import free_port

from .instance import Instance, wait_for
from .planting import DAY

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif("not config.getoption('--servers')", reason="two machines share servers; run with --servers"),
]
SECONDS = 10.0  # within which a promoted model serves everywhere
PLANT = """
from tests.feeds.planting import plant
from tests.conftest import make_reader
from accounts.models import AuthToken
plant()
ada = make_reader("ada")
print(AuthToken.issue(ada, "test", AuthToken.Scope.WRITE, None)[1])
"""
LEDGER = """
import json
from recommender.models import NightStep, TrainedModel
steps = list(NightStep.objects.filter(day="%s").values_list("step", "state", "attempts"))
print(json.dumps([steps, list(TrainedModel.objects.order_by("pk").values_list("version", "state"))]))
"""


class Machine:
    """A web server and a worker with beat, with their own data folder."""

    def __init__(self, instance):
        self.instance, self.port = instance, free_port()
        self.web = instance.start(*supervisor.web("127.0.0.1", self.port))
        self.worker = instance.start(*supervisor.worker())

    def is_up(self):
        try:
            return requests.get(f"{self.address}/status/", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def feed(self, token):
        answer = requests.get(f"{self.address}/api/v1/me/feed/", headers=bearer(token), timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def vote(self, token, paper, value):
        url = f"{self.address}/api/v1/papers/{paper}/vote/"
        answer = requests.put(url, json={"value": value}, headers=bearer(token), timeout=20)
        assert answer.status_code == 200, answer.text

    def model(self, token):
        return (self.feed(token)["model"] or {}).get("id")

    def stop(self):
        for process in (self.web, self.worker):
            process.send_signal(signal.SIGTERM)
        return [process.wait(40) for process in (self.web, self.worker)]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def another(instance, folder):
    """Two machines with the same database and broker, and different data folders."""
    folder.mkdir()
    other = copy.copy(instance)
    other.folder = folder
    other.env = instance.env | {"PAPERBOY_DATA_DIR": str(folder)}
    return other


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("first"))
    instance.env |= {"PAPERBOY_SECRET_KEY": "one key for all machines, 32 or more"}
    instance.manage("migrate", "-v", "0")
    instance.manage("collectstatic", "--noinput", "-v", "0")
    return instance


@pytest.fixture(scope="module")
def token(first):
    return first.shell(PLANT)


@pytest.fixture(scope="module")
def machines(first, token):
    second = another(first, first.folder.parent / f"{first.folder.name}-second")
    second.manage("collectstatic", "--noinput", "-v", "0")
    pair = [Machine(first), Machine(second)]
    for machine in pair:
        wait_for(machine.is_up, 60, "a web server")
    yield pair
    for process in (process for machine in pair for process in (machine.web, machine.worker)):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def my_votes(machine, token):
    return {row["paper"]["id"]: row["my_vote"] for row in machine.feed(token)["results"]}


def test_a_vote_on_one_counts_on_the_other_at_the_next_request(machines, token):
    papers = [row["paper"]["id"] for row in machines[0].feed(token)["results"]][:10]
    for turn, paper in enumerate(papers):
        machines[turn % 2].vote(token, paper, 1 if turn % 3 else -1)
        assert my_votes(machines[1 - turn % 2], token)[paper] == (1 if turn % 3 else -1)


def steps_and_models(instance, day):
    return json.loads(instance.shell(LEDGER % day))


def test_two_beats_start_a_night_once(machines, first):
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 6 * 3600))

    def is_ranked():
        return ["rank", "done", 1] in steps_and_models(first, day)[0]

    wait_for(is_ranked, 200, "the night")
    steps, models = steps_and_models(first, day)
    assert sorted(steps) == [[step, "done", 1] for step in ("encode", "fetch", "judge", "promote", "rank", "train")]
    assert sorted(state for _, state in models) == ["promoted", "refused"]  # too few readers to judge a hybrid
    for machine in machines:
        assert "Sending due task start-what-is-missing" in machine.instance.log.read_text()


def seconds_until(machine, token, version, start):
    wait_for(lambda: machine.model(token) == version, SECONDS, f"model {version} on {machine.address}")
    return time.monotonic() - start


def test_a_model_promoted_on_one_serves_on_both_within_seconds(machines, token, first):
    day = DAY.isoformat()
    for step in ("fetch", "encode", "train", "judge", "promote"):
        first.manage("night", "--day", day, "--step", step)
    start = time.monotonic()
    version = steps_and_models(first, day)[1][-1][0]
    with ThreadPoolExecutor(2) as both:
        took = list(both.map(lambda machine: seconds_until(machine, token, version, start), machines))
    assert max(took) < SECONDS
    for machine in machines:
        assert (machine.instance.folder / "models" / version / "manifest.json").is_file()


def test_all_stop_on_sigterm(machines):
    assert [machine.stop() for machine in machines] == [[0, 0], [0, 0]]
    assert [machine.instance.processes() for machine in machines] == [[], []]
