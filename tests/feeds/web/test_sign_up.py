"""From sign-up to a new password, as allauth is set up here; who has an account stays hidden."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import base_user, get_user
from django.urls import reverse

from accounts.models import User

PASSWORD = "seven wild horses"
LINK = re.compile(r"http://testserver(/accounts/\S+)")


def sign_up(client, email="eve@example.org", password=PASSWORD):
    return client.post(reverse("account_signup"), {"email": email, "password1": password, "password2": password})


def log_in(client, email, password):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def link_in(mail):
    return LINK.search(mail.body)[1]


def signed_in(client):
    return get_user(client).is_authenticated


def test_a_newcomer_signs_up_confirms_and_is_in(anonymous, mailoutbox):
    assert sign_up(anonymous)["Location"] == reverse("account_email_verification_sent")
    assert not signed_in(anonymous)
    anonymous.get(link_in(mailoutbox[0]))
    assert not EmailAddress.objects.get().verified  # a mail scanner that follows links confirms nothing
    anonymous.post(link_in(mailoutbox[0]))
    assert EmailAddress.objects.get().verified
    assert signed_in(anonymous)


def test_a_newcomer_who_confirms_is_led_to_the_first_steps(anonymous, mailoutbox):
    sign_up(anonymous)
    assert anonymous.post(link_in(mailoutbox[0]))["Location"] == "/welcome/"


def test_an_unconfirmed_newcomer_cannot_log_in(anonymous, mailoutbox):
    sign_up(anonymous)
    response = log_in(anonymous, "eve@example.org", PASSWORD)
    assert response["Location"] == reverse("account_email_verification_sent")
    assert not signed_in(anonymous)


@pytest.mark.parametrize("email", ["eve@example.org", "ada@example.org"])
def test_a_password_is_hashed_once_whether_or_not_the_address_has_an_account(ada, anonymous, monkeypatch, email):
    hashed = []
    make_password = base_user.make_password
    monkeypatch.setattr(base_user, "make_password", lambda *args: hashed.append(args) or make_password(*args))
    sign_up(anonymous, email)
    assert len(hashed) == 1


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG"])
def test_a_confirmed_reader_logs_in_and_out(ada, anonymous, email):
    log_in(anonymous, email, "a long password for ada")
    assert signed_in(anonymous)
    anonymous.post(reverse("account_logout"))
    assert not signed_in(anonymous)


def test_logging_out_takes_a_post(ada, client_of):
    client = client_of(ada)
    client.get(reverse("account_logout"))
    assert signed_in(client)


def test_a_forgotten_password_is_replaced_by_mail(ada, anonymous, mailoutbox):
    anonymous.post(reverse("account_reset_password"), {"email": "ada@example.org"})
    form = anonymous.get(link_in(mailoutbox[0]), follow=True)
    anonymous.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    log_in(anonymous, "ada@example.org", PASSWORD)
    assert signed_in(anonymous)


def test_a_reset_link_works_once(ada, anonymous, mailoutbox):
    anonymous.post(reverse("account_reset_password"), {"email": "ada@example.org"})
    link = link_in(mailoutbox[0])
    form = anonymous.get(link, follow=True)
    anonymous.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    again = anonymous.get(link, follow=True)
    assert again.context["token_fail"]


def test_sign_up_answers_the_same_for_a_known_address(ada, anonymous, mailoutbox, client):
    known, unknown = sign_up(anonymous, "ada@example.org"), sign_up(client, "eve@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"], ["eve@example.org"]]


def test_a_reset_answers_the_same_for_an_unknown_address(ada, anonymous, mailoutbox):
    answers = [
        anonymous.post(reverse("account_reset_password"), {"email": email})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert answers[0]["Location"] == answers[1]["Location"]


def test_a_login_fails_the_same_for_an_unknown_address(ada, anonymous):
    pages = [
        log_in(anonymous, email, "a wrong password").context["form"].errors
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("password", ["short", "password1234", "eve@example.org"])
def test_a_weak_password_is_refused(anonymous, password):
    assert sign_up(anonymous, password=password).status_code == 200
    assert not User.objects.exists()


def test_guessing_passwords_ends_after_five_tries_even_with_the_right_one(ada, anonymous):
    for _ in range(5):
        log_in(anonymous, "ada@example.org", "a wrong password")
    response = log_in(anonymous, "ada@example.org", "a long password for ada")
    assert "Too many failed login attempts" in response.content.decode()
    assert not signed_in(anonymous)


def test_too_many_sign_ups_from_one_place_are_a_429(anonymous):
    answers = [sign_up(anonymous, password="short").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_an_outside_address_to_go_on_to_is_ignored(ada, anonymous):
    sent = {"login": "ada@example.org", "password": "a long password for ada", "next": "https://evil.example/"}
    assert anonymous.post(reverse("account_login"), sent)["Location"] == "/"
