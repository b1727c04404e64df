"""Web server and worker, started, restarted and stopped together; and the whole `manage.py up --demo`."""

import os
import re
import signal
import socket
import sys

import pytest
import requests
from django.core.management import CommandError, call_command

from feeds.demo.demo import LOGINS
from feeds.supervisor import POLL_SECONDS, SHORT_LIFE_SECONDS
from tests.servers import free_port

from .instance import Instance, wait_for

pytestmark = pytest.mark.processes

FAMILY = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "


@pytest.fixture
def instance(tmp_path):
    return Instance(tmp_path)


def supervise(instance, code, children=1, **fields):
    """Run `supervise` in a separate process, with children that run this code."""
    program = (
        "import sys; from feeds.supervisor import *; "
        f"command = [sys.executable, '-c', {code!r}]; "
        f"sys.exit(supervise([Child(f'child {{n}}', command, **{fields!r}) for n in range({children})], print))"
    )
    return instance.start(sys.executable, "-u", "-c", program)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_children_and_what_they_started(instance, number):
    supervisor = supervise(instance, FAMILY + "time.sleep(60)", children=2)
    wait_for(lambda: len(instance.processes()) == 5, 20, "supervisor, two children, two grandchildren")
    supervisor.send_signal(number)
    assert supervisor.wait(20) == 0
    wait_for(lambda: instance.processes() == [], 5, "the end of all")


def test_a_child_that_dies_is_restarted_and_its_own_children_are_killed(instance):
    supervisor = supervise(instance, FAMILY + "time.sleep(60)")
    wait_for(lambda: len(instance.processes()) == 3, 20, "supervisor, child, grandchild")
    before = set(instance.processes()) - {supervisor.pid}
    os.kill(min(before), signal.SIGKILL)
    wait_for(lambda: "restarting it" in instance.log.read_text(), 10, "the restart")
    wait_for(lambda: len(set(instance.processes()) - before) == 3, 20, "a new child and grandchild")
    wait_for(lambda: not set(instance.processes()) & before, 5, "the end of the grandchild")
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0


def test_a_child_that_keeps_dying_at_its_start_stops_everything(instance):
    assert supervise(instance, "raise SystemExit(3)").wait(30) == 1
    assert "child 0 ended (code 3), 3 times in a row at its start; stopping" in instance.log.read_text()
    assert instance.processes() == []


def test_a_child_that_dies_before_it_listens_failed_at_its_start(instance):
    code = f"import time; time.sleep({SHORT_LIFE_SECONDS + 0.5}); raise SystemExit(3)"
    assert supervise(instance, code, address=("127.0.0.1", free_port())).wait(120) == 1
    assert "child 0 ended (code 3), 3 times in a row at its start; stopping" in instance.log.read_text()


def test_a_child_that_never_listens_is_restarted_and_then_stops_everything(instance):
    port = free_port()
    code = FAMILY + "time.sleep(600)"
    assert supervise(instance, code, address=("127.0.0.1", port), start_seconds=2.0).wait(120) == 1
    fault = f"child 0 accepted no connection on port {port} for 2 s"
    assert instance.log.read_text().count(f"{fault}; restarting it") == 2
    assert f"{fault}, 3 times in a row at its start; stopping" in instance.log.read_text()
    assert instance.processes() == []


def test_a_child_that_accepts_connections_is_not_restarted(instance):
    port, seconds = free_port(), 10.0
    server = f"import socket; server = socket.create_server(('127.0.0.1', {port}))"
    code = f"{server}\nwhile True: server.accept()[0].close(); print('one more', flush=True)"
    supervisor = supervise(instance, code, address=("127.0.0.1", port), start_seconds=seconds)
    polls = 1.2 * seconds / POLL_SECONDS
    wait_for(lambda: instance.log.read_text().count("one more") > polls, 120, f"{polls} connections")
    assert "restarting it" not in instance.log.read_text()
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0


def test_an_occupied_or_invalid_port_is_refused_before_anything_starts():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {port} on 127\.0\.0\.1 is not free"):
            call_command("up", port=port)
    for port in (0, 65536, -1):
        with pytest.raises(CommandError, match="from 1 to 65535"):
            call_command("up", port=port)


class Demo:
    """A running `up --demo`."""

    def __init__(self, instance):
        self.instance, self.port = instance, free_port()
        self.address = f"http://localhost:{self.port}"
        instance.log.unlink(missing_ok=True)
        self.process = instance.start(sys.executable, "manage.py", "up", "--demo", "--port", str(self.port))
        wait_for(self.answers, 90, f"an answer; {instance.log.read_text()}")

    def answers(self):
        assert self.process.poll() is None, self.instance.log.read_text()
        try:
            return requests.get(f"{self.address}/status/", timeout=30).status_code == 200
        except requests.ConnectionError:
            return False

    def match(self, pattern):
        return re.search(pattern, self.instance.log.read_text())[1]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(40) == 0, self.instance.log.read_text()

    def order(self, **headers):
        answer = requests.get(f"{self.address}/api/v1/me/feed/", headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page_order(self, login):
        """Ids of the papers on the page after signing in with the form."""
        session = requests.Session()
        form = session.get(f"{self.address}/accounts/login/", timeout=20).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        fields = {"login": login.email, "password": login.password, "csrfmiddlewaretoken": token}
        page = session.post(f"{self.address}/accounts/login/", data=fields, timeout=20)
        assert (page.status_code, page.url) == (200, f"{self.address}/")
        return re.findall(r'<h2>\s*<a href="/papers/([^"?]+)/[^"]*">', page.text)


def test_the_demo_serves_two_different_readers_and_keeps_its_data(instance):
    demo = Demo(instance)
    try:
        token = demo.match(r"Demo token [^:]*: +(pb_[0-9a-f]{64})")
        mine = demo.order(Authorization=f"Bearer {token}")
        first, second = (demo.page_order(login) for login in LOGINS)
        assert mine["mode"] == "hybrid"
        assert [row["paper"]["id"] for row in mine["results"]] == first
        assert (set(first), first == second) == (set(second), False)
        liked = mine["results"][-1]["paper"]["id"]
        address, header = f"{demo.address}/api/v1/papers/{liked}/vote/", {"Authorization": f"Bearer {token}"}
        assert requests.put(address, json={"value": 1}, headers=header, timeout=20).json()["previous"] == 0
    finally:
        demo.stop()
    wait_for(lambda: instance.processes() == [], 5, "the end of all processes")
    again = Demo(instance)
    try:
        assert again.match(r"Demo token [^:]*: +(pb_[0-9a-f]{64})") == token
        assert "Loading the demo" not in instance.log.read_text()
        mine = {row["paper"]["id"]: row["my_vote"] for row in again.order(Authorization=f"Bearer {token}")["results"]}
        assert mine[liked] == 1
    finally:
        again.stop()
    wait_for(lambda: instance.processes() == [], 5, "the end of all processes")
    with pytest.raises(requests.ConnectionError):
        requests.get(demo.address, timeout=30)
