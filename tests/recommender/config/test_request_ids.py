"""Ids of requests: taken over or made, told in the answer, in every line, and by the tasks that were started."""

import logging

import pytest
from celery import shared_task
from structlog.contextvars import bound_contextvars, get_contextvars

from recommender.config import request_ids
from recommender.config.celery import app

seen: list[dict[str, object]] = []


@shared_task(name="tests.note_the_id")
def note_the_id():
    seen.append(dict(get_contextvars()))


def test_a_sane_id_of_a_proxy_is_taken_over(anonymous):
    given = "6f0a2c1e-77aa-4c1f-9a53-2c6a3e0f5b11"
    assert anonymous.get("/status/", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "ada@example.org", "abcdefgh\tx", "abcdefgh{}", "é" * 10])
def test_any_other_id_is_replaced(given, anonymous):
    made = anonymous.get("/status/", headers={"X-Request-ID": given})["X-Request-ID"]
    assert (len(made), made == given, made.isalnum()) == (32, False, True)


def test_two_requests_have_two_ids(anonymous):
    assert anonymous.get("/status/")["X-Request-ID"] != anonymous.get("/status/")["X-Request-ID"]


def test_each_request_writes_a_line_with_route_and_status_and_no_path(anonymous, caplog):
    with caplog.at_level(logging.INFO, "paperboy.requests"):
        anonymous.get("/day/2026-07-21/?q=cats")
    [line] = [one for one in caplog.records if one.name == "paperboy.requests"]
    assert (line.route, line.method, line.status) == ("day", "GET", 404)
    assert "2026-07-21" not in line.getMessage()


def test_nothing_stays_bound_when_a_request_is_over(anonymous):
    anonymous.get("/status/")
    assert request_ids.FIELD not in get_contextvars()


def test_a_task_carries_the_id_of_the_request_that_started_it():
    with bound_contextvars(request_id="abcdefgh-1"), app.connection_for_write("memory://") as broker:
        note_the_id.apply_async(connection=broker)
        [message] = [broker.SimpleQueue("celery").get(timeout=1)]
    assert message.headers["request_id"] == "abcdefgh-1"


def test_the_lines_of_a_task_name_that_id_and_later_ones_do_not():
    note_the_id.push_request(id="task-1", request_id="abcdefgh-1")
    request_ids._take_over(note_the_id)
    note_the_id.run()
    request_ids._let_go(note_the_id)
    note_the_id.pop_request()
    assert (seen.pop(), get_contextvars()) == ({"request_id": "abcdefgh-1"}, {})
