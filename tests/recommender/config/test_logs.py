"""Log lines as text and JSON, with the request's id and without personal data."""

import json
import logging
import sys

import pytest
from django.test import RequestFactory
from django.urls import resolve

from recommender.config.logs import RouteFilter, formatter, scrubbed


def record(message, *args, level=logging.INFO, exc_info=None, **extra):
    line = logging.LogRecord("feeds.night", level, __file__, 1, message, args, exc_info)
    line.__dict__.update(extra)
    return line


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("550 ada@example.org: no such box", "550 <address>: no such box"),
        ("Authorization: Bearer pb_0123abcd", "Authorization: Bearer <token>"),
        ("key pb_0123abcd is old", "key <token> is old"),
        ("postgresql://ada:pw@db.example/papers", "postgresql://<login>@db.example/papers"),
        ("{'password': 'hunter2', 'day': 1}", "{'password': '<secret>', 'day': 1}"),
        ("Cookie: sessionid=abc123; theme=dark", "Cookie: sessionid=<secret>; theme=dark"),
        ("/search/?q=my+illness&page=2", "/search/?q=<query>&page=2"),
        ("/shared/Zx-3_kd92kfjs93kd/", "/shared/<secret>/"),
        ("GET /feeds/777a6de7fda7b180HqMmvua7Lqk/mine.atom", "GET /feeds/<secret>/mine.atom"),
        ("/digest/unsubscribe/r1-0-1905d7eab538.1xVbFX.En3--zu773RT/", "/digest/unsubscribe/<secret>/"),
        ("/digest/link/vote/r1-p5-1905d7eab538.1xVbFX.En3--zu773RT/", "/digest/link/vote/<secret>/"),
        ("duplicate key\nDETAIL: Key (name)=(Ada King) exists.", "duplicate key\nDETAIL: <left out>"),
    ],
)
def test_personal_data_is_removed(text, left):
    assert scrubbed(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "3 papers of 2607.00001, cs.LG",
        'File "feeds/serializers/papers.py", line 3',
        "/feeds/semantic_scholar/views.py",
        "a?b",
    ],
)
def test_other_texts_are_left_alone(text):
    assert scrubbed(text) == text


def test_a_line_of_json_is_one_object_with_the_extra_fields():
    line = formatter("json").format(record("%s done", "rank", status=200, unknown="x"))
    line_fields = json.loads(line)
    assert {name: line_fields[name] for name in ("event", "level", "logger", "status")} == {
        "event": "rank done", "level": "info", "logger": "feeds.night", "status": 200
    }  # fmt: skip
    assert ("\n" in line, "unknown" in line_fields) == (False, False)


def test_a_traceback_is_part_of_its_line_and_scrubbed():
    try:
        raise ValueError("no box for ada@example.org")
    except ValueError:
        failed = record("it failed", level=logging.ERROR, exc_info=sys.exc_info())
    for form in ("json", "text"):
        line = formatter(form).format(failed)
        assert ("ValueError: no box for <address>" in line, "ada@" in line) == (True, False)


def test_a_line_of_text_has_time_level_and_logger():
    line = formatter("text").format(record("rank done"))
    assert line.endswith("Z INFO feeds.night: rank done")


def test_lines_of_django_have_the_route_instead_of_the_path():
    request = RequestFactory().get("/shared/a-secret-link-of-adas/?q=cats")
    request.resolver_match = resolve("/shared/a-secret-link-of-adas/")
    for path in (request.path, request.get_full_path()):
        line = record("%s: %s", "Not Found", path, request=request)
        RouteFilter().filter(line)
        assert line.getMessage() == "Not Found: shared"
