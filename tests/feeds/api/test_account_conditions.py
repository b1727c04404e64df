"""`PATCH /me/` with If-Match, another text for an interest, and leaving over REST."""

import pytest
from django.urls import reverse

from accounts.models import User
from recommender import interests
from tests.conftest import make_reader
from tests.threads import all_at_once, commits

ME = "/api/v1/me/"


def patch(client, change, tag=None):
    return client.patch(ME, change, **({} if tag is None else {"HTTP_IF_MATCH": tag}))


def test_a_change_on_what_was_read_is_made_and_has_the_next_tag(ada, api_of):
    client = api_of(ada)
    changed = patch(client, {"freshness": 0.5}, client.get(ME)["ETag"])
    assert (changed.status_code, changed.json()["freshness"]) == (200, 0.5)
    assert changed["ETag"] == client.get(ME)["ETag"]
    assert client.get(ME, HTTP_IF_NONE_MATCH=changed["ETag"]).status_code == 304


def test_a_change_on_what_has_changed_since_is_a_412_and_is_not_made(ada, api_of):
    client = api_of(ada)
    read = client.get(ME)["ETag"]
    patch(client, {"name": "Countess"})
    answer = patch(client, {"name": "Augusta"}, read)
    assert (answer.status_code, answer.json()["type"]) == (412, "urn:paperboy:problem:stale")
    assert client.get(ME).json()["name"] == "Countess"


TAGS = [("*", 200), ("{tag}", 200), ('"other", {tag}', 200), ("{gzip}", 200), ("W/{tag}", 200), ('"other"', 412),
        ("other", 412), ("{bare}", 412)]  # fmt: skip


@pytest.mark.parametrize(("asked", "status"), TAGS)
def test_a_tag_matches_in_every_form_in_which_it_was_given_out(ada, api_of, asked, status):
    client = api_of(ada)
    tag = client.get(ME)["ETag"]
    forms = {"tag": tag, "gzip": f'{tag[:-1]}-gzip"', "bare": tag.strip('"')}
    assert patch(client, {"name": "Ada"}, asked.format(**forms)).status_code == status


@commits
def test_of_two_changes_at_once_on_the_same_state_one_is_made(api_of):
    ada = make_reader("ada")
    clients = [api_of(ada) for _ in range(3)]
    tag = clients[0].get(ME)["ETag"]
    jobs = [lambda c=c, n=n: patch(c, {"name": f"Name {n}"}, tag).status_code for n, c in enumerate(clients)]
    assert sorted(all_at_once(*jobs)) == [200, 412, 412]


def test_an_interest_gets_another_text(ada, api_of):
    interest = interests.add(ada, "topic", "graphs")
    answer = api_of(ada).patch(reverse("me-interest", args=[interest.pk]), {"text": " sparse  graphs"})
    ada.refresh_from_db()
    assert (answer.json()["text"], ada.interests.get().text, ada.taste_version) == ("sparse graphs", "sparse graphs", 2)


BAD_TEXTS = [({"text": "a"}, "text"), ({"text": "KNOTS"}, "text"), ({"text": "knots", "kind": "author"}, "kind")]


@pytest.mark.parametrize(("sent", "field"), BAD_TEXTS)
def test_a_text_that_will_not_do_is_a_400_and_changes_nothing(ada, api_of, sent, field):
    interest = interests.add(ada, "topic", "graphs")
    interests.add(ada, "topic", "knots")
    answer = api_of(ada).patch(reverse("me-interest", args=[interest.pk]), sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert sorted(ada.interests.values_list("text", flat=True)) == ["graphs", "knots"]


def test_bob_changes_no_interest_of_adas(ada, bob, api_of):
    interest = interests.add(ada, "topic", "graphs")
    assert api_of(bob).patch(reverse("me-interest", args=[interest.pk]), {"text": "knots"}).status_code == 404


@pytest.mark.parametrize(
    "sent", [{}, {"email": "bob@example.org"}, {"email": ""}, {"email": "ada@example.org", "x": 1}]
)
def test_an_account_goes_only_with_its_own_address(ada, bob, api_of, sent):
    answer = api_of(ada).delete(ME, sent)
    assert (answer.status_code, User.objects.filter(pk=ada.pk).exists()) == (400, True)


def test_a_deletion_is_answered_with_a_receipt(ada, bob, api_of):
    interests.add(ada, "topic", "graphs")
    answer = api_of(ada).delete(ME, {"email": "ADA@example.org"})
    removed = {row["what"]: row["count"] for row in answer.json()["removed"]}
    assert (answer.status_code, removed) == (202, {"auth tokens": 1, "email addresses": 1, "interests": 1, "users": 1})
    assert answer.json()["deleted_at"] in answer.json()["first_model_without"].replace("+00:00", "Z")
    assert list(User.objects.all()) == [bob]


def test_a_token_of_an_account_that_has_gone_is_no_key_any_more(ada, api_of):
    client = api_of(ada)
    client.delete(ME, {"email": ada.email})
    assert client.get(ME).status_code == 401


@commits
def test_two_deletions_at_once_delete_once(api_of):
    ada = make_reader("ada")
    clients = [api_of(ada) for _ in range(3)]
    jobs = [lambda c=c: c.delete(ME, {"email": "ada@example.org"}).status_code for c in clients]
    assert sorted(all_at_once(*jobs)) == [202, 401, 401]
