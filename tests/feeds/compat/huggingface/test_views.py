"""What the URLs of the Hugging Face API accept and reject."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import votes
from tests.feeds.planting import paper, papers

from .answers import ids, listed

ADDRESSES = ["/api/daily_papers", "/api/papers/search?q=on", "/api/papers", "/api/papers/2607.00001"]


def test_withdrawn_papers_can_be_retrieved_but_are_not_listed(anonymous, db):
    versions = [{"number": 1, "at": None}, {"number": 2, "at": "2026-07-25T10:00:00+00:00"}]
    paper("2607.00001", withdrawn=True, versions=versions)
    assert listed(anonymous, "/api/daily_papers") == listed(anonymous, "/api/papers") == []
    assert listed(anonymous, "/api/papers/2607.00001v2")["withdrawnAt"] == "2026-07-25T10:00:00.000Z"


def test_a_search_with_a_token_has_the_readers_own_order(planted, ada, api_of):
    votes.cast(ada, planted[0][8], 1)
    items = listed(api_of(ada), "/api/papers/search?q=the&limit=100")
    assert {item["ranking"]["mode"] for item in items} == {"mine"}
    assert {one[:4] for one in ids(items)[:8]} == {"2607"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/api/daily_papers?date=2026-02-30", "date: "),
        ("/api/daily_papers?date=20260721", "date: "),
        ("/api/daily_papers?date=", "date: "),
        ("/api/daily_papers?week=2026-W54", "week: "),
        ("/api/daily_papers?week=9999-W52", "week: "),
        ("/api/daily_papers?week=٢٠٢٦-W01", "week: "),
        ("/api/daily_papers?month=2026-13", "month: "),
        ("/api/daily_papers?date=2026-07-21&month=2026-07", "month: give one of date, week, month"),
        ("/api/daily_papers?limit=0", "limit: must be a whole number from 1 to 100; got '0'"),
        ("/api/daily_papers?limit=101", "limit: "),
        ("/api/daily_papers?p=-1", "p: "),
        ("/api/daily_papers?sort=upvotes", "sort: must be one of publishedAt, trending, mine; got 'upvotes'"),
        ("/api/daily_papers?submitter=%00", "submitter: "),
        ("/api/papers/search?limit=121", "limit: "),
        (f"/api/papers/search?q={'a' * 251}", "q: 251 characters are too many"),
        ("/api/papers?cursor=made-up", "cursor: "),
        ("/api/papers?limit=1e1", "limit: "),
    ],
)
def test_an_invalid_parameter_is_a_400_with_an_error_message(anonymous, db, address, words):
    papers(1)
    response = anonymous.get(address)
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    assert list(response.json()) == ["error"]
    assert response.json()["error"].startswith(words)


@pytest.mark.parametrize("address", ["/api/daily_papers?sort=mine", "/api/daily_papers?week=2026-W53&sort=mine"])
def test_the_own_order_needs_a_token(anonymous, db, address):
    response = anonymous.get(address)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert "needs one of your tokens" in response.json()["error"]


def test_an_unknown_token_is_a_401_with_an_error_message(anonymous, db):
    response = anonymous.get("/api/daily_papers", headers={"Authorization": f"Bearer pb_{'0' * 64}"})
    assert (response.status_code, list(response.json())) == (401, ["error"])


@pytest.mark.parametrize("address", [*ADDRESSES, "/papers/2607.00001.md"])
def test_the_api_can_be_turned_off(anonymous, db, settings, address):
    papers(1)
    assert anonymous.get(address).status_code == 200
    settings.HF_COMPATIBLE = False
    response = anonymous.get(address)
    assert response.status_code == 404
    assert "PAPERBOY_HF_COMPATIBLE" in response.json()["error"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_methods_that_write_are_a_405(api_of, ada, address):
    papers(1)
    for method in ("post", "put", "patch", "delete"):
        response = getattr(api_of(ada), method)(address.partition("?")[0], {})
        assert (response.status_code, list(response.json())) == (405, ["error"])


def test_a_paper_has_both_a_page_and_markdown(anonymous, db):
    paper("hep-th/9901001")
    assert anonymous.get("/papers/hep-th/9901001/")["Content-Type"].startswith("text/html")
    assert anonymous.get("/papers/hep-th/9901001.md")["Content-Type"] == "text/markdown; charset=utf-8"


@pytest.mark.parametrize(
    "address", ["/api/daily_papers", "/api/papers", "/api/papers/search?q=on", "/api/daily_papers?sort=mine"]
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(api_of, ada, address):
    client, counts = api_of(ada), []
    votes.cast(ada, paper("2601.00001"), 1)
    for month, size in (("2605", 5), ("2606", 40)):
        papers(size, month=month)
        listed(client, address)
        with CaptureQueriesContext(connection) as queries:
            listed(client, address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
