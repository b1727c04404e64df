"""Tokens: for one purpose, recipient, paper and time; otherwise the error says why."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test.utils import override_settings

from feeds.digest.tokens import LIFETIMES, ON_PAPERS, PURPOSES, InvalidToken, Permission, read, token_maker
from feeds.models import DigestWish
from tests.feeds.planting import paper

from .readers import subscriber, wish


@pytest.fixture
def one(db):
    return paper("2607.00001")


@pytest.fixture
def later(monkeypatch):
    """Move the clock of the signatures forward."""
    real = signing.time.time

    def move(by):
        monkeypatch.setattr(signing.time, "time", lambda: real() + by.total_seconds())

    return move


@pytest.mark.parametrize("purpose", ON_PAPERS)
def test_a_token_allows_what_it_was_made_for(ada, one, purpose):
    assert read(purpose, token_maker(ada)(purpose, one)) == Permission(purpose, ada, one)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_allows_nothing_else(ada, one, purpose):
    token = token_maker(ada)(purpose, one)
    for other in set(PURPOSES) - {purpose}:
        with pytest.raises(InvalidToken, match="incomplete"):
            read(other, token)


def test_changing_any_character_makes_a_token_invalid(ada, one):
    token = token_maker(ada)("up", one)
    for place, char in enumerate(token):
        with pytest.raises(InvalidToken):
            read("up", token[:place] + ("A" if char != "A" else "B") + token[place + 1 :])


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "r1-1-1", "\x00", "é.é.é", "x" * 5000])
def test_malformed_tokens_are_invalid(db, token):
    with pytest.raises(InvalidToken, match="incomplete"):
        read("up", token)


def test_an_unknown_purpose_is_invalid(ada, one):
    with pytest.raises(InvalidToken, match="incomplete"):
        read("delete", token_maker(ada)("up", one))


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if LIFETIMES[purpose]])
def test_an_expired_token_says_so(ada, one, later, purpose):
    token = token_maker(ada)(purpose, one)
    later(LIFETIMES[purpose] - timedelta(minutes=1))
    assert read(purpose, token)
    later(LIFETIMES[purpose] + timedelta(minutes=1))
    with pytest.raises(InvalidToken, match=f"valid for {LIFETIMES[purpose].days} days"):
        read(purpose, token)


def test_an_unsubscribe_token_never_expires(ada, later):
    token = token_maker(ada)("unsubscribe")
    later(timedelta(days=4000))
    assert read("unsubscribe", token).recipient == ada


def test_a_token_acts_for_its_recipient_whoever_holds_it(ada, bob, one):
    assert read("up", token_maker(ada)("up", one)).recipient == ada
    assert token_maker(ada)("up", one) != token_maker(bob)("up", one)


def test_a_reader_and_a_subscriber_with_the_same_key_have_different_tokens(ada):
    eve = subscriber(ada.email, pk=ada.pk)
    assert read("unsubscribe", token_maker(eve)("unsubscribe")).recipient == eve
    assert read("unsubscribe", token_maker(ada)("unsubscribe")).recipient == ada


def test_a_new_address_makes_tokens_invalid(ada, one):
    up, off = token_maker(ada)("up", one), token_maker(ada)("unsubscribe")
    ada.email = "lovelace@example.org"
    ada.save()
    for purpose, token in (("up", up), ("unsubscribe", off)):
        with pytest.raises(InvalidToken, match="another address"):
            read(purpose, token)


@pytest.mark.parametrize("gone", ["deleted", "inactive"])
def test_a_token_of_a_deleted_or_inactive_account_is_invalid(ada, one, gone):
    token = token_maker(ada)("up", one)
    ada.is_active = False
    ada.delete() if gone == "deleted" else ada.save()
    with pytest.raises(InvalidToken, match="no longer exists"):
        read("up", token)


def test_a_new_key_revokes_votes_and_saves_but_not_unsubscribing(ada, one):
    wish(ada)
    links = {purpose: token_maker(ada)(purpose, one) for purpose in (*ON_PAPERS, "unsubscribe")}
    DigestWish.objects.update(link_key="another")
    for purpose in ON_PAPERS:
        with pytest.raises(InvalidToken, match="earlier links were revoked"):
            read(purpose, links[purpose])
    assert read("unsubscribe", links["unsubscribe"])


def test_a_token_of_a_removed_paper_says_so(ada, one):
    token = token_maker(ada)("up", one)
    one.delete()
    with pytest.raises(InvalidToken, match="removed from the catalogue"):
        read("up", token)


def test_a_token_survives_a_secret_key_change_with_a_fallback(ada, one, settings):
    token = token_maker(ada)("up", one)
    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert read("up", token)
    with override_settings(SECRET_KEY="n" * 50), pytest.raises(InvalidToken):
        read("up", token)
