"""`/papers/{id}/vote/`: casting and removing a vote, and everything that is not a vote."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthToken
from recommender import votes
from recommender.models import Vote, VoteEvent
from recommender.paper_ids import own_id
from tests.feeds.planting import paper

VOTE = "/api/v1/papers/2607.21557/vote/"
MINE = "/api/v1/me/votes/"


@pytest.fixture
def ties(db):
    return paper("2607.21557", title="Ties")


def events():
    return list(VoteEvent.objects.values_list("value", "previous"))


def nothing_changed(reader):
    reader.refresh_from_db()
    return (Vote.objects.count(), VoteEvent.objects.count(), reader.taste_version) == (0, 0, 0)


def test_a_vote_returns_its_value_the_previous_one_and_its_time(ada, ada_api, ties):
    before = timezone.now()
    answer = ada_api.put(VOTE, {"value": 1}).json()
    vote = ada.votes.get()
    assert answer == {"value": 1, "previous": 0, "voted_at": vote.voted_at.isoformat().replace("+00:00", "Z")}
    assert before <= vote.voted_at <= before + timedelta(seconds=30)


def test_the_same_vote_again_changes_nothing(ada, ada_api, ties):
    first = ada_api.put(VOTE, {"value": 1}).json()
    assert ada_api.put(VOTE, {"value": 1}).json() == {"value": 1, "previous": 1, "voted_at": first["voted_at"]}
    ada.refresh_from_db()
    assert (events(), ada.taste_version) == ([(1, 0)], 1)


def test_a_second_vote_replaces_the_first_which_stays_in_the_history(ada, ada_api, ties):
    ada_api.put(VOTE, {"value": 1})
    answer = ada_api.put(VOTE, {"value": -1}).json()
    assert (answer["value"], answer["previous"]) == (-1, 1)
    assert (ada.votes.get().value, events()) == (-1, [(1, 0), (-1, 1)])


def test_a_removed_vote_stays_in_the_history(ada, ada_api, ties):
    ada_api.put(VOTE, {"value": -1})
    assert ada_api.delete(VOTE).json() == {"value": 0, "previous": -1, "voted_at": None}
    assert (ada.votes.count(), events()) == (0, [(-1, 0), (0, -1)])


def test_removing_a_missing_vote_changes_nothing(ada, ada_api, ties):
    assert ada_api.delete(VOTE).json() == {"value": 0, "previous": 0, "voted_at": None}
    assert nothing_changed(ada)


@pytest.mark.parametrize("form", ["hep-th/9901001", "arXiv:hep-th/9901001v2", "hep-th%2F9901001"])
def test_an_old_id_with_a_slash_can_be_voted_on(ada, ada_api, form):
    paper("hep-th/9901001")
    address = f"/api/v1/papers/{form}/vote/"
    assert ada_api.put(address, {"value": 1}).status_code == 200
    assert [row["paper_id"] for row in ada_api.get(MINE).json()["results"]] == ["hep-th/9901001"]
    assert ada_api.delete(address).json()["previous"] == 1


def test_a_version_and_an_own_id_can_be_voted_on(ada, ada_api, ties):
    own = paper(own_id("Knots"))
    assert ada_api.put("/api/v1/papers/2607.21557v2/vote/", {"value": 1}).status_code == 200
    assert ada_api.put(f"/api/v1/papers/{own.public_id}/vote/", {"value": -1}).status_code == 200
    assert dict(ada.votes.values_list("paper__public_id", "value")) == {"2607.21557": 1, own.public_id: -1}


NO_VOTE = [2, 0, -2, 10**18, "1", "up", "-1", "", True, False, None, [], [1], {}, {"value": 1}, 1.0, 1.5, -1.0]


@pytest.mark.parametrize("value", NO_VOTE, ids=repr)
def test_an_invalid_value_is_a_400_and_changes_nothing(ada, ada_api, ties, value):
    response = ada_api.put(VOTE, {"value": value}, format="json")
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["message"]) == ("value", "must be 1 (up) or -1 (down)")
    assert error["value"] == ({list: "(a list)", dict: "(an object)"}.get(type(value), value))
    assert nothing_changed(ada)


NO_BODY = [
    b'{"value": 1e400}',
    b'{"value": NaN}',
    b'{"value": -Infinity}',
    b'{"value": 01}',
    b'{"value": +1}',
    b'{"value": 1,}',
    b'{"value": 1} {"value": 1}',
    b"{'value': 1}",
    b"value=1",
    b"\xff\xfe",
    b'{"value": "\xff"}',
    b'{"value": "\\ud800"}',
    b"[" * 5000,
    b'{"value": ' * 40 + b"1" + b"}" * 40,
    b'{"value": 1' + b"0" * 5000 + b"}",
]


@pytest.mark.parametrize("body", NO_BODY, ids=lambda body: repr(body[:20]))
def test_a_body_that_is_not_json_is_a_400_and_changes_nothing(ada, ada_api, ties, body):
    response = ada_api.put(VOTE, body, content_type="application/json")
    assert response.status_code == 400
    assert nothing_changed(ada)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"1", b'"up"', b'[{"value": 1}]'], ids=repr)
def test_json_without_a_value_is_a_400_and_changes_nothing(ada, ada_api, ties, body):
    response = ada_api.put(VOTE, body, content_type="application/json")
    assert (response.status_code, len(response.json()["errors"])) == (400, 1)
    assert nothing_changed(ada)


def test_a_missing_value_is_named_with_the_remedy(ada_api, ties):
    [error] = ada_api.put(VOTE, {}, format="json").json()["errors"]
    message = "must be 1 (up) or -1 (down)"
    assert error == {"field": "value", "value": None, "message": message}


def test_an_unknown_field_is_rejected_by_name(ada, ada_api, ties):
    response = ada_api.put(VOTE, {"value": 1, "reader": "bob", "x" * 200: 1}, format="json")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["reader", "x" * 100]
    assert nothing_changed(ada)


def test_a_huge_body_is_a_413_and_changes_nothing(ada, ada_api, ties):
    response = ada_api.put(VOTE, b'{"value": 1' + b" " * 1_000_000 + b"}", content_type="application/json")
    assert response.status_code == 413
    assert nothing_changed(ada)


def test_a_form_is_a_415_and_changes_nothing(ada, ada_api, ties):
    response = ada_api.put(VOTE, "value=1", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert nothing_changed(ada)


@pytest.mark.parametrize("public_id", ["2607.99999", "hep-th/0000000", "%00", "%ff", "nothing"])
def test_a_vote_on_an_unknown_paper_is_a_404(ada, ada_api, ties, public_id):
    address = f"/api/v1/papers/{public_id}/vote/"
    assert ada_api.put(address, {"value": 1}).status_code == 404
    assert ada_api.delete(address).status_code == 404
    assert nothing_changed(ada)


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_other_methods_are_a_405(ada, ada_api, ties, method):
    assert getattr(ada_api, method)(VOTE).status_code == 405
    assert nothing_changed(ada)


def test_a_read_only_token_reads_votes_but_cannot_cast_them(ada, ties):
    votes.cast(ada, ties, 1)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer " + AuthToken.issue(ada, "reads", "read", None)[1])
    assert client.get(MINE).json()["count"] == 1
    for response in (client.put(VOTE, {"value": -1}), client.delete(VOTE)):
        assert (response.status_code, "scope" in response.json()["detail"]) == (403, True)
    assert ada.votes.get().value == 1


def test_a_hugging_face_token_is_a_401_that_says_so(ada, api, ties):
    api.credentials(HTTP_AUTHORIZATION="Bearer hf_abcdefghijklmnop")
    response = api.put(VOTE, {"value": 1})
    assert (response.status_code, "not huggingface.co" in response.json()["detail"]) == (401, True)
    assert nothing_changed(ada)


def test_a_session_votes_only_with_a_csrf_token(ada, ties):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.put(VOTE, {"value": 1}).status_code == 403
    client.get("/accounts/email/")  # a page with a form sets the cookie
    token = client.cookies["csrftoken"].value
    assert client.put(VOTE, {"value": 1}, HTTP_X_CSRFTOKEN=token).status_code == 200


def test_my_votes_are_listed_newest_first(ada, bob, ada_api, ties):
    other = paper("2607.00001", title="Knots")
    votes.cast(bob, ties, -1)
    votes.cast(ada, ties, 1)
    votes.cast(ada, other, -1)
    rows = ada_api.get(MINE).json()["results"]
    assert [(row["paper_id"], row["title"], row["value"]) for row in rows] == [
        ("2607.00001", "Knots", -1),
        ("2607.21557", "Ties", 1),
    ]


def test_the_number_of_queries_does_not_depend_on_the_number_of_votes(ada, ada_api, django_assert_num_queries):
    for start in (0, 20):
        for number in range(start, start + 20):
            votes.cast(ada, paper(f"2607.1{number:04d}"), 1)
        with django_assert_num_queries(3):  # who is asking, how many, which
            ada_api.get(MINE)
