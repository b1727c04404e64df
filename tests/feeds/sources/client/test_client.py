"""Asking services: what is sent, what is tried again, what is refused, and how long a request may take."""

import gzip
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from feeds.models import Host
from feeds.sources.client.client import MOST_TRIES, Client
from feeds.sources.client.response import LONGEST_REST
from feeds.sources.client.service import SourceFailed
from tests.feeds.outside import Reply, cut, drip, endless, stall

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


def get(**options):
    with Client().get("arxiv_rss", "/cs.LG", **options) as response:
        return response.body and response.body.read()


def failure(**options):
    with pytest.raises(SourceFailed) as caught:
        get(**options)
    return caught.value


def hurry(settings, outside, **manners):
    settings.SOURCE_SERVICES = outside.services(**manners)


def rest_of(outside):
    place = f"{outside.url.removeprefix('http://')} (arxiv_rss)"
    return Host.objects.get(name=place).free_at - timezone.now()


def test_a_request_names_the_user_agent_and_accepts_gzip(outside, settings):
    settings.USER_AGENT = "Paperboy/1 (+https://papers.example; admin@papers.example)"
    outside.answer("/rss", b"whole")
    assert get() == b"whole"
    sent = outside.asked[0].headers
    assert sent["User-Agent"] == "Paperboy/1 (+https://papers.example; admin@papers.example)"
    assert sent["Accept-Encoding"] == "gzip"


