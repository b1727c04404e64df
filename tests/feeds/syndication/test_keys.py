"""Secrets of feeds: as long as they should be, one for each feed, and none of them in a log."""

import base64

import pytest

from feeds.models import FeedKey
from feeds.syndication.keys import WrongSecret, find_key, renew, secret_of
from recommender.config.logs import scrubbed


@pytest.fixture
def key(ada):
    renew(ada)
    return FeedKey.objects.get()


def test_an_address_has_256_bits_that_nobody_can_guess(key):
    code = secret_of(key, "mine").removeprefix(key.public_id)
    assert len(base64.urlsafe_b64decode(code + "=")) == len(base64.urlsafe_b64decode(key.secret + "=")) == 32


def test_a_secret_opens_its_own_feed_alone(key):
    secret = secret_of(key, "mine")
    assert find_key(secret, "mine") == key
    for name, wrong in [("interest-1", secret), ("mine", secret[:-1]), ("mine", secret + "A"), ("mine", "ä" * 59)]:
        with pytest.raises(WrongSecret):
            find_key(wrong, name)


def test_a_wrong_secret_costs_the_same_whether_or_not_there_is_such_a_key(key, django_assert_num_queries):
    for wrong in ("0" * 59, key.public_id + "A" * 43):
        with django_assert_num_queries(1), pytest.raises(WrongSecret):
            find_key(wrong, "mine")


def test_readers_have_different_secrets(key, bob):
    renew(bob)
    assert len({secret_of(one, "mine") for one in FeedKey.objects.all()}) == 2


def test_no_log_says_a_secret(key):
    secret = secret_of(key, "mine")
    assert scrubbed(f"GET /feeds/{secret}/mine.atom 500") == "GET /feeds/<secret>/mine.atom 500"
