"""The settings pages: profile, interests and tokens."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import AuthToken

PAGES = ["settings-profile", "settings-interests", "settings-tokens"]


def rows(reader):
    interest = reader.interests.create(kind="topic", text="graphs")
    token = AuthToken.issue(reader, "script", "read", None)[0]
    return [
        reverse("settings-interest-remove", args=[interest.pk]),
        reverse("settings-token-revoke", args=[token.public_id]),
    ]


@pytest.mark.parametrize("page", PAGES)
def test_anonymous_is_sent_to_sign_in(anonymous, page):
    for response in (anonymous.get(reverse(page)), anonymous.post(reverse(page), {"name": "Eve"})):
        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={reverse(page)}")


@pytest.mark.parametrize("page", PAGES)
def test_ada_sees_her_settings_with_links_to_mail_and_password(ada, client_of, page):
    html = client_of(ada).get(reverse(page)).content.decode()
    for name in [*PAGES, "account_email", "account_change_password"]:
        assert f'href="{reverse(name)}"' in html


def test_anonymous_and_bob_cannot_change_adas_rows(ada, bob, anonymous, client_of):
    for address in rows(ada):
        assert anonymous.post(address)["Location"].startswith("/accounts/login/")
        assert client_of(bob).post(address).status_code == 404
        assert client_of(ada).get(address).status_code == 405
    assert (ada.interests.count(), ada.auth_token_set.count()) == (1, 1)


def test_ada_removes_and_revokes_her_own(ada, client_of):
    for address in rows(ada):
        assert client_of(ada).post(address).status_code == 302
    ada.refresh_from_db()
    assert (ada.interests.count(), ada.auth_token_set.count(), ada.taste_version) == (0, 0, 1)


@pytest.mark.parametrize("page", PAGES)
def test_a_post_without_a_csrf_token_changes_nothing(ada, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"name": "Eve", "kind": "topic", "text": "graphs", "scope": "write", "lifetime": "7"}
    assert client.post(reverse(page), sent).status_code == 403
    ada.refresh_from_db()
    assert (ada.name, ada.interests.count(), ada.auth_token_set.count()) == ("Ada", 0, 0)


def test_a_name_is_saved_on_one_line(ada, client_of):
    response = client_of(ada).post(reverse("settings-profile"), {"name": " Ada \n Lovelace"})
    ada.refresh_from_db()
    assert (response.status_code, ada.name) == (302, "Ada Lovelace")


def test_the_profile_page_links_to_exploration_and_does_not_change_it(ada, client_of):
    ada.exploration = 0.2
    ada.save()
    client_of(ada).post(reverse("settings-profile"), {"name": "Ada", "exploration": "0.1"})
    ada.refresh_from_db()
    page = client_of(ada).get(reverse("settings-profile")).content.decode()
    assert (ada.exploration, 'href="/taste/#sliders"' in page) == (0.2, True)


@pytest.mark.parametrize("name", ["x" * 101, "Ada\x07", "Ada\x00"])
def test_an_invalid_name_is_an_error_beside_its_field(ada, client_of, name):
    response = client_of(ada).post(reverse("settings-profile"), {"name": name})
    ada.refresh_from_db()
    assert (response.status_code, ada.name) == (200, "Ada")
    assert 'id="id_name_error"' in response.content.decode()


@pytest.mark.parametrize(
    ("kind", "text", "stored"), [("category", "cs.lg", "cs.LG"), ("topic", "two  words", "two words")]
)
def test_an_interest_is_added_and_listed(ada, client_of, kind, text, stored):
    response = client_of(ada).post(reverse("settings-interests"), {"kind": kind, "text": text}, follow=True)
    ada.refresh_from_db()
    assert [interest.text for interest in ada.interests.all()] == [stored]
    assert (f"Remove {stored}" in response.content.decode(), ada.taste_version) == (True, 1)


BAD_INTERESTS = [
    ("category", "cs.QQ", "not an arXiv category"),
    ("category", "", "required"),
    ("topic", "a", "2 to 200"),
    ("topic", "graphs", "already among"),
    ("topic", "x" * 201, "200"),
    ("journal", "Knuth", "journal"),
    ("", "Knuth", "required"),
]


@pytest.mark.parametrize(("kind", "text", "message"), BAD_INTERESTS)
def test_an_invalid_interest_is_an_error_on_the_page(ada, client_of, kind, text, message):
    ada.interests.create(kind="topic", text="graphs")
    response = client_of(ada).post(reverse("settings-interests"), {"kind": kind, "text": text})
    assert response.status_code == 200
    assert message in response.content.decode()
    assert ada.interests.count() == 1


def test_the_error_of_one_form_is_tied_to_its_input(ada, client_of):
    html = client_of(ada).post(reverse("settings-interests"), {"kind": "category", "text": "cs.QQ"}).content.decode()
    assert 'id="category-text_error"' in html
    assert 'aria-describedby="category-text_helptext category-text_error"' in html
    assert 'id="topic-text_error"' not in html


def make_token(client, **changes):
    return client.post(reverse("settings-tokens"), {"name": "script", "scope": "write", "lifetime": "30", **changes})


def test_a_key_is_shown_once_and_works(ada, client_of, api):
    client = client_of(ada)
    response = make_token(client)
    key = response.context["key"]
    assert f'value="{key}"' in response.content.decode()
    assert escape(f'curl -H "Authorization: Bearer {key}" http://testserver/api/v1/me/') in escape(
        response.content.decode()
    )
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert api.get(reverse("me")).status_code == 200
    assert key not in client.get(reverse("settings-tokens")).content.decode()


def test_a_key_is_in_no_session_no_cookie_and_no_cache(ada, client_of):
    client = client_of(ada)
    response = make_token(client)
    key = response.context["key"]
    assert key not in str(dict(client.session)) + str(client.cookies)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("lifetime", "days"), [("7", 7), ("30", 30), ("90", 90), ("365", 365)])
def test_a_token_has_the_chosen_lifetime(ada, client_of, lifetime, days):
    make_token(client_of(ada), lifetime=lifetime)
    token = ada.auth_token_set.get()
    assert round((token.expiry - token.created).total_seconds() / 86400, 3) == days


def test_a_token_can_have_no_expiry(ada, client_of):
    make_token(client_of(ada), lifetime="never")
    assert ada.auth_token_set.get().expiry is None


@pytest.mark.parametrize(
    "bad",
    [{"name": ""}, {"name": "x" * 101}, {"name": "\x07"}, {"scope": "admin"}, {"lifetime": "8"}, {"lifetime": ""}],
)
def test_an_invalid_form_creates_no_token(ada, client_of, bad):
    response = make_token(client_of(ada), **bad)
    assert (response.status_code, response.context["key"]) == (200, None)
    assert f'id="id_{next(iter(bad))}_error"' in response.content.decode()
    assert not ada.auth_token_set.exists()


def test_the_fifty_first_token_is_an_error_on_the_page(ada, client_of):
    for _ in range(50):
        AuthToken.issue(ada, "script", "read", None)
    assert "revoke one first" in make_token(client_of(ada)).content.decode()


def test_names_are_escaped(ada, client_of):
    html = make_token(client_of(ada), name="<script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in html


def test_queries_of_the_token_page_do_not_grow_with_tokens(ada, client_of, django_assert_num_queries):
    client = client_of(ada)
    for count in (1, 20):
        for _ in range(count):
            AuthToken.issue(ada, "script", "read", None)
        with django_assert_num_queries(3):  # session, reader, tokens
            client.get(reverse("settings-tokens"))
