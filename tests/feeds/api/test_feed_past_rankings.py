"""`/rankings/{id}/`: a past ranking as it was made, for its own reader."""

import json
from datetime import timedelta

import pytest

from accounts.models import User
from recommender import votes
from recommender.models import TrainedModel
from tests.feeds.planting import DAY, paper, papers, train
from tests.threads import commits

FEED = "/api/v1/me/feed/"


def ids(answer):
    return [row["paper"]["id"] for row in answer["results"]]


def test_a_past_ranking_does_not_change_after_a_vote(ada, ada_api, planted):
    graphs, proteins = planted
    votes.cast(ada, graphs[10], 1)
    before = ada_api.get(FEED).json()
    votes.cast(ada, graphs[10], -1)
    votes.cast(ada, proteins[10], 1)
    assert ids(ada_api.get(FEED).json()) != ids(before)
    assert ada_api.get(f"/api/v1/rankings/{before['ranking_id']}/").json() == before


def test_a_past_ranking_has_pages(ada_api):
    papers(5)
    whole = ada_api.get(FEED).json()
    address = f"/api/v1/rankings/{whole['ranking_id']}/"
    first = ada_api.get(address, {"limit": 3}).json()
    assert first["next"].startswith(f"http://testserver{address}?cursor=")
    assert ids(first) + ids(ada_api.get(first["next"]).json()) == ids(whole)


def test_a_cursor_of_another_ranking_is_a_400(ada, ada_api):
    [first_paper, *_] = papers(5)
    first = ada_api.get(FEED, {"limit": 1}).json()
    votes.cast(ada, first_paper, 1)
    second = ada_api.get(FEED, {"limit": 1}).json()
    cursor = second["next"].split("cursor=")[1].split("&")[0]
    response = ada_api.get(f"/api/v1/rankings/{first['ranking_id']}/", {"cursor": cursor})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


def test_bob_cannot_read_adas_ranking(bob, ada_api, checked):
    papers(2)
    address = f"/api/v1/rankings/{ada_api.get(FEED).json()['ranking_id']}/"
    assert checked(bob).get(address).status_code == 404


def test_anonymous_cannot_read_adas_ranking(ada_api, api):
    papers(2)
    assert api.get(f"/api/v1/rankings/{ada_api.get(FEED).json()['ranking_id']}/").status_code == 401


def test_the_ranking_for_everybody_belongs_to_no_reader(ada_api, anonymous):
    papers(2)
    public = anonymous.get("/").context["ranking"].public_id
    assert ada_api.get(f"/api/v1/rankings/{public}/").status_code == 404


@pytest.mark.parametrize("name", ["rk_none", "x", "%00", "%ff", "rk_" + "x" * 5000, "a%20b"])
def test_an_unknown_ranking_is_a_404(ada_api, name):
    assert ada_api.get(f"/api/v1/rankings/{name}/").status_code == 404


def test_an_invalid_limit_is_a_400(ada_api):
    papers(2)
    address = f"/api/v1/rankings/{ada_api.get(FEED).json()['ranking_id']}/"
    assert ada_api.get(address, {"limit": "0"}).json()["errors"][0]["field"] == "limit"


def as_made(response):
    """The response's bytes without values that are current."""
    answer = response.json()
    for row in answer["results"]:
        row["my_vote"] = row["paper"]["public_votes"] = None
    return json.dumps(answer)


@commits  # the thread that brings a model reads the archive in the database by its own connection
def test_a_past_ranking_is_the_same_bytes_after_two_more_models(ada, bob, ada_api, planted):
    graphs, proteins = planted
    User.objects.filter(pk=ada.pk).update(exploration=0.3)
    for number in range(45):
        paper(f"2609.{number:05d}", title=f"The {number}", abstract="graph node edge"[: 5 + number % 10])
    for number in (10, 11):
        votes.cast(ada, graphs[number], 1)
    ada_api.post("/api/v1/me/interests/", {"kind": "topic", "text": "protein enzyme folding"})
    original = ada_api.get(FEED, {"limit": 100})
    assert any(row["exploration"]["is"] for row in original.json()["results"])
    for later in (1, 2):
        votes.cast(ada, proteins[later], 1)
        votes.cast(bob, graphs[later], -1)
        train(DAY + timedelta(days=later))
    assert TrainedModel.objects.filter(state="promoted").count() == 3
    assert ada_api.get(FEED).json()["model"] != original.json()["model"]
    replayed = ada_api.get(f"/api/v1/rankings/{original.json()['ranking_id']}/", {"limit": 100})
    assert as_made(replayed) == as_made(original)
