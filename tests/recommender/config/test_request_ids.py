"""Ids of requests: from the proxy or created, in the response, in log lines and in the tasks of a request."""

import logging

import pytest
from celery import shared_task, signals
from structlog.contextvars import bound_contextvars, get_contextvars

from recommender.config import request_ids
from recommender.config.celery import app

contexts: list[dict[str, object]] = []


@shared_task(name="tests.note_the_id")
def note_the_id():
    contexts.append(dict(get_contextvars()))


def test_a_valid_id_of_a_proxy_is_used(anonymous):
    proxy_id = "6f0a2c1e-77aa-4c1f-9a53-2c6a3e0f5b11"
    assert anonymous.get("/status/", headers={"X-Request-ID": proxy_id})["X-Request-ID"] == proxy_id


@pytest.mark.parametrize("proxy_id", ["", "short", "a" * 65, "ada@example.org", "abcdefgh\tx", "abcdefgh{}", "é" * 10])
def test_any_other_id_is_replaced(proxy_id, anonymous):
    request_id = anonymous.get("/status/", headers={"X-Request-ID": proxy_id})["X-Request-ID"]
    assert (len(request_id), request_id == proxy_id, request_id.isalnum()) == (32, False, True)


def test_two_requests_have_two_ids(anonymous):
    assert anonymous.get("/status/")["X-Request-ID"] != anonymous.get("/status/")["X-Request-ID"]


def test_each_request_writes_a_line_with_route_and_status_and_no_path(anonymous, caplog):
    with caplog.at_level(logging.INFO, "paperboy.requests"):
        anonymous.get("/day/2026-07-21/?q=cats")
    [line] = [one for one in caplog.records if one.name == "paperboy.requests"]
    assert (line.route, line.method, line.status) == ("day", "GET", 404)
    assert "2026-07-21" not in line.getMessage()


def test_nothing_stays_bound_after_a_request(anonymous):
    anonymous.get("/status/")
    assert request_ids.FIELD not in get_contextvars()


def test_a_task_carries_the_id_of_the_request_that_started_it():
    with bound_contextvars(request_id="abcdefgh-1"), app.connection_for_write("memory://") as broker:
        note_the_id.apply_async(connection=broker)
        [message] = [broker.SimpleQueue("celery").get(timeout=1)]
    assert message.headers["request_id"] == "abcdefgh-1"


def test_lines_of_a_task_have_that_id_and_later_lines_do_not():
    note_the_id.push_request(id="task-1", request_id="abcdefgh-1")
    signals.task_prerun.send(note_the_id, task=note_the_id)
    note_the_id.run()
    signals.task_postrun.send(note_the_id, task=note_the_id)
    note_the_id.pop_request()
    assert (contexts.pop(), get_contextvars()) == ({"request_id": "abcdefgh-1"}, {})
