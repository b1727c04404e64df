"""Mutes, the learned profile, tried votes and resets over REST; every response is checked against the schema."""

import pytest

from accounts.models import AuthToken
from recommender import interests, mutes, votes
from recommender.models import Paper, Ranking
from tests.feeds.planting import papers

MUTES, TASTE, TRY = "/api/v1/me/mutes/", "/api/v1/me/taste/", "/api/v1/me/what-if/"
RESET = "/api/v1/me/reset/"


def test_a_mute_hides_papers_of_the_feed_until_it_is_removed(ada_api):
    Paper.objects.filter(pk=papers(3)[0].pk).update(categories=["cs.CV"])
    response = ada_api.post(MUTES, {"kind": "category", "text": "cs.cv"})
    assert (response.status_code, response.json()["text"], response.json()["hides_today"]) == (201, "cs.CV", 1)
    assert ada_api.get(MUTES).json()["results"] == [response.json()]
    assert ada_api.get("/api/v1/me/feed/").json()["count"] == 2
    address = f"{MUTES}{response.json()['id']}/"
    assert ada_api.get(address).json() == response.json()
    assert ada_api.delete(address).status_code == 204
    assert ada_api.get("/api/v1/me/feed/").json()["count"] == 3


def test_a_muted_paper_is_still_found_through_the_api(ada_api):
    papers(1)
    ada_api.post(MUTES, {"kind": "word", "text": "on"})
    assert ada_api.get("/api/v1/papers/?q=On").json()["count"] == 1


BAD_MUTES = [
    ({"kind": "journal", "text": "Knuth"}, "kind"),
    ({"kind": "category", "text": "cs.QQ"}, "text"),
    ({"kind": "word", "text": "quantum"}, "text"),
    ({"kind": "word", "text": "?!"}, "text"),
    ({"kind": "word", "text": "x" * 101}, "text"),
    ({"kind": "word"}, "text"),
    ({"kind": "word", "text": "x", "reader": 2}, "reader"),
]


@pytest.mark.parametrize(("sent", "field"), BAD_MUTES)
def test_an_invalid_mute_is_a_400_that_names_the_field(ada, ada_api, sent, field):
    mutes.add(ada, "word", "quantum")
    response = ada_api.post(MUTES, sent)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])
    assert ada.mutes.count() == 1


def test_bob_cannot_read_or_remove_adas_mutes(ada, bob, checked):
    mute = mutes.add(ada, "word", "quantum")
    assert checked(bob).get(f"{MUTES}{mute.pk}/").status_code == 404
    assert checked(bob).delete(f"{MUTES}{mute.pk}/").status_code == 404
    assert checked(bob).get(MUTES).json()["results"] == []


def test_the_learned_profile_equals_that_of_the_page(ada, ada_api, client_of, planted):
    votes.cast(ada, planted[0][8], 1)
    interests.add(ada, "topic", "protein folding")
    answer = ada_api.get(TASTE).json()
    taught = client_of(ada).get("/taste/").context["taught"]
    assert [topic["text"] for topic in answer["raising"]] == [topic.text for topic in taught.raising]
    assert [weight["share"] for weight in answer["weights"]] == [weight.share for weight in taught.weights]
    statements = {(weight["said"]["vote"], weight["said"]["interest"]) for weight in answer["weights"]}
    assert statements == {(1, None), (None, "protein folding")}


def test_without_votes_the_learned_profile_says_why_it_is_empty(ada_api):
    answer = ada_api.get(TASTE).json()
    assert (answer["day"], answer["raising"], answer["note"][:12]) == (None, [], "Nothing yet.")


def test_a_tried_vote_is_not_saved(ada, ada_api, planted):
    for paper in planted[0][8:11]:
        votes.cast(ada, paper, 1)
    ranking_count = Ranking.objects.count()
    answer = ada_api.post(TRY, {"paper_id": f"arXiv:{planted[1][8].public_id}", "value": 1}).json()
    assert (answer["now"], answer["value"]) == (0, 1)
    assert (answer["before"]["mode"], answer["after"]["mode"]) == ("hybrid", "hybrid")
    assert [place["position"] for place in answer["first_after"]] == list(range(1, 17))
    assert all(place["moved"] == place["before"] - place["position"] for place in answer["first_after"])
    assert (ada.votes.count(), Ranking.objects.count()) == (3, ranking_count)


BAD_TRIES = [
    ({"paper_id": "2607.99999", "value": 1}, "paper_id"),
    ({"paper_id": "\x00", "value": 1}, "paper_id"),
    ({"paper_id": "2607.00001", "value": 2}, "value"),
    ({"paper_id": "2607.00001", "value": True}, "value"),
    ({"paper_id": "2607.00001"}, "value"),
    ({"value": 1}, "paper_id"),
    ({"paper_id": "2607.00001", "value": 1, "save": True}, "save"),
]


@pytest.mark.parametrize(("sent", "field"), BAD_TRIES)
def test_an_invalid_tried_vote_is_a_400_that_names_the_field(ada_api, sent, field):
    papers(1)
    response = ada_api.post(TRY, sent)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


def test_a_read_only_token_reads_but_cannot_change(ada, api):
    key = AuthToken.issue(ada, "reads", AuthToken.Scope.READ, None)[1]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert [api.get(address).status_code for address in (MUTES, TASTE)] == [200, 200]
    assert [api.post(address, {}).status_code for address in (MUTES, TRY)] == [403, 403]


def test_a_reset_deletes_only_the_named_parts_and_counts_them(ada, bob, ada_api):
    [first] = papers(1)
    for reader in (ada, bob):
        votes.cast(reader, first, 1)
        mutes.add(reader, "word", "quantum")
    assert ada_api.post(RESET, {"what": ["votes", "mutes"]}).json() == {
        "votes": 1, "interests": 0, "mutes": 1, "rankings": 0,
    }  # fmt: skip
    assert [rows.count() for rows in (ada.votes, ada.vote_events, ada.mutes, bob.votes, bob.mutes)] == [0, 0, 0, 1, 1]


BAD_RESETS = [({}, "what"), ({"what": []}, "what"), ({"what": ["all"]}, "what.0"), ({"what": "votes"}, "what"),
              ({"what": ["votes"], "keep_history": 1}, "keep_history"), ({"what": ["votes"], "x": 1}, "x")]  # fmt: skip


@pytest.mark.parametrize(("sent", "field"), BAD_RESETS)
def test_an_invalid_reset_is_a_400_and_deletes_nothing(ada, ada_api, sent, field):
    votes.cast(ada, papers(1)[0], 1)
    response = ada_api.post(RESET, sent, format="json")
    assert (response.status_code, response.json()["errors"][0]["field"], ada.votes.count()) == (400, field, 1)
