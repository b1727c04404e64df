"""`POST /api/v1/me/onboarding/next/`: onboarding questions over REST."""

import pytest

from accounts.models import AuthToken
from recommender import votes
from recommender.models import Paper
from tests.feeds.planting import papers

NEXT = "/api/v1/me/onboarding/next/"


def ids(response):
    assert response.status_code == 200
    return [question["paper"]["id"] for question in response.json()["questions"]]


def test_five_questions_come_each_with_a_paper_and_a_reason(ada_api, planted):
    answer = ada_api.post(NEXT, {}).json()
    assert (answer["answered"], answer["by_model"], answer["note"], len(answer["questions"])) == (0, True, "", 5)
    assert all(question["reason"].endswith(".") for question in answer["questions"])


def test_page_and_api_ask_the_same_questions(ada, client_of, ada_api, planted):
    page = client_of(ada).get("/welcome/papers/").context["asking"].questions
    assert ids(ada_api.post(NEXT, {})) == [question.paper.public_id for question in page]


def test_the_requested_number_of_questions_comes(ada_api, planted):
    assert len(ids(ada_api.post(NEXT, {"count": 12}))) == 12


def test_skipped_and_voted_papers_are_left_out(ada, ada_api, planted):
    first = ids(ada_api.post(NEXT, {}))
    votes.cast(ada, Paper.objects.get(public_id=first[0]), -1)
    again = ada_api.post(NEXT, {"skipped": [f"arXiv:{name}v2" for name in first[1:]]})
    assert not set(first) & set(ids(again))
    assert again.json()["answered"] == 1


def test_asking_changes_nothing(ada, ada_api, planted):
    assert ids(ada_api.post(NEXT, {})) == ids(ada_api.post(NEXT, {}))
    assert not ada.votes.exists()


def test_without_a_model_the_note_says_so(ada_api):
    papers(2)
    answer = ada_api.post(NEXT, {}).json()
    assert (answer["by_model"], answer["note"]) == (False, "No model has been trained yet.")


BAD = [
    ({"count": 0}, "count"),
    ({"count": 21}, "count"),
    ({"count": "many"}, "count"),
    ({"skipped": ["2607.99999"]}, "skipped"),
    ({"skipped": ["\x00"]}, "skipped.0"),
    ({"skipped": "2607.00001"}, "skipped"),
    ({"skipped": ["2607.00001"] * 501}, "skipped"),
    ({"reader": 1}, "reader"),
]


@pytest.mark.parametrize(("sent", "field"), BAD)
def test_an_invalid_request_is_a_400_that_names_the_field(ada_api, sent, field):
    papers(1)
    response = ada_api.post(NEXT, sent)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("sent", [[], "x", 1])
def test_anything_but_an_object_is_a_400(ada_api, sent):
    assert ada_api.post(NEXT, sent).status_code == 400


def test_a_read_only_token_gets_no_questions(ada, api):
    key = AuthToken.issue(ada, "reads", AuthToken.Scope.READ, None)[1]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert api.post(NEXT, {}).status_code == 403
