"""`/metrics`: valid for Prometheus' parser, counted over all processes, and readable only with permission."""

import signal
from importlib.util import find_spec

import pytest
import requests
from django.test import RequestFactory

from feeds import supervisor
from feeds.health.probes import may_read
from tests.feeds.instance import Instance, wait_for
from tests.servers import free_port

TOKEN = "a-token-for-prometheus"
needs_client = pytest.mark.skipif(
    find_spec("prometheus_client") is None, reason="NOT TESTED: prometheus-client is not installed"
)


def request_from(remote, **headers):
    return RequestFactory().get("/metrics", REMOTE_ADDR=remote, headers=headers)


def test_this_machine_may_read_them_and_others_may_not(settings):
    settings.METRICS_TOKEN = ""
    allowed = {remote: may_read(request_from(remote)) for remote in ("127.0.0.1", "::1", "10.0.0.1", "192.0.2.1", "")}
    assert allowed == {"127.0.0.1": True, "::1": True, "10.0.0.1": False, "192.0.2.1": False, "": False}


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP"])
def test_a_request_forwarded_by_a_local_proxy_is_not_from_this_machine(header):
    assert not may_read(request_from("127.0.0.1", **{header: "192.0.2.1"}))


def test_behind_a_proxy_nobody_counts_as_this_machine(settings):
    settings.BEHIND_PROXY = True
    assert not may_read(request_from("127.0.0.1"))


def test_the_token_works_from_anywhere_and_a_wrong_one_from_nowhere(settings):
    settings.METRICS_TOKEN = TOKEN
    assert may_read(request_from("192.0.2.1", Authorization=f"Bearer {TOKEN}"))
    for authorization in (f"Bearer {TOKEN}x", "Bearer ", TOKEN, "Bearer é"):
        assert not may_read(request_from("127.0.0.1", Authorization=authorization))


def test_without_metrics_the_page_does_not_exist(anonymous):
    assert anonymous.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a web server of two processes with a worker, a paper, and metrics."""
    instance = Instance(tmp_path_factory.mktemp("metered"))
    instance.env |= {"PAPERBOY_METRICS": "true", "PAPERBOY_METRICS_TOKEN": TOKEN}
    for command in (["migrate"], ["createcachetable"], ["collectstatic", "--noinput"]):
        instance.manage(*command, "-v", "0")
    instance.shell(
        "from recommender.models import Paper\n"
        "Paper.objects.create(public_id='2607.00001', day='2026-07-21', title='On ties', source='arxiv')"
    )
    port = free_port()
    processes = [instance.start(*supervisor.web("127.0.0.1", port)), instance.start(*supervisor.worker())]
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: _answers(f"{address}/livez"), 60, "the web server")
    yield address
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(30)


def _answers(address):
    try:
        return requests.get(address, timeout=2).ok
    except requests.ConnectionError:
        return False


def read(site):
    """The samples by name and labels, as Prometheus' parser reads them."""
    parser = pytest.importorskip("prometheus_client.parser")
    answer = requests.get(f"{site}/metrics", timeout=10, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    families = parser.text_string_to_metric_families(answer.text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples, name, **labels):
    return samples.get((name, frozenset(labels.items())), 0.0)


@needs_client
@pytest.mark.processes
def test_requests_are_counted_over_both_web_processes_by_route(site):
    counted = {"route": "paper", "method": "GET", "status": "200"}
    before = value(read(site), "paperboy_requests_total", **counted)
    for _ in range(30):  # each over a connection of its own, so that both processes have some
        assert requests.get(f"{site}/papers/2607.00001/", timeout=10).status_code == 200
    samples = read(site)
    assert value(samples, "paperboy_requests_total", **counted) == before + 30
    assert value(samples, "paperboy_request_seconds_count", route="paper", method="GET") == before + 30


@needs_client
@pytest.mark.processes
def test_rankings_are_counted_by_the_mode_that_was_served(site):
    assert requests.get(f"{site}/day/2026-07-21/", timeout=10).status_code == 200
    assert value(read(site), "paperboy_ranking_seconds_count", mode="recent") >= 1


@needs_client
@pytest.mark.processes
def test_the_workers_tasks_and_the_last_beat_are_in_the_same_answer(site):
    done = {"task": "feeds.tick", "state": "SUCCESS"}
    wait_for(lambda: value(read(site), "paperboy_task_seconds_count", **done) >= 1, 90, "a tick of beat")
    samples = read(site)
    assert 0 <= value(samples, "paperboy_clock_age_seconds") < 90
    parts = ["sources", "model", "night", "queues", "clock", "mails"]
    assert [value(samples, "paperboy_up", part=part) for part in parts] == [1] * 6


@needs_client
@pytest.mark.processes
def test_no_label_holds_an_id_or_user_input(site):
    for path in ("/papers/2607.00001/", "/search/?q=cats", "/nothing/ada@example.org", "/static/paperboy.css"):
        requests.request("PROPFIND" if "static" in path else "GET", f"{site}{path}", timeout=10)
    labels = {text for _, pairs in read(site) for _, text in pairs}
    assert {"none", "paper", "search"} <= labels
    assert [text for text in labels if any(word in text for word in ("2607", "cats", "ada", "@", "PROPFIND"))] == []


@needs_client
@pytest.mark.processes
def test_a_stranger_gets_no_figure(site):
    answer = requests.get(f"{site}/metrics", timeout=10, headers={"X-Forwarded-For": "192.0.2.1"})
    assert (answer.status_code, "paperboy_" in answer.text) == (403, False)
