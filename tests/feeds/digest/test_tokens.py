"""Tokens: for one purpose, one recipient, one paper and a time; otherwise they say why not."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test.utils import override_settings

from feeds.digest.tokens import LIFETIMES, ON_PAPERS, PURPOSES, Leave, Void, maker, read
from feeds.models import DigestWish
from tests.feeds.planting import paper

from .readers import subscriber, wish


@pytest.fixture
def one(db):
    return paper("2607.00001")


@pytest.fixture
def later(monkeypatch):
    """Moves the clock of the signatures on."""
    real = signing.time.time

    def move(by):
        monkeypatch.setattr(signing.time, "time", lambda: real() + by.total_seconds())

    return move


@pytest.mark.parametrize("purpose", ON_PAPERS)
def test_a_token_allows_what_it_was_made_for(ada, one, purpose):
    assert read(purpose, maker(ada)(purpose, one)) == Leave(purpose, ada, one)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_allows_nothing_else(ada, one, purpose):
    token = maker(ada)(purpose, one)
    for other in set(PURPOSES) - {purpose}:
        with pytest.raises(Void, match="This link is incomplete"):
            read(other, token)


def test_every_single_change_of_a_token_makes_it_void(ada, one):
    token = maker(ada)("up", one)
    for place, char in enumerate(token):
        with pytest.raises(Void):
            read("up", token[:place] + ("A" if char != "A" else "B") + token[place + 1 :])


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "r1-1-1", "\x00", "é.é.é", "x" * 5000])
def test_what_is_no_token_is_void(db, token):
    with pytest.raises(Void, match="This link is incomplete"):
        read("up", token)


def test_a_purpose_that_there_is_not_is_void(ada, one):
    with pytest.raises(Void, match="This link is incomplete"):
        read("delete", maker(ada)("up", one))


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if LIFETIMES[purpose]])
def test_a_token_that_is_too_old_says_so(ada, one, later, purpose):
    token = maker(ada)(purpose, one)
    later(LIFETIMES[purpose] - timedelta(minutes=1))
    assert read(purpose, token)
    later(LIFETIMES[purpose] + timedelta(minutes=1))
    with pytest.raises(Void, match=f"good for {LIFETIMES[purpose].days} days"):
        read(purpose, token)


def test_unsubscribing_never_gets_too_old(ada, later):
    token = maker(ada)("unsubscribe")
    later(timedelta(days=4000))
    assert read("unsubscribe", token).recipient == ada


def test_adas_token_is_hers_though_bob_holds_it(ada, bob, one):
    assert read("up", maker(ada)("up", one)).recipient == ada
    assert maker(ada)("up", one) != maker(bob)("up", one)


def test_a_reader_and_a_subscriber_of_one_number_are_two(ada):
    eve = subscriber(ada.email, pk=ada.pk)
    assert read("unsubscribe", maker(eve)("unsubscribe")).recipient == eve
    assert read("unsubscribe", maker(ada)("unsubscribe")).recipient == ada


def test_a_new_address_makes_tokens_void(ada, one):
    up, off = maker(ada)("up", one), maker(ada)("unsubscribe")
    ada.email = "lovelace@example.org"
    ada.save()
    for purpose, token in (("up", up), ("unsubscribe", off)):
        with pytest.raises(Void, match="no longer valid"):
            read(purpose, token)


@pytest.mark.parametrize("gone", ["deleted", "inactive"])
def test_a_token_of_an_account_that_is_gone_is_void(ada, one, gone):
    token = maker(ada)("up", one)
    ada.is_active = False
    ada.delete() if gone == "deleted" else ada.save()
    with pytest.raises(Void, match="no longer exists"):
        read("up", token)


def test_a_new_key_makes_votes_and_saves_void_and_leaves_unsubscribing(ada, one):
    wish(ada)
    made = {purpose: maker(ada)(purpose, one) for purpose in (*ON_PAPERS, "unsubscribe")}
    DigestWish.objects.update(link_key="another")
    for purpose in ON_PAPERS:
        with pytest.raises(Void, match="no longer valid"):
            read(purpose, made[purpose])
    assert read("unsubscribe", made["unsubscribe"])


def test_a_token_of_a_paper_that_has_left_says_so(ada, one):
    token = maker(ada)("up", one)
    one.delete()
    with pytest.raises(Void, match="removed from the catalogue"):
        read("up", token)


def test_a_token_outlives_a_new_secret_key_that_names_the_old_one(ada, one, settings):
    token = maker(ada)("up", one)
    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert read("up", token)
    with override_settings(SECRET_KEY="n" * 50), pytest.raises(Void):
        read("up", token)
