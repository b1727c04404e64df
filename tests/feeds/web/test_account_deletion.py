"""Deleting an account: only with the password, and then wholly."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from accounts.models import AuthToken
from recommender import votes
from recommender.models import Paper, Vote
from tests.conftest import make_reader
from tests.recommender.planted import a_paper
from tests.threads import all_at_once, commits

PAGE = "/settings/delete/"
PASSWORD = "a long password for ada"


@pytest.fixture
def adas(ada, client_of):
    votes.cast(ada, a_paper("2607.00001"), 1)
    ada.interests.create(kind="topic", text="graphs")
    AuthToken.issue(ada, "script", "read", None)
    return client_of(ada)


def is_there(reader):
    return get_user_model().objects.filter(pk=reader.pk).exists()


def test_anonymous_is_sent_to_sign_in(anonymous):
    assert anonymous.post(PAGE, {"password": PASSWORD})["Location"] == f"/accounts/login/?next={PAGE}"


def test_the_page_says_what_goes_and_deletes_nothing(adas, ada):
    assert "cannot be restored" in adas.get(PAGE).content.decode()
    assert is_there(ada)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper()])
def test_another_password_deletes_nothing(adas, ada, password):
    response = adas.post(PAGE, {"password": password})
    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    assert (is_there(ada), ada.votes.count()) == (True, 1)


def test_the_password_deletes_the_account_and_all_that_is_tied_to_it(adas, ada, bob):
    response = adas.post(PAGE, {"password": PASSWORD}, follow=True)
    assert "Your account and all of its data were deleted." in response.content.decode()
    assert (is_there(ada), is_there(bob), Vote.objects.count(), AuthToken.objects.count()) == (False, True, 0, 0)
    assert Paper.objects.filter(public_id="2607.00001").exists()


def test_whoever_has_gone_is_signed_out_and_cannot_come_back(adas, ada, anonymous):
    adas.post(PAGE, {"password": PASSWORD})
    assert adas.get("/settings/").status_code == 302
    again = anonymous.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    assert again.status_code == 200
    assert mail.outbox == []


def test_guessing_ends_after_some_tries(adas, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "2/m/user"}
    for password in ("one", "two"):
        adas.post(PAGE, {"password": password})
    response = adas.post(PAGE, {"password": PASSWORD})
    assert "Too many attempts" in response.content.decode()
    assert is_there(ada)


@commits
def test_the_button_pressed_twice_at_once_deletes_once_and_is_no_error(client_of):
    ada = make_reader("ada")
    clients = [client_of(ada) for _ in range(3)]
    answers = all_at_once(*[lambda c=c: c.post(PAGE, {"password": PASSWORD}).status_code for c in clients])
    assert (answers, is_there(ada)) == ([302] * 3, False)
