"""`/me/`, interests and tokens over REST."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthToken


def interest_of(reader):
    return reader.interests.create(kind="topic", text=f"papers of {reader.name}")


def token_of(reader, scope="read"):
    return AuthToken.issue(reader, f"script of {reader.name}", scope, None)[0]


def with_read_token(reader):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer " + AuthToken.issue(reader, "reads", "read", None)[1])
    return client


def addresses(reader):
    return [
        ("get", reverse("me")),
        ("patch", reverse("me")),
        ("get", reverse("me-interests")),
        ("post", reverse("me-interests")),
        ("get", reverse("me-interest", args=[interest_of(reader).pk])),
        ("delete", reverse("me-interest", args=[reader.interests.get().pk])),
        ("get", reverse("me-tokens")),
        ("post", reverse("me-tokens")),
        ("get", reverse("me-token", args=[token_of(reader).public_id])),
        ("delete", reverse("me-token", args=[reader.auth_token_set.first().public_id])),
    ]


def test_anonymous_gets_a_401_everywhere(ada, api):
    for method, address in addresses(ada):
        assert getattr(api, method)(address).status_code == 401, (method, address)
    assert (ada.interests.count(), ada.auth_token_set.count()) == (1, 1)


def test_bob_cannot_read_adas_interests_and_tokens(ada, bob, api_of):
    rows = [reverse("me-interest", args=[interest_of(ada).pk]), reverse("me-token", args=[token_of(ada).public_id])]
    client = api_of(bob)
    for address in rows:
        assert (client.get(address).status_code, client.delete(address).status_code) == (404, 404)
    assert client.get(reverse("me-interests")).json()["count"] == 0
    assert [row["name"] for row in client.get(reverse("me-tokens")).json()["results"]] == ["test"]


def test_the_profile_has_these_fields_and_no_id(ada, api_of):
    interest_of(ada)
    me = api_of(ada).get(reverse("me")).json()
    joined_at = ada.joined_at.isoformat().replace("+00:00", "Z")
    assert me == {
        "email": "ada@example.org",
        "name": "Ada",
        "exploration": 0.0,
        "freshness": 0.0,
        "is_paused": False,
        "gives_evidence": True,
        "own_names": [],
        "hides_own_papers": False,
        "joined_at": joined_at,
        "interest_count": 1,
    }


def test_a_name_can_be_changed_and_emptied(ada, api_of):
    assert api_of(ada).patch(reverse("me"), {"name": " Ada  Lovelace "}).json()["name"] == "Ada Lovelace"
    assert api_of(ada).patch(reverse("me"), {"name": ""}).json()["name"] == ""


BAD_ME = [
    ({"email": "eve@example.org"}, "email", "cannot be set; the fields are exploration, freshness, gives_evidence"),
    ({"joined_at": "2020-01-01T00:00:00Z"}, "joined_at", "cannot be set"),
    ({"is_staff": True}, "is_staff", "cannot be set"),
    ({"name": None}, "name", "null"),
    ({"name": ["Ada"]}, "name", "string"),
    ({"name": "x" * 101}, "name", "100"),
    ({"name": "Ada\x07"}, "name", "control characters"),
    ({"name": "Ada\x00"}, "name", "control characters"),
    *(({"exploration": bad}, "exploration", "a number from 0 to 0.3") for bad in (-0.1, 0.31, "0.1", True, [0.1])),
    ({"exploration": None}, "exploration", "null"),
    *(({"freshness": bad}, "freshness", "a number from 0 to 1") for bad in (-0.1, 1.1, "1", True)),
    *(({"is_paused": bad}, "is_paused", "true or false") for bad in (1, "yes", [True])),
    ({"own_names": ["A"]}, "own_names", "2 to 100"),
    ({"own_names": ["?!"]}, "own_names", "no letter or digit"),
    ({"own_names": [f"Ada {n}" for n in range(6)]}, "own_names", "these are 6"),
    ({"own_names": "Ada Lovelace"}, "own_names", "list"),
    ({"hides_own_papers": True}, "hides_own_papers", "give own_names"),
]


@pytest.mark.parametrize(("change", "field", "message"), BAD_ME)
def test_an_invalid_change_of_the_profile_is_a_400(ada, api_of, change, field, message):
    response = api_of(ada).patch(reverse("me"), change)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], message in error["message"]) == (field, True)
    ada.refresh_from_db()
    assert (ada.name, ada.email, ada.is_staff, ada.exploration) == ("Ada", "ada@example.org", False, 0)


@pytest.mark.parametrize("share", [0, 0.05, 0.3])
def test_a_reader_sets_their_share_of_exploration(ada, api_of, share):
    response = api_of(ada).patch(reverse("me"), {"exploration": share})
    ada.refresh_from_db()
    assert (response.status_code, response.json()["exploration"], ada.exploration) == (200, share, share)


def test_a_reader_changes_the_settings_of_their_rankings(ada, api_of):
    wishes = {"freshness": 0.5, "is_paused": True, "own_names": ["Ada Lovelace"], "hides_own_papers": True}
    response = api_of(ada).patch(reverse("me"), wishes)
    ada.refresh_from_db()
    assert {name: response.json()[name] for name in wishes} == wishes
    assert {name: getattr(ada, name) for name in wishes} == wishes


def test_an_interest_is_added_listed_and_removed(ada, api_of):
    client = api_of(ada)
    response = client.post(reverse("me-interests"), {"kind": "category", "text": "cs.lg"})
    assert (response.status_code, response.json()["text"]) == (201, "cs.LG")
    address = reverse("me-interest", args=[response.json()["id"]])
    assert client.get(address).json() == response.json()
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_every_change_of_interests_counts_as_a_change_of_taste(ada, api_of):
    interest = api_of(ada).post(reverse("me-interests"), {"kind": "topic", "text": "graphs"}).json()
    ada.refresh_from_db()
    assert ada.taste_version == 1
    api_of(ada).delete(reverse("me-interest", args=[interest["id"]]))
    ada.refresh_from_db()
    assert ada.taste_version == 2


BAD_INTERESTS = [
    ({"kind": "category", "text": "cs.QQ"}, "text", "cs.QQ", "not an arXiv category"),
    ({"kind": "category", "text": "deep learning"}, "text", "deep learning", "such as cs.LG"),
    ({"kind": "topic", "text": "a"}, "text", "a", "2 to 200 characters"),
    ({"kind": "topic", "text": ""}, "text", "", "blank"),
    ({"kind": "topic", "text": "graphs"}, "text", "graphs", "already among"),
    ({"kind": "topic", "text": "GRAPHS"}, "text", "GRAPHS", "already among"),
    ({"kind": "topic", "text": "a\x07b"}, "text", "a\x07b", "control"),
    ({"kind": "", "text": "ab"}, "kind", "", '"paper" or "author"'),
    ({"text": "ab"}, "kind", None, "required"),
    ({"kind": "topic", "text": "ab", "reader": 1}, "reader", 1, "cannot be set"),
]


@pytest.mark.parametrize(("sent", "field", "value", "message"), BAD_INTERESTS)
def test_an_invalid_interest_is_a_400(ada, api_of, sent, field, value, message):
    ada.interests.create(kind="topic", text="graphs")
    response = api_of(ada).post(reverse("me-interests"), sent)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["value"], message in error["message"]) == (field, value, True)
    assert ada.interests.count() == 1


def test_the_number_of_queries_does_not_depend_on_the_length_of_the_list(ada, api_of, django_assert_num_queries):
    client = api_of(ada)
    for count in (1, 20):
        for number in range(count):
            ada.interests.create(kind="topic", text=f"topic {count} {number}")
        with django_assert_num_queries(6):  # who is asking, how many, which; which model, and of which papers
            client.get(reverse("me-interests"))


def test_a_new_token_shows_its_key_once(ada, api_of):
    client = api_of(ada)
    response = client.post(reverse("me-tokens"), {"name": "script", "scope": "write"})
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    key = response.json()["key"]
    for address in (reverse("me-tokens"), reverse("me-token", args=[response.json()["id"]])):
        assert key not in client.get(address).content.decode()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.patch(reverse("me"), {"name": "Countess"}).status_code == 200


def test_a_new_token_is_read_only_and_expires_after_the_default_time(ada, api_of, settings):
    document = api_of(ada).post(reverse("me-tokens"), {"name": "script"}).json()
    token = ada.auth_token_set.get(public_id=document["id"])
    assert document["scope"] == "read"
    assert abs(token.expiry - timezone.now() - settings.TOKEN_LIFETIME) < timedelta(seconds=5)


def test_a_token_may_never_expire(ada, api_of):
    assert api_of(ada).post(reverse("me-tokens"), {"name": "script", "expires_at": None}).json()["expires_at"] is None


def test_the_id_of_a_token_does_not_reveal_its_key(ada, api_of):
    response = api_of(ada).post(reverse("me-tokens"), {"name": "script"})
    token = ada.auth_token_set.get(public_id=response.json()["id"])
    assert token.digest not in response.content.decode()
    assert token.token_key not in response.json()["id"]


BAD_TOKENS = [
    ({}, "name", "required"),
    ({"name": ""}, "name", "blank"),
    ({"name": "   "}, "name", "blank"),
    ({"name": "x" * 101}, "name", "100"),
    ({"name": "a\x07"}, "name", "control"),
    ({"name": "a", "scope": "admin"}, "scope", '"read" or "write"'),
    ({"name": "a", "scope": None}, "scope", "null"),
    ({"name": "a", "expires_at": "tomorrow"}, "expires_at", "format"),
    ({"name": "a", "expires_at": 7}, "expires_at", "format"),
    ({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "future"),
    ({"name": "a", "expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at", ""),
    ({"name": "a", "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at", ""),
    ({"name": "a", "expire_at": "2030-01-01T00:00:00Z"}, "expire_at", "expires_at"),
    ({"name": "a", "key": "pb_mine"}, "key", "cannot be set"),
]


@pytest.mark.parametrize(("sent", "field", "message"), BAD_TOKENS)
def test_an_invalid_token_request_is_a_400(ada, api_of, sent, field, message):
    response = api_of(ada).post(reverse("me-tokens"), sent)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], message in error["message"]) == (field, True)
    assert ada.auth_token_set.count() == 1


def test_a_read_only_token_cannot_list_create_or_revoke_tokens(ada):
    client = with_read_token(ada)
    row = reverse("me-token", args=[token_of(ada).public_id])
    answers = [
        client.get(reverse("me-tokens")),
        client.post(reverse("me-tokens"), {"name": "more", "scope": "write"}),
        client.get(row),
        client.delete(row),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert ada.auth_token_set.count() == 2


def test_a_token_that_expires_cannot_create_one_that_does_not(ada):
    key = AuthToken.issue(ada, "short", "write", timezone.now() + timedelta(days=1))[1]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.post(reverse("me-tokens"), {"name": "long", "expires_at": None}).status_code == 400
    assert client.post(reverse("me-tokens"), {"name": "as long"}).status_code == 201


def test_a_session_may_create_tokens(ada, client_of):
    response = client_of(ada).post(reverse("me-tokens"), {"name": "page"}, content_type="application/json")
    assert response.status_code == 201


def test_a_revoked_token_stops_working_at_once(ada, api_of):
    client, other = api_of(ada), api_of(ada)
    newest = ada.auth_token_set.order_by("created").last()
    assert client.delete(reverse("me-token", args=[newest.public_id])).status_code == 204
    assert other.get(reverse("me")).status_code == 401
    assert client.get(reverse("me")).status_code == 200


@pytest.mark.parametrize("identity", ["tk_unknown", "x", "0", "-"])
def test_an_unknown_token_id_is_a_404(ada, api_of, identity):
    assert api_of(ada).get(reverse("me-token", args=[identity])).status_code == 404
