"""Impressions are recorded once for each ranking, paper and surface."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import votes
from recommender.models import Impression
from recommender.ranking.rank import rank
from tests.conftest import make_reader
from tests.feeds.planting import DAY, paper, papers
from tests.threads import all_at_once, commits

BATCH = "/api/v1/impressions/batch/"


@pytest.fixture
def ranking(ada):
    """Papers 3, 2, 1: newest first, because there are no votes."""
    papers(3)
    return rank(ada, DAY)


def items_at(*places, surface="web", **more):
    return [{"paper_id": f"2607.0000{number}", "position": at, "surface": surface} | more for number, at in places]


def send(client, ranking, items):
    return client.post(BATCH, {"ranking_id": ranking.public_id, "items": items}, format="json")


def test_an_impression_is_recorded_once_per_surface(ada, ada_api, ranking):
    first = send(ada_api, ranking, items_at((3, 1), (2, 2), at="2026-07-21T08:00:00Z"))
    again = send(ada_api, ranking, items_at((3, 1), (1, 3)) + items_at((3, 1), surface="feed"))
    assert (first.status_code, first.json()) == (202, {"new": 2, "known": 0, "refused": []})
    assert again.json() == {"new": 2, "known": 1, "refused": []}
    rows = ada.impressions.filter(ranking=ranking).values_list("paper__public_id", "position", "surface")
    assert sorted(rows) == [
        ("2607.00001", 3, "web"), ("2607.00002", 2, "web"), ("2607.00003", 1, "feed"), ("2607.00003", 1, "web"),
    ]  # fmt: skip


def test_the_first_of_two_equal_items_counts(ada, ada_api, ranking):
    items = items_at((3, 1), at="2026-07-21T08:00:00Z") + items_at((3, 1), at="2026-07-21T09:00:00Z")
    assert send(ada_api, ranking, items).json() == {"new": 1, "known": 1, "refused": []}
    assert Impression.objects.get().at.hour == 8


BAD_ITEMS = [
    (items_at((2, 1))[0], 400), (items_at((3, 4))[0], 400), (items_at((3, 0))[0], 400), (items_at((9, 1))[0], 404),
    (items_at((3, 1), surface="tv")[0], 400), (items_at((3, 1), surface=[])[0], 400), (items_at((3, True))[0], 400),
    (items_at((3, 1), at="soon")[0], 400), (items_at((3, 1), reader=1)[0], 400), ({}, 400), ("3", 400),
    (items_at((3, 10**18))[0], 400),
]  # fmt: skip


@pytest.mark.parametrize(("item", "status"), BAD_ITEMS, ids=repr)
def test_an_invalid_item_does_not_affect_the_others(ada_api, ranking, item, status):
    answer = send(ada_api, ranking, [item, *items_at((2, 2))]).json()
    assert (answer["new"], [(one["item"], one["problem"]["status"]) for one in answer["refused"]]) == (1, [(0, status)])


def test_the_ranking_of_another_reader_is_a_404(bob, checked, ranking):
    assert send(checked(bob), ranking, items_at((3, 1))).status_code == 404
    assert Impression.objects.count() == 0


BAD_BODIES = [({}, "ranking_id"), ([], "ranking_id"), ({"ranking_id": 5, "items": []}, "ranking_id"),
              ({"ranking_id": "\x00", "items": [1]}, "ranking_id"), ({"ranking_id": "rk_x"}, "items"),
              ({"ranking_id": "rk_x", "items": []}, "items"), ({"ranking_id": "rk_x", "items": [1] * 501}, "items"),
              ({"ranking_id": "rk_x", "items": [1], "reader": 1}, "reader")]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
def test_an_invalid_batch_is_a_400(ada_api, db, body, field):
    answer = ada_api.post(BATCH, body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_anonymous_records_nothing(api, ranking):
    assert send(api, ranking, items_at((3, 1))).status_code == 401


def test_five_hundred_items_take_the_queries_of_one_except_inserts(ada, ada_api):
    ranked = rank(ada, (papers(500), DAY)[1])
    items = [{"paper_id": f"2607.{500 - at:05d}", "position": at + 1, "surface": "api"} for at in range(500)]
    counts = []
    for some in (items[:1], items):
        with CaptureQueriesContext(connection) as queries:
            assert send(ada_api, ranked, some).json()["refused"] == []
        counts.append(len([query for query in queries if not query["sql"].startswith("INSERT")]))
    assert (ada.impressions.count(), counts[0]) == (500, counts[1])


@commits
def test_the_same_batch_sent_concurrently_is_recorded_once(api_of):
    ada = make_reader("ada")
    votes.cast(ada, paper("2607.00001"), 1)
    ranking = rank(ada, DAY)
    clients = [api_of(ada) for _ in range(4)]
    answers = all_at_once(*[lambda c=c: send(c, ranking, items_at((1, 1))).json()["new"] for c in clients])
    assert (sorted(answers), Impression.objects.count()) == ([0, 0, 0, 1], 1)
