"""API tokens: whose request it is and what it may do."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthToken

MALFORMED = [
    "",
    "pb_",
    "pb_ " + "a" * 64,
    "pb_" + "g" * 64,
    "pb_" + "a" * 63,
    "pb_" + "a" * 65,
    "pb_" + "A" * 64,
    "\xff\xfe",
    "pb_" + "é" * 64,
    "x" * 7000,
    "pb_" + "a" * 64 + "\x00",
]


def with_key(key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def issue(reader, scope="write", expires_at=None):
    return AuthToken.issue(reader, "script", scope, expires_at)


def test_a_token_signs_its_reader_in(ada, bob):
    key = issue(ada)[1]
    assert with_key(key).get(reverse("me")).json()["email"] == "ada@example.org"


@pytest.mark.parametrize("key", MALFORMED, ids=lambda key: ascii(key[:12]))
def test_a_malformed_token_is_a_401(db, key):
    response = with_key(key).get(reverse("me"))
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_unknown_token_is_a_401_with_the_remedy(db):
    response = with_key("pb_" + "0" * 64).get(reverse("me"))
    assert response.status_code == 401
    assert "unknown or was revoked; create a new one" in response.json()["detail"]


def test_a_token_that_differs_in_its_last_letter_is_a_401(ada):
    key = issue(ada)[1]
    other = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert with_key(other).get(reverse("me")).status_code == 401


def test_a_hugging_face_token_is_refused_with_an_explanation_and_not_logged(db, caplog):
    with caplog.at_level(logging.DEBUG):
        response = with_key("hf_abcdefghijklmnop").get(reverse("me"))
    assert response.status_code == 401
    assert "not huggingface.co" in response.json()["detail"]
    assert "hf_abcdefghijklmnop" not in response.content.decode() + caplog.text


def test_an_expired_token_is_a_401_that_says_when(ada):
    key = issue(ada, expires_at=timezone.now() - timedelta(days=1))[1]
    response = with_key(key).get(reverse("me"))
    assert response.status_code == 401
    assert "expired on" in response.json()["detail"]


def test_reading_deletes_no_expired_tokens(ada):
    issue(ada, expires_at=timezone.now() - timedelta(days=1))
    with_key(issue(ada)[1]).get(reverse("me"))
    assert ada.auth_token_set.count() == 2


def test_a_token_of_a_deactivated_reader_is_refused(ada):
    key = issue(ada)[1]
    ada.is_active = False
    ada.save()
    assert with_key(key).get(reverse("me")).status_code == 401


def test_a_token_takes_one_query(ada, django_assert_num_queries):
    client = with_key(issue(ada)[1])
    with django_assert_num_queries(2):  # the token with its reader; the count of interests
        client.get(reverse("me"))


def test_a_read_token_reads_and_does_not_write(ada):
    client = with_key(issue(ada, "read")[1])
    assert client.get(reverse("me")).status_code == 200
    response = client.patch(reverse("me"), {"name": "Eve"})
    assert response.status_code == 403
    assert 'scope "write"' in response.json()["detail"]


def test_a_session_needs_a_csrf_token_to_write(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    change = {"data": {"name": "Countess"}, "content_type": "application/json"}
    assert client.patch(reverse("me"), **change).status_code == 403
    client.get(reverse("settings-profile"))
    token = client.cookies["csrftoken"].value
    assert client.patch(reverse("me"), headers={"X-CSRFToken": token}, **change).status_code == 200


def test_an_invalid_token_is_refused_despite_a_session(ada, client_of):
    response = client_of(ada).get(reverse("me"), headers={"Authorization": "Bearer pb_x"})
    assert response.status_code == 401


def test_the_row_does_not_hold_the_key(ada):
    token, key = issue(ada)
    row = AuthToken.objects.filter(pk=token.pk).values().get()
    assert key not in map(str, row.values())
    assert token.public_id not in (token.digest, token.token_key)