def test_a_password_file_is_not_read(outside, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    outside.answer("/rss", b"whole")
    get()
    assert "Authorization" not in outside.asked[0].headers


def test_parameters_are_encoded(outside):
    outside.answer("/rss", b"whole")
    get(params={"token": "a|b c&d"})
    assert outside.asked[0].params == {"token": "a|b c&d"}


def test_a_compressed_answer_is_unpacked(outside):
    outside.answer("/rss", Reply(gzip.compress(b"whole" * 50_000), headers={"Content-Encoding": "gzip"}))
    assert get() == b"whole" * 50_000


def test_an_unchanged_answer_is_not_sent_again(outside):
    known = {"ETag": '"one"', "Last-Modified": "Tue, 21 Jul 2026 04:00:00 GMT"}
    outside.answer("/rss", Reply(b"whole", headers=known), Reply(status=304))
    with Client().get("arxiv_rss") as response:
        validators = response.validators
    assert get(validators=validators) is None
    sent = outside.asked[1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"one"', "Tue, 21 Jul 2026 04:00:00 GMT")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_temporary_failure_is_tried_again(outside, status):
    outside.answer("/rss", Reply(status=status), b"whole")
    assert get() == b"whole"


def test_after_the_last_try_the_failure_names_the_host_and_what_it_answered(outside):
    outside.answer("/rss", Reply(status=500))
    assert str(failure()) == f"{outside.url.removeprefix('http://')}: it answered 500, 3 times; it is tried again later"
    assert len(outside.asked) == MOST_TRIES


@pytest.mark.parametrize("status", [400, 404, 410, 204])
def test_a_permanent_failure_is_not_tried_again(outside, status):
    outside.answer("/rss", Reply(status=status))
    assert f"it answered {status}" in str(failure())
    assert len(outside.asked) == 1


def test_a_refusal_says_which_setting_names_a_contact(outside):
    outside.answer("/rss", Reply(status=403))
    assert "PAPERBOY_CONTACT" in failure().remedy


@pytest.mark.parametrize("status", [429, 503])
def test_the_next_try_waits_for_as_long_as_the_host_asked(outside, status):
    outside.answer("/rss", Reply(status=status, headers={"Retry-After": "1"}), b"whole")
    get()
    first, second = outside.asked
    assert second.began - first.began >= 0.99


def test_a_time_to_come_back_may_be_a_date(outside):
    at = datetime.now(UTC) + timedelta(seconds=2)  # whole seconds are written, so at least one is left
    outside.answer("/rss", Reply(status=503, headers={"Retry-After": format_datetime(at, usegmt=True)}), b"whole")
    get()
    assert outside.asked[1].began - outside.asked[0].began >= 0.9


def test_a_long_rest_is_an_error_with_its_end_and_holds_for_everybody(outside):
    outside.answer("/rss", Reply(status=503, headers={"Retry-After": "1800"}), b"whole")
    before = timezone.now()
    retry_at = failure().retry_at
    assert timedelta(seconds=1795) < retry_at - before < timedelta(seconds=1805)
    assert "pause until" in failure().what
    assert len(outside.asked) == 1


def test_a_rest_is_an_hour_at_most(outside):
    outside.answer("/rss", Reply(status=429, headers={"Retry-After": "99999999999"}))
    failure()
    assert timedelta(seconds=LONGEST_REST - 5) < rest_of(outside) <= timedelta(seconds=LONGEST_REST)


@pytest.mark.parametrize(
    "value", ["soon", "-5", "", "0", "Tue, 99 Jul 2026 04:00:00 GMT", "Tue, 21 Jul 1998 04:00:00 GMT"]
)
def test_without_a_usable_retry_after_the_pause_is_short(outside, value):
    outside.answer("/rss", Reply(status=503, headers={"Retry-After": value}), b"whole")
    assert get() == b"whole"


def test_a_stall_ends_and_is_tried_again(outside, settings):
    hurry(settings, outside, answer=0.2)
    outside.answer("/rss", stall(3), b"whole")
    began = time.monotonic()
    assert get() == b"whole"
    assert time.monotonic() - began < 2


def test_an_answer_that_drips_ends_at_its_deadline(outside, settings):
    hurry(settings, outside, answer=2.0, whole=0.3)
    outside.answer("/rss", drip(b"x" * 1000, 0.05))
    began = time.monotonic()
    assert "did not answer completely within" in failure().what
    assert time.monotonic() - began < 10
    assert len(outside.asked) == MOST_TRIES


def test_a_dripping_body_without_a_length_is_not_taken_for_complete(outside, settings):
    hurry(settings, outside, whole=0.3)

    def write(connection, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    outside.answer("/rss", Reply(write=write))
    assert "did not answer completely within" in failure().what


def test_a_cut_connection_is_tried_again(outside):
    outside.answer("/rss", cut(b"whole" * 1000), b"whole")
    assert get() == b"whole"


def test_a_chunk_of_negative_length_is_tried_again(outside):
    def write(connection, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nwhole\r\n0\r\n\r\n")

    outside.answer("/rss", Reply(write=write), b"whole")
    assert get() == b"whole"


def test_compressed_data_that_ends_early_or_is_broken_is_tried_again(outside):
    packed = gzip.compress(b"whole" * 1000)
    early = Reply(packed[:-12], headers={"Content-Encoding": "gzip"})
    broken = Reply(packed[:10] + b"\xff" * 20, headers={"Content-Encoding": "gzip"})
    outside.answer("/rss", early, broken, b"whole")
    assert get() == b"whole"


def test_an_encoding_that_was_not_requested_is_named(outside):
    outside.answer("/rss", Reply(b"whole", headers={"Content-Encoding": "br"}))
    assert "'br'" in failure().what


def test_a_refused_connection_is_named(outside, settings):
    settings.SOURCE_SERVICES["arxiv_rss"] |= {"url": "http://127.0.0.1:1/rss"}
    assert "Connection refused" in failure().what


def test_a_body_that_is_too_large_is_refused(outside):
    outside.answer("/rss", Reply(bytes(100 * MILLION)))
    assert f"more than {MILLION:,} bytes" in failure().what
    assert len(outside.asked) == 1


def test_an_endless_body_is_refused(outside):
    outside.answer("/rss", endless(b"x" * 10_000))
    assert "bytes" in failure().what


def test_a_small_body_that_unpacks_to_a_large_one_is_refused(outside):
    bomb = gzip.compress(bytes(100 * MILLION))
    assert len(bomb) < MILLION
    outside.answer("/rss", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    assert f"more than {MILLION:,} bytes" in failure().what


def test_a_redirect_within_the_host_is_followed(outside):
    outside.answer("/rss", Reply(status=301, headers={"Location": "/elsewhere?set=cs"}))
    outside.answer("/elsewhere", b"whole")
    assert get() == b"whole"
    assert outside.asked[1].params == {"set": "cs"}


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://evil.example/rss", "https://evil.example"),
        ("//evil.example/rss", "http://evil.example"),
        ("http://127.0.0.1:1/rss", "http://127.0.0.1:1"),
        ("file:///etc/passwd", "file://"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_a_redirect_elsewhere_is_refused_and_named(outside, location, named):
    outside.answer("/rss", Reply(status=302, headers={"Location": location}))
    assert named in failure().what
    assert len(outside.asked) == 1


def test_circular_redirects_end(outside):
    outside.answer("/rss", Reply(status=302, headers={"Location": "/rss"}))
    assert "more than 3 times" in failure().what
    assert len(outside.asked) == 4


def test_the_same_client_does_not_ask_a_silent_service_again(outside, settings):
    hurry(settings, outside, answer=0.1)
    outside.answer("/rss", stall(1))
    outside.answer("/oai", b"whole")
    client = Client()
    for what in ("did not answer in time, 3 times", "did not answer a moment ago"):
        with pytest.raises(SourceFailed, match=what):
            client.get("arxiv_rss")
    assert client.get("arxiv_oai").body.read() == b"whole"
    assert len(outside.asked) == MOST_TRIES + 1


def test_a_client_gives_up_when_its_patience_ends(outside, settings):
    hurry(settings, outside, answer=30.0, whole=30.0)
    outside.answer("/rss", stall(5))
    began = time.monotonic()
    with pytest.raises(SourceFailed):
        Client(patience_seconds=0.5).get("arxiv_rss")
    assert time.monotonic() - began < 3
