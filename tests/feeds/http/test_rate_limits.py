"""How often somebody may ask: who shares a count, what the headers say, and what is refused."""

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
    settings.SECRET_KEY = AuthToken.__name__ + str(id(settings)) * 4  # nobody's count from an earlier test goes on


def statuses(client, times, **headers):
    return [client.get(reverse("me"), **headers).status_code for _ in range(times)]


def test_what_is_over_the_limit_is_a_429_that_says_when_to_come_back(ada, api_of):
    client = api_of(ada)
    assert statuses(client, 3) == [200] * 3
    refused = client.get(reverse("me"))
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["type"] == "urn:paperboy:problem:throttled"


def test_every_answer_tells_what_is_left_and_when_it_begins_anew(ada, api_of):
    client = api_of(ada)
    answers = [client.get(reverse("me")) for _ in range(4)]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"read";q=3;w=60'}
    told = [re.fullmatch(r'"read";r=(\d+);t=(\d+)', answer["RateLimit"]) for answer in answers]
    assert [found[1] for found in told] == ["2", "1", "0", "0"]
    assert all(1 <= int(found[2]) <= 60 for found in told)


def test_a_304_tells_it_too_and_costs_one(ada, api_of):
    client = api_of(ada)
    tag = client.get(reverse("me"))["ETag"]
    assert client.get(reverse("me"), HTTP_IF_NONE_MATCH=tag)["RateLimit"].startswith('"read";r=1;')


def test_reading_and_writing_are_counted_apart(ada, api_of):
    client = api_of(ada)
    assert statuses(client, 4) == [200, 200, 200, 429]
    written = [client.patch(reverse("me"), {"name": "Augusta"}) for _ in range(3)]
    assert [answer.status_code for answer in written] == [200, 200, 429]
    assert written[0]["RateLimit-Policy"] == '"write";q=2;w=60'


def test_each_token_has_its_own_count_and_the_session_another(ada, api_of, client_of):
    assert statuses(api_of(ada), 4) == [200, 200, 200, 429]
    assert statuses(api_of(ada), 4) == [200, 200, 200, 429]
    assert statuses(client_of(ada), 4) == [200, 200, 200, 429]


def test_a_reader_uses_up_nothing_of_anothers(ada, bob, client_of):
    assert statuses(client_of(ada), 4)[-1] == 429
    assert statuses(client_of(bob), 1) == [200]


def test_who_is_not_signed_in_is_counted_by_address(api):
    here, there = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
    asked = [api.get(reverse("api-days"), **here).status_code for _ in range(4)]
    assert asked == [200, 200, 200, 429]
    assert api.get(reverse("api-days"), **there).status_code == 200


def test_who_tries_tokens_uses_up_the_share_of_their_address(api):
    tried = [statuses(api, 1, HTTP_AUTHORIZATION=f"Bearer pb_{n:064x}", REMOTE_ADDR="192.0.2.3")[0] for n in range(4)]
    assert tried == [401, 401, 401, 429]


def test_one_customers_ipv6_addresses_are_one():
    first, second, other = (
        address_of(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")
    )
    assert first == second != other


def test_behind_a_trusted_proxy_the_address_is_the_one_that_it_names(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.7")
    assert address_of(request) == "address 192.0.2.7"


def test_without_a_trusted_proxy_nobody_names_their_own_address():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert address_of(request) == "address 192.0.2.1"


def test_a_proxy_on_a_local_socket_is_one_unknown_address():
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="")) == "unknown address"


def test_pages_are_not_counted(anonymous):
    assert not anonymous.get("/status/").has_header("RateLimit")


def test_no_counter_holds_a_reader_or_an_address(ada, client_of):
    client_of(ada).get(reverse("me"), REMOTE_ADDR="192.0.2.77")
    kept = b"".join(path.read_bytes() for path in site.DATA_DIR.glob("limits.sqlite3*"))
    assert b"192.0.2" not in kept
    assert f"reader {ada.pk}".encode() not in kept


def test_counts_at_once_are_each_counted_once():
    name = f"at once {id(object())}"
    seen = [times for times, _ in all_at_once(*[lambda: count(name)] * 40)]
    assert sorted(seen) == list(range(1, 41))


def test_a_lost_redis_leaves_an_exact_count_on_this_machine(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    name = f"without Redis {id(object())}"
    assert [count(name)[0] for _ in range(3)] == [1, 2, 3]
