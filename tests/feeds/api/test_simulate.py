"""`/me/feed/simulate/`: the feed as it would be after some votes, without storing anything."""

import pytest
from django.apps import apps
from django.core import serializers

from accounts.models import AuthToken, User
from feeds.api.simulate import MOST_TRIED
from recommender.models import Paper
from recommender.serving import first_model
from recommender.votes import cast, take_back
from tests.feeds.conftest import CheckedClient
from tests.feeds.planting import paper, papers

FEED, SIMULATE = "/api/v1/me/feed/", "/api/v1/me/feed/simulate/"
ASIDE = {"ranking_id", "includes_votes_until"}  # of a ranking that is not kept, and the time of votes not cast


def tables():
    """Every row of every table of ours, as text."""
    models = [
        model for room in ("accounts", "recommender", "feeds") for model in apps.get_app_config(room).get_models()
    ]
    return {model._meta.label: serializers.serialize("json", model._default_manager.order_by("pk")) for model in models}


def body(votes, **more):
    return {"votes": [{"paper_id": voted.public_id, "value": value} for voted, value in votes]} | more


def really(reader, votes):
    for voted, value in votes:
        if value:
            cast(reader, voted, value)
        else:
            take_back(reader, voted)


def without(answer):
    return {name: value for name, value in answer.items() if name not in ASIDE}


def foreseen_and_real(client, reader, votes):
    simulated = client.post(f"{SIMULATE}?limit=100", body(votes))
    assert simulated.status_code == 200
    really(reader, votes)
    return simulated.json(), client.get(FEED, {"limit": 100}).json()


@pytest.fixture
def voter(ada, planted):
    for number in (8, 9, 10):
        cast(ada, planted[0][number], 1)
    return ada


def some_votes(planted):
    graphs, proteins = planted
    return {
        "one": [(proteins[9], 1)],
        "several, on shown papers too": [(graphs[0], 1), (graphs[1], -1), (proteins[10], 1), (proteins[11], -1)],
        "changed": [(graphs[8], -1)],
        "taken back": [(graphs[10], 0)],
        "all taken back": [(graphs[number], 0) for number in (8, 9, 10)],
        "none": [],
        "the same again": [(graphs[8], 1), (proteins[3], 0)],
    }


@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("name", some_votes([[None] * 12] * 2))
def test_a_simulation_equals_the_feed_after_voting(voter, ada_api, planted, name, share):
    User.objects.filter(pk=voter.pk).update(exploration=share)
    before = ada_api.get(FEED, {"limit": 100}).json()
    simulated, real = foreseen_and_real(ada_api, voter, some_votes(planted)[name])
    assert without(simulated) == without(real)
    assert (without(real) != without(before)) == (name not in ("none", "the same again"))


def test_exploration_draws_the_same_papers_as_after_voting(voter, ada_api, planted):
    """41 of 61 papers can be drawn for 20 places."""
    for number in range(45):
        paper(f"2609.{number:05d}", title=f"The {number}", abstract="graph node protein"[: 5 + number % 12])
    User.objects.filter(pk=voter.pk).update(exploration=0.3)
    simulated, real = foreseen_and_real(ada_api, voter, [(planted[1][9], 1), (planted[0][0], -1)])
    assert without(simulated) == without(real)
    assert any(row["exploration"]["is"] for row in real["results"])


def test_a_removed_vote_leaves_the_time_of_the_others(voter, ada_api, planted):
    simulated, real = foreseen_and_real(ada_api, voter, [(planted[0][10], 0)])
    assert simulated["includes_votes_until"] == real["includes_votes_until"]


def test_without_a_model_the_popular_order_is_simulated(ada, ada_api, monkeypatch):
    monkeypatch.setattr(first_model, "first_model", lambda: None)  # as where no paper has a word
    five = papers(5)
    cast(ada, five[0], 1)
    simulated, real = foreseen_and_real(ada_api, ada, [(five[1], 1), (five[0], -1), (five[3], 1)])
    assert without(simulated) == without(real)
    assert [row["score"] for row in real["results"]] == [1, 1, 0, 0, -1]


