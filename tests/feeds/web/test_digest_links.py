"""The pages behind a mail's links: looking changes nothing, the button does, and a wrong token says why."""

import pytest
from django.test import Client
from django.urls import reverse

from feeds.digest.tokens import ON_PAPERS, PURPOSES, maker
from feeds.models import DigestWish, Subscriber
from recommender.collections import reading_list, saved_in
from tests.feeds.digest.readers import subscriber, wish
from tests.feeds.planting import paper


@pytest.fixture
def one(db):
    return paper("2607.00001", title="On graphs")


@pytest.fixture
def stranger():
    """Somebody's browser without a session, that checks what Django checks of forms."""
    return Client(enforce_csrf_checks=True)


def act(client, purpose, token):
    return client.post(reverse("digest-act", args=[purpose]), {"token": token})


def votes(reader):
    return dict(reader.votes.values_list("paper__public_id", "value"))


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_opens_a_page_with_a_button_and_changes_nothing(ada, one, stranger, purpose):
    wish(ada)
    token = maker(ada)(purpose, one)
    page = stranger.get(reverse("digest-link", args=[purpose, token]))
    assert page.status_code == 200
    assert f'name="token" value="{token}"' in page.content.decode()
    assert (votes(ada), saved_in(reading_list(ada)).count()) == ({}, 0)
    assert DigestWish.objects.get().is_on


@pytest.mark.parametrize(("purpose", "value"), [("up", 1), ("down", -1)])
def test_the_button_votes_for_the_reader_without_a_session(ada, one, stranger, purpose, value):
    answer = act(stranger, purpose, maker(ada)(purpose, one))
    assert (answer.status_code, votes(ada)) == (200, {"2607.00001": value})
    assert not stranger.cookies.get("sessionid")


def test_the_button_pressed_twice_votes_once(ada, one, stranger):
    for _ in range(2):
        act(stranger, "up", maker(ada)("up", one))
    assert ada.vote_events.count() == 1


def test_the_button_saves_to_the_reading_list(ada, one, stranger):
    act(stranger, "save", maker(ada)("save", one))
    assert [saved.paper for saved in saved_in(reading_list(ada))] == [one]


def test_adas_token_in_bobs_browser_votes_for_ada_and_not_for_bob(ada, bob, one, client_of):
    act(client_of(bob), "up", maker(ada)("up", one))
    assert (votes(ada), votes(bob)) == ({"2607.00001": 1}, {})


@pytest.mark.parametrize("purpose", ON_PAPERS)
def test_a_token_of_another_purpose_or_altered_does_nothing_and_says_why(ada, one, stranger, purpose):
    good = maker(ada)(purpose, one)
    other = maker(ada)("unsubscribe", one)
    for token in (other, good[:-1], good.replace(f"r{ada.pk}", f"r{ada.pk + 1}", 1), "", "nonsense"):
        answer = act(stranger, purpose, token)
        assert (answer.status_code, b"This link is incomplete" in answer.content) == (403, True)
    assert (votes(ada), saved_in(reading_list(ada)).count()) == ({}, 0)


def test_a_link_that_is_not_whole_says_so_too(one, stranger):
    for address in (reverse("digest-link", args=["up", "x.y.z"]), reverse("digest-unsubscribe", args=["x.y.z"])):
        page = stranger.get(address)
        assert (page.status_code, b"Nothing was changed" in page.content) == (403, True)


def test_the_buttons_address_cannot_be_looked_at(one, stranger):
    assert stranger.get(reverse("digest-act", args=["up"])).status_code == 405
    assert stranger.post(reverse("digest-link", args=["up", "x"])).status_code in (403, 405)


def test_nobody_is_told_the_token_by_way_of_the_page(ada, one, stranger):
    page = stranger.get(reverse("digest-link", args=["up", maker(ada)("up", one)]))
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("who", ["reader", "subscriber"])
def test_one_click_unsubscribes_at_once_without_a_cookie(ada, stranger, who):
    wish(ada)
    to = ada if who == "reader" else subscriber("eve@example.org")
    address = reverse("digest-unsubscribe", args=[maker(to)("unsubscribe")])
    for _ in range(2):
        answer = stranger.post(address, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.cookies) == (200, {})
    left = Subscriber.objects.filter(left_at__isnull=False).count()
    assert (DigestWish.objects.get().is_on, left) == ((False, 0) if who == "reader" else (True, 1))


def test_one_click_may_come_as_a_form_with_parts(ada, stranger):
    wish(ada)
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    address = reverse("digest-unsubscribe", args=[maker(ada)("unsubscribe")])
    assert stranger.post(address, body, content_type="multipart/form-data; boundary=b").status_code == 200
    assert not DigestWish.objects.get().is_on


def test_a_post_that_is_not_one_click_does_nothing_and_says_why(ada, stranger):
    wish(ada)
    answer = stranger.post(reverse("digest-unsubscribe", args=[maker(ada)("unsubscribe")]), {"x": "y"})
    assert (answer.status_code, b"List-Unsubscribe=One-Click" in answer.content) == (400, True)
    assert DigestWish.objects.get().is_on


def test_unsubscribing_adas_mails_leaves_bobs(ada, bob, stranger):
    wish(ada)
    wish(bob)
    act(stranger, "unsubscribe", maker(ada)("unsubscribe"))
    assert dict(DigestWish.objects.values_list("reader__name", "is_on")) == {"Ada": False, "Bob": True}


@pytest.mark.parametrize("who", ["reader", "subscriber"])
def test_a_mistake_is_put_right_from_the_page_that_follows(ada, stranger, who):
    wish(ada)
    to = ada if who == "reader" else subscriber("eve@example.org")
    page = act(stranger, "unsubscribe", maker(to)("unsubscribe"))
    again = act(stranger, "resubscribe", page.context["again"])
    assert again.status_code == 200
    assert DigestWish.objects.get().is_on
    assert not Subscriber.objects.filter(left_at__isnull=False)


def test_subscribing_again_does_not_lift_a_pause(ada, stranger):
    wish(ada, is_on=False, paused_at=ada.joined_at, paused_reason="Mails are refused.")
    act(stranger, "resubscribe", maker(ada)("resubscribe"))
    assert not DigestWish.objects.get().is_wanted
