"""My votes: filters, changes, pages and export."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import votes
from recommender.models import Vote
from tests.feeds.planting import paper, papers

PAGE = "/taste/votes/"


def ids(response):
    assert response.status_code == 200
    return [entry.paper.public_id for entry, _ in response.context["rows"]]


@pytest.fixture
def voted(ada, client_of):
    """Up on knots, down on braids, up on knots and braids: the last is the newest."""
    for number, (title, value) in enumerate((("On knots", 1), ("Of Braids", -1), ("Knots and braids", 1)), start=1):
        votes.cast(ada, paper(f"2607.0000{number}", title=title), value)
    return client_of(ada)


FILTERED = [
    ({}, ["3", "2", "1"]),
    ({"q": "knots"}, ["3", "1"]),
    ({"q": "braids KNOTS"}, ["3"]),
    ({"only": "down"}, ["2"]),
    ({"only": "up", "q": "on"}, ["1"]),
    ({"q": "100%"}, []),
    ({"q": "\x00"}, ["3", "2", "1"]),
    ({"only": "sideways"}, ["3", "2", "1"]),
    ({"page": "99"}, ["3", "2", "1"]),
]


@pytest.mark.parametrize(("query", "names"), FILTERED)
def test_votes_are_filtered_by_title_and_kind_newest_first(voted, query, names):
    assert [name[-1] for name in ids(voted.get(PAGE, query))] == names


def test_a_vote_is_changed_on_the_page_and_returns_to_it(ada, voted):
    back = voted.post("/papers/2607.00002/vote/", {"value": "0", "next": f"{PAGE}?q=of"})["Location"]
    assert back.startswith(f"{PAGE}?q=of#paper-")
    assert ids(voted.get(PAGE)) == ["2607.00003", "2607.00001"]


def test_bob_does_not_see_adas_votes(bob, voted, client_of):
    assert ids(client_of(bob).get(PAGE)) == []
    assert json.loads(client_of(bob).get("/taste/votes.json").content) == []


def test_votes_are_exported_as_json(ada, voted):
    response = voted.get("/taste/votes.json")
    newest = ada.votes.first()
    assert response["Content-Disposition"] == 'attachment; filename="votes.json"'
    assert json.loads(response.content)[0] == {
        "paper_id": "2607.00003", "title": "Knots and braids", "value": 1, "voted_at": newest.voted_at.isoformat(),
    }  # fmt: skip


def test_votes_are_exported_as_csv_without_formulas(ada, voted):
    votes.cast(ada, paper("2607.00009", title='=HYPERLINK("x"), or not'), -1)
    rows = list(csv.DictReader(io.StringIO(voted.get("/taste/votes.csv").content.decode())))
    assert [row["value"] for row in rows] == ["-1", "1", "-1", "1"]
    assert rows[0]["title"] == '\'=HYPERLINK("x"), or not'


def test_an_unknown_export_format_is_a_404(voted):
    assert voted.get("/taste/votes.xml").status_code == 404


def test_long_lists_are_paged_and_queries_do_not_grow(ada, client_of):
    client, counts = client_of(ada), []
    catalogue = papers(60)
    for some in (catalogue[:2], catalogue[2:]):
        for one in some:
            Vote.objects.create(reader=ada, paper=one, value=1)
        with CaptureQueriesContext(connection) as queries:
            rows = ids(client.get(PAGE))
        counts.append(len(queries))
    assert (len(rows), len(ids(client.get(PAGE, {"page": 2}))), counts[0]) == (50, 10, counts[1])
