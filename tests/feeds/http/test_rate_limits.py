"""Rate limits of the API: who shares a count, the headers, and refusals."""

import re

import pytest
from django.conf import settings as site
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import AuthToken
from feeds.http.counters import count
from feeds.http.rate_limits import address_of
from tests.threads import all_at_once


@pytest.fixture(autouse=True)
def _few(settings):
    settings.RATE_READ, settings.RATE_WRITE = 3, 2
    settings.SECRET_KEY = AuthToken.__name__ + str(id(settings)) * 4  # no count of an earlier test continues


def statuses(client, times, **headers):
    return [client.get(reverse("me"), **headers).status_code for _ in range(times)]


def test_a_request_over_the_limit_is_a_429_with_retry_after(ada, api_of):
    client = api_of(ada)
    assert statuses(client, 3) == [200] * 3
    refused = client.get(reverse("me"))
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["type"] == "urn:paperboy:problem:throttled"


def test_every_response_has_the_requests_left_and_the_seconds_until_the_next_window(ada, api_of):
    client = api_of(ada)
    answers = [client.get(reverse("me")) for _ in range(4)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"read";q=3;w=60'}
    matches = [re.fullmatch(r'"read";r=(\d+);t=(\d+)', answer["RateLimit"]) for answer in answers]
    assert [match[1] for match in matches] == ["2", "1", "0", "0"]
    assert all(1 <= int(match[2]) <= 60 for match in matches)


def test_a_304_counts_as_a_request_and_has_the_headers(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    assert client.get(reverse("me"), HTTP_IF_NONE_MATCH=tag)["RateLimit"].startswith('"read";r=1;')


def test_reads_and_writes_are_counted_separately(ada, api_of):
    client = api_of(ada)
    assert statuses(client, 4) == [200, 200, 200, 429]
    written = [client.patch(reverse("me"), {"name": "Augusta"}) for _ in range(3)]
    assert [answer.status_code for answer in written] == [200, 200, 429]
    assert written[0]["RateLimit-Policy"] == '"write";q=2;w=60'


def test_each_token_has_its_own_count_and_the_session_another(ada, api_of, client_of):
    assert statuses(api_of(ada), 4) == [200, 200, 200, 429]
    assert statuses(api_of(ada), 4) == [200, 200, 200, 429]
    assert statuses(client_of(ada), 4) == [200, 200, 200, 429]


def test_readers_have_separate_limits(ada, bob, client_of):
    assert statuses(client_of(ada), 4)[-1] == 429
    assert statuses(client_of(bob), 1) == [200]


def test_anonymous_requests_are_counted_by_address(api):
    here, there = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
    codes = [api.get(reverse("api-days"), **here).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert api.get(reverse("api-days"), **there).status_code == 200


def test_guessing_tokens_counts_for_the_address(api):
    tried = [statuses(api, 1, HTTP_AUTHORIZATION=f"Bearer pb_{n:064x}", REMOTE_ADDR="192.0.2.3")[0] for n in range(4)]
    assert tried == [401, 401, 401, 429]


def test_ipv6_addresses_of_one_network_count_together():
    first, second, other = (
        address_of(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")
    )
    assert first == second != other


def test_a_trusted_proxy_names_the_address(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.7")
    assert address_of(request) == "address 192.0.2.7"


def test_without_a_trusted_proxy_the_header_is_ignored():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert address_of(request) == "address 192.0.2.1"


def test_a_local_socket_is_an_unknown_address():
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="")) == "unknown address"


def test_pages_are_not_counted(anonymous):
    assert not anonymous.get("/status/").has_header("RateLimit")


def test_counters_contain_neither_readers_nor_addresses(ada, client_of):
    client_of(ada).get(reverse("me"), REMOTE_ADDR="192.0.2.77")
    content = b"".join(path.read_bytes() for path in site.DATA_DIR.glob("limits.sqlite3*"))
    assert b"192.0.2" not in content
    assert f"reader {ada.pk}".encode() not in content


def test_simultaneous_counts_are_exact():
    name = f"at once {id(object())}"
    counts = [times for times, _ in all_at_once(*[lambda: count(name)] * 40)]
    assert sorted(counts) == list(range(1, 41))


def test_without_redis_counts_are_exact_on_this_machine(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    name = f"without Redis {id(object())}"
    assert [count(name)[0] for _ in range(3)] == [1, 2, 3]
