"""Trying a vote on a page: the ranking changes, and nothing is saved before the vote is cast."""

import pytest

from recommender import votes
from recommender.models import Ranking
from tests.feeds.planting import papers

PAGE = "/taste/what-if/"


@pytest.fixture
def voter(ada, planted):
    for paper in planted[0][8:11]:
        votes.cast(ada, paper, 1)
    return ada


def test_rankings_before_and_after_are_shown_and_nothing_is_saved(voter, client_of, planted):
    protein = planted[1][8]
    count = Ranking.objects.count()
    response = client_of(voter).get(PAGE, {"paper": protein.public_id, "value": "1"})
    result = response.context["found"]
    assert (result.now, result.value, result.is_the_same) == (0, 1, False)
    assert "Not saved yet." in response.content.decode()
    assert (voter.votes.count(), Ranking.objects.count()) == (3, count)


def test_casting_the_vote_gives_the_ranking_that_was_shown(voter, client_of, planted):
    client, protein = client_of(voter), planted[1][8]
    page = f"{PAGE}?paper={protein.public_id}&value=1"
    order = client.get(page).context["found"].after.order.tolist()
    client.post(f"/papers/{protein.public_id}/vote/", {"value": "1", "next": page})
    assert client.get("/").context["ranking"].order.tolist() == order
    assert "This is your current vote" in client.get(page).content.decode()


@pytest.mark.parametrize(("index", "value"), [(8, "0"), (12, "1")])
def test_without_a_value_the_opposite_of_the_present_vote_is_tried(voter, client_of, planted, index, value):
    paper = planted[0][index]
    assert client_of(voter).get(PAGE, {"paper": paper.public_id})["Location"].endswith(f"&value={value}")


def test_any_form_of_an_id_is_accepted(voter, client_of, planted):
    name = f"arXiv:{planted[0][8].public_id}v2"
    assert client_of(voter).get(PAGE, {"paper": name, "value": "0"}).context["found"].paper == planted[0][8]


@pytest.mark.parametrize("name", ["2607.99999", "nonsense", "\x00", "<script>", "x" * 400])
def test_a_paper_outside_the_catalogue_is_an_error(voter, client_of, name):
    response = client_of(voter).get(PAGE, {"paper": name, "value": "1"})
    assert "is not in this catalogue" in response.content.decode()
    assert b"<script>" not in response.content


def test_papers_to_try_are_suggested(voter, client_of):
    context = client_of(voter).get(PAGE).context
    assert (len(context["mine"]), len(context["newest"])) == (3, 6)


def test_the_page_says_why_no_vote_counts_now(ada, client_of):
    [one] = papers(1)
    page = client_of(ada).get(PAGE, {"paper": one.public_id, "value": "-1"}).content.decode()
    assert "No trained model serves yet" in page


def test_an_empty_catalogue_causes_no_error(ada, client_of):
    assert client_of(ada).get(PAGE).status_code == 200
    assert client_of(ada).get(PAGE, {"paper": "2607.00001", "value": "1"}).status_code == 200