def test_the_vote_of_a_paused_reader_changes_only_the_order_for_everybody(voter, ada_api, planted):
    User.objects.filter(pk=voter.pk).update(is_paused=True)
    simulated, real = foreseen_and_real(ada_api, voter, [(planted[1][0], 1)])
    assert without(simulated) == without(real)
    assert real["mode"] == "popular"


def test_nothing_is_stored(voter, ada_api, planted):
    client_knows = ada_api.get(FEED).status_code
    before = tables()
    response = ada_api.post(SIMULATE, body(some_votes(planted)["several, on shown papers too"]))
    assert (client_knows, response.status_code, tables() == before) == (200, 200, True)
    assert (response.json()["ranking_id"], response.json()["next"]) == (None, None)


def test_a_read_only_token_is_enough(voter, planted):
    client = CheckedClient()
    key = AuthToken.issue(voter, "reads", AuthToken.Scope.READ, None)[1]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.post(SIMULATE, body([(planted[1][9], 1)])).status_code == 200


def test_bob_tries_his_own_votes_and_anonymous_gets_a_401(voter, bob, checked, planted):
    tried = body([(planted[1][9], 1)])
    foreseen = checked(bob).post(SIMULATE, tried).json()
    assert {row["my_vote"] for row in foreseen["results"]} == {0}
    assert {why["paper_id"] for row in foreseen["results"] for why in row["why"]} == {planted[1][9].public_id}
    assert CheckedClient().post(SIMULATE, tried).status_code == 401


def test_a_day_and_a_limit_can_be_requested(voter, ada_api, planted):
    answer = ada_api.post(f"{SIMULATE}?limit=3", body([], day="2026-07-20")).json()
    assert (answer["day"], len(answer["results"]), answer["count"]) == ("2026-07-20", 3, 16)


def test_any_form_of_an_id_is_accepted(voter, ada_api, planted):
    votes = [{"paper_id": f"arXiv:{planted[0][0].public_id}v2", "value": 1}]
    answer = ada_api.post(SIMULATE, {"votes": votes}).json()
    assert [row["my_vote"] for row in answer["results"] if row["paper"]["id"] == planted[0][0].public_id] == [1]


ONE = {"paper_id": "2607.00001", "value": 1}
BAD = [
    ({}, "votes"),
    ({"votes": None}, "votes"),
    ({"votes": {}}, "votes"),
    ({"votes": [ONE] * (MOST_TRIED + 1)}, "votes"),
    ({"votes": [7]}, "votes.0"),
    ({"votes": [{"paper_id": "2607.00001"}]}, "votes.0.value"),
    ({"votes": [ONE | {"value": 2}]}, "votes.0.value"),
    ({"votes": [ONE | {"value": True}]}, "votes.0.value"),
    ({"votes": [ONE | {"value": "1"}]}, "votes.0.value"),
    ({"votes": [ONE | {"paper_id": "2607.99999"}]}, "votes.0.paper_id"),
    ({"votes": [ONE | {"paper_id": "nonsense"}]}, "votes.0.paper_id"),
    ({"votes": [ONE | {"paper_id": "\x00"}]}, "votes.0.paper_id"),
    ({"votes": [ONE, ONE | {"paper_id": "2607.00001v2"}]}, "votes.1.paper_id"),
    ({"votes": [ONE | {"at": "now"}]}, "votes.0.at"),
    ({"votes": [], "day": "yesterday"}, "day"),
    ({"votes": [], "reader": 1}, "reader"),
]


@pytest.mark.parametrize(("sent", "field"), BAD, ids=lambda value: str(value)[:50])
def test_an_invalid_body_is_a_400_that_names_the_field(ada_api, sent, field):
    papers(1)
    response = ada_api.post(SIMULATE, sent)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


def test_a_day_without_papers_is_a_404(ada_api):
    papers(1)
    assert ada_api.post(SIMULATE, {"votes": [], "day": "2020-01-01"}).status_code == 404
    Paper.objects.all().delete()
    assert ada_api.post(SIMULATE, {"votes": []}).status_code == 404
