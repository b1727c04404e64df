"""A change that is requested twice, or concurrently, is made once."""

from functools import partial

from django.urls import reverse

from recommender.models import Vote
from tests.feeds.planting import papers
from tests.threads import all_at_once, commits

pytestmark = commits


def test_a_repeated_vote_is_one_vote_and_the_response_says_so(ada, api_of):
    [paper] = papers(1)
    client, address = api_of(ada), reverse("api-vote", args=[paper.public_id])
    answers = [client.put(address, {"value": 1}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [(vote.paper_id, vote.value) for vote in Vote.objects.filter(reader=ada)] == [(paper.pk, 1)]


def test_concurrent_votes_are_one_vote(ada, api_of):
    [paper] = papers(1)
    clients = [api_of(ada) for _ in range(6)]
    address = reverse("api-vote", args=[paper.public_id])
    answers = all_at_once(*[partial(client.put, address, {"value": 1}) for client in clients])
    assert [getattr(answer, "status_code", answer) for answer in answers] == [200] * 6
    assert [(vote.paper_id, vote.value) for vote in Vote.objects.filter(reader=ada)] == [(paper.pk, 1)]
    assert sum(answer.json()["previous"] == 0 for answer in answers) == 1


def test_a_vote_cast_and_removed_concurrently_ends_as_one_of_the_two(ada, api_of):
    [paper] = papers(1)
    one, other = api_of(ada), api_of(ada)
    address = reverse("api-vote", args=[paper.public_id])
    answers = all_at_once(partial(one.put, address, {"value": 1}), partial(other.delete, address))
    assert [getattr(answer, "status_code", answer) for answer in answers] == [200] * 2
    assert Vote.objects.filter(reader=ada).count() in (0, 1)
