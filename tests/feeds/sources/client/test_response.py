"""Responses of services: what each status means, and how long a service asks for a rest."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from feeds.sources.client.response import LONGEST_REST, Response, TemporaryFailure, read
from feeds.sources.client.service import Service, SourceFailed

SERVICE = Service(
    "arxiv_rss",
    "https://rss.arxiv.example/rss",
    turn="arxiv",
    pause=3.0,
    connect=1.0,
    answer=1.0,
    whole=5.0,
    backoff=1.0,
    most_bytes=100,
)


def response(status, body=b"", **headers):
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    answer.raw = HTTPResponse(BytesIO(body), answer.headers, preload_content=False)
    return answer


def rest(retry_after):
    with pytest.raises(TemporaryFailure, match="it answered 503") as caught:
        read(SERVICE, response(503, Retry_After=retry_after))
    return caught.value.rest


def test_a_good_response_has_its_body_and_validators():
    with read(SERVICE, response(200, b"whole", ETag='"one"')) as answer:
        assert answer.body.read() == b"whole"
        assert answer.validators == {"etag": '"one"', "last_modified": ""}


def test_an_unchanged_response_has_no_body():
    assert read(SERVICE, response(304)) == Response(None)


def test_a_redirect_is_its_url():
    assert read(SERVICE, response(302, Location="/elsewhere")) == "/elsewhere"


def test_a_redirect_without_a_url_is_a_failure():
    with pytest.raises(SourceFailed, match="it answered 302"):
        read(SERVICE, response(302))


def test_a_body_that_is_too_large_is_a_failure_of_the_source():
    with pytest.raises(SourceFailed, match=r"rss\.arxiv\.example: it sends more than 100 bytes"):
        read(SERVICE, response(200, bytes(101)))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_temporary(status):
    with pytest.raises(TemporaryFailure) as caught:
        read(SERVICE, response(status))
    assert caught.value.rest is None
    assert not caught.value.is_silent


@pytest.mark.parametrize(("status", "remedy"), [(401, "PAPERBOY_CONTACT"), (403, "PAPERBOY_CONTACT"), (404, "address")])
def test_any_other_status_is_a_failure_with_its_remedy(status, remedy):
    with pytest.raises(SourceFailed) as caught:
        read(SERVICE, response(status))
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), (" 90 ", 90), ("3601", LONGEST_REST), ("9999999999", LONGEST_REST)]
)
def test_a_rest_in_seconds_is_an_hour_at_most(text, seconds):
    assert rest(text) == seconds


def test_a_rest_may_end_at_a_date():
    seconds = rest(format_datetime(datetime.now(UTC) + timedelta(minutes=50), usegmt=True))
    assert 0 < seconds <= 3000


def test_a_date_that_has_passed_asks_for_no_rest():
    assert rest("Tue, 21 Jul 1998 04:00:00 GMT") == 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "Tue, 99 Jul 2026 04:00:00 GMT"])
def test_a_rest_that_makes_no_sense_is_none(text):
    assert rest(text) is None
