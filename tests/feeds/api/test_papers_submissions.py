"""`POST /papers/`: a response for each outcome of a submission, and its errors."""

import pytest

from accounts.models import AuthToken
from feeds.models import Submission
from recommender.models import Paper
from tests.contract import CheckedClient
from tests.feeds.outside import Reply
from tests.feeds.planting import paper

PAPERS = "/api/v1/papers/"


def test_an_unknown_paper_is_listed(arxiv, ada_api):
    response = ada_api.post(PAPERS, {"id": "https://arxiv.org/abs/2607.00001"})
    assert response.status_code == 201
    assert response.json() == {
        "id": "2607.00001",
        "state": "listed",
        "day": Submission.objects.get().day.isoformat(),
        "page": "http://testserver/papers/2607.00001/",
    }
    assert ada_api.get(f"{PAPERS}2607.00001/").json()["submitter"] == "Ada"


def test_a_paper_in_the_catalogue_is_returned(arxiv, ada_api):
    paper("2607.00001")
    response = ada_api.post(PAPERS, {"id": "2607.00001"})
    assert (response.status_code, response.json()["state"], response.json()["day"]) == (200, "here", "2026-07-21")


def test_a_submission_waits_while_arxiv_does_not_answer(arxiv, ada_api, monkeypatch):
    monkeypatch.setattr("feeds.sources.submissions.SECONDS", 0.2)
    arxiv.answer("/api/query", Reply(b"", 503))
    response = ada_api.post(PAPERS, {"id": "2607.00001"})
    assert response.status_code == 202
    assert response.json() == {"id": "2607.00001", "state": "waiting", "day": None, "page": None}


@pytest.mark.parametrize(("public_id", "reason"), [("2606.00001", "knows no such"), ("2607.00009", "was withdrawn")])
def test_a_paper_that_cannot_be_listed_is_a_422_with_the_reason(arxiv, ada_api, public_id, reason):
    response = ada_api.post(PAPERS, {"id": public_id})
    assert (response.status_code, reason in response.json()["detail"]) == (422, True)
    assert not Paper.objects.exists()


def test_over_the_limit_the_response_says_when_to_try_again(arxiv, ada_api, settings):
    settings.SUBMISSIONS_PER_DAY = 0
    response = ada_api.post(PAPERS, {"id": "2607.00001"})
    assert (response.status_code, 0 < int(response["Retry-After"]) <= 86401) == (429, True)
    assert "the limit is 0 a day" in response.json()["detail"]


REFUSED = [
    {},
    {"id": None},
    {"id": ""},
    {"id": 5.5},
    {"id": "knots"},
    {"id": "x" * 301},
    {"id": "a", "day": 1},
]


@pytest.mark.parametrize("body", REFUSED, ids=str)
def test_an_invalid_submission_is_a_400_that_names_the_field(arxiv, ada_api, body):
    response = ada_api.post(PAPERS, body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "day" if "day" in body else "id")
    assert (arxiv.asked, Submission.objects.count()) == ([], 0)


def test_a_read_only_token_cannot_submit(arxiv, ada):
    client = CheckedClient()
    key = AuthToken.issue(ada, "test", AuthToken.Scope.READ, None)[1]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.post(PAPERS, {"id": "2607.00001"}).status_code == 403
    assert client.get(PAPERS).status_code == 200
