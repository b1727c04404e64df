"""Secrets of feeds: long enough, one for each feed, and never in a log."""

import base64

import pytest

from feeds.models import FeedKey
from feeds.syndication.keys import WrongSecret, find_key, renew, secret_of
from recommender.config.logs import scrubbed


@pytest.fixture
def key(ada):
    renew(ada)
    return FeedKey.objects.get()


def test_an_address_has_256_secret_bits(key):
    code = secret_of(key, "mine").removeprefix(key.public_id)
    assert len(base64.urlsafe_b64decode(code + "=")) == len(base64.urlsafe_b64decode(key.secret + "=")) == 32


def test_a_secret_opens_only_its_own_feed(key):
    secret = secret_of(key, "mine")
    assert find_key(secret, "mine") == key
    for name, wrong in [("interest-1", secret), ("mine", secret[:-1]), ("mine", secret + "A"), ("mine", "ä" * 59)]:
        with pytest.raises(WrongSecret):
            find_key(wrong, name)


def test_a_wrong_secret_takes_as_many_queries_with_or_without_such_a_key(key, django_assert_num_queries):
    for wrong in ("0" * 59, key.public_id + "A" * 43):
        with django_assert_num_queries(1), pytest.raises(WrongSecret):
            find_key(wrong, "mine")


def test_readers_have_different_secrets(key, bob):
    renew(bob)
    assert len({secret_of(one, "mine") for one in FeedKey.objects.all()}) == 2


def test_secrets_are_scrubbed_from_logs(key):
    secret = secret_of(key, "mine")
    assert scrubbed(f"GET /feeds/{secret}/mine.atom 500") == "GET /feeds/<secret>/mine.atom 500"
