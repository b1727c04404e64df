"""`/papers/` and one paper: fields, search, filters and errors."""

from datetime import UTC, date, datetime

import pytest

from feeds.models import Telling
from recommender import votes
from recommender.models import Paper
from recommender.paper_ids import own_id
from tests.feeds.planting import DAY, paper, papers

CATALOGUE = "/api/v1/papers/"


def ids(response):
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def test_a_paper_has_all_fields_and_links(ada, bob, ada_api):
    lovelace = paper(
        "2607.21557", title="Ties", abstract="We tie.", authors=["Ada Lovelace", "Bob"], categories=["cs.LG"],
        published_at=datetime(2026, 7, 20, 8, tzinfo=UTC), comment="12 pages", source="huggingface", source_upvotes=7,
        code_url="https://example.org/code", tags=["knots"], doi="10.1000/1", journal_ref="Knots 3", source_comments=2,
        submitted_by="grace", organization="Navy", code_stars=5, license_url="https://example.org/licence",
        versions=[{"number": 1, "at": "2026-07-20T08:00:00Z"}, {"number": 2, "at": None}],
    )  # fmt: skip
    votes.cast(ada, lovelace, 1)
    votes.cast(bob, lovelace, -1)
    assert ada_api.get(f"{CATALOGUE}2607.21557/").json() == {
        "id": "2607.21557",
        "title": "Ties",
        "abstract": "We tie.",
        "authors": [{"name": "Ada Lovelace"}, {"name": "Bob"}],
        "categories": ["cs.LG"],
        "tags": ["knots"],
        "day": "2026-07-21",
        "published_at": "2026-07-20T08:00:00Z",
        "versions": [{"number": 1, "at": "2026-07-20T08:00:00Z"}, {"number": 2, "at": None}],
        "withdrawn": False,
        "comment": "12 pages",
        "journal_ref": "Knots 3",
        "doi": "10.1000/1",
        "source": "huggingface",
        "sources": ["huggingface"],
        "hugging_face": {
            "upvotes": 7, "comments": 2, "submitted_by": "grace", "organization": "Navy", "code_stars": 5,
        },
        "submitter": None,
        "links": {
            "page": "http://testserver/papers/2607.21557/",
            "abs": "https://arxiv.org/abs/2607.21557",
            "pdf": "https://arxiv.org/pdf/2607.21557",
            "code": "https://example.org/code",
            "project": None,
            "license": "https://example.org/licence",
        },
        "public_votes": {"up": 1, "down": 1, "at_source": 7},
        "nearly_the_same": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "form"),
    [
        ("2607.21557", "2607.21557v2"),
        ("2607.21557", "arXiv:2607.21557"),
        ("2607.21557", "ARXIV:2607.21557v12"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("hep-th/9901001", "hep-th%2F9901001"),
        ("hep-th/9901001", "arXiv:hep-th/9901001v3"),
        ("math/0309136", "math.GT/0309136"),
        ("0704.0001", "0704.0001"),
    ],
)
def test_any_form_of_an_arxiv_id_finds_the_paper(ada_api, stored, form):
    paper(stored)
    assert ada_api.get(f"{CATALOGUE}{form}/").json()["id"] == stored


def test_a_paper_without_an_arxiv_id_has_its_own_id_and_no_arxiv_links(ada_api):
    ties = paper(own_id("Ties"), source="saved_page")
    answer = ada_api.get(f"{CATALOGUE}{ties.public_id}/").json()
    assert (answer["id"], answer["links"]["abs"], answer["links"]["pdf"]) == (ties.public_id, None, None)
    assert ada_api.get(f"{CATALOGUE}{ties.public_id.upper()}/").json()["id"] == ties.public_id


NO_PAPER = [
    "2607.99999",
    "hep-th/0000000",
    "pb.aaaaaaaaaaaa",
    "nothing",
    "2607.21557v0",
    "..",
    "%00",
    "2607.21557%00",
    "%ff%fe",
    "a%2Fb",
    "hep-th/9901001/extra",
    "x" * 65,
    "x" * 5000,
    "%D9%A2%D9%A6%D9%A0%D9%A7.21557",
]


@pytest.mark.parametrize("public_id", NO_PAPER, ids=lambda text: text[:20])
def test_an_unknown_paper_is_a_404(ada_api, public_id):
    paper("2607.21557")
    response = ada_api.get(f"{CATALOGUE}{public_id}/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_catalogue_is_newest_day_first_in_pages_of_fifty(ada_api):
    papers(51)
    paper("2606.00001", day=date(2026, 6, 1))
    first = ada_api.get(CATALOGUE)
    assert (first.json()["count"], len(ids(first))) == (52, 50)
    assert ids(ada_api.get(first.json()["next"])) == ["2607.00001", "2606.00001"]


@pytest.fixture
def three(db):
    paper("2607.00001", title="Graph nets", authors=["Grace Hopper"], categories=["cs.LG", "stat.ML"])
    paper("2607.00002", title="Cells", abstract="A graph of 100% cells", categories=["q-bio.BM"])
    paper("2606.00003", day=date(2026, 6, 1), title="Snake_case", categories=["cs.LG"])


FOUND = [
    ({"q": "graph"}, ["2607.00001", "2607.00002"]),
    ({"q": "graph", "sort": "date"}, ["2607.00002", "2607.00001"]),
    ({"q": "graph", "sort": "mine"}, ["2607.00001", "2607.00002"]),
    ({"q": "GRAPH nets"}, ["2607.00001"]),
    ({"q": "hopper"}, ["2607.00001"]),
    ({"q": "2607.00002"}, ["2607.00002"]),
    ({"q": "graph nothing"}, []),
    ({"q": "100%"}, ["2607.00002"]),
    ({"q": "1%0"}, []),
    ({"q": "snake_case"}, ["2606.00003"]),
    ({"q": "snake-case"}, ["2606.00003"]),
    ({"q": "snak"}, []),
    ({"q": "_"}, []),
    ({"q": "'; --"}, []),
    ({"q": "\\"}, []),
    ({"q": ""}, ["2607.00002", "2607.00001", "2606.00003"]),
    ({"q": " ".join("g" * 100)}, []),
    ({"q": '"graph nets" author:hopper -cells'}, ["2607.00001"]),
    ({"author": "Hopper, Grace"}, ["2607.00001"]),
    ({"author": "hop"}, []),
    ({"category": "cs.LG"}, ["2607.00001", "2606.00003"]),
    ({"category": "cs.lg"}, ["2607.00001", "2606.00003"]),
    ({"category": "stat.ML"}, ["2607.00001"]),
    ({"category": "cs"}, []),
    ({"category": "csxLG"}, []),
    ({"day": "2026-06-01"}, ["2606.00003"]),
    ({"day": "2026-06-02"}, []),
    ({"since": "2026-06-02"}, ["2607.00002", "2607.00001"]),
    ({"until": "2026-06-01"}, ["2606.00003"]),
    ({"q": "graph", "since": "2026-07-21", "until": "2026-07-21", "sort": "date"}, ["2607.00002", "2607.00001"]),
    ({"q": "graph", "until": "2026-07-20"}, []),
    ({"sort": "relevance"}, ["2607.00002", "2607.00001", "2606.00003"]),
    ({"sort": "mine"}, ["2607.00002", "2607.00001", "2606.00003"]),
    ({"sort": "mine", "category": "stat.ML"}, ["2607.00001"]),
    ({"q": "graph", "category": "cs.LG", "day": "2026-07-21"}, ["2607.00001"]),
]


@pytest.mark.parametrize(("query", "titles"), FOUND, ids=lambda value: str(value)[:40])
def test_papers_are_found_by_words_category_and_day(ada_api, three, query, titles):
    assert ids(ada_api.get(CATALOGUE, query)) == titles


CHOSEN = [
    ({"has_code": "true"}, ["2607.00002"]),
    ({"has_code": "false"}, ["2607.00001", "2606.00003"]),
    ({"source": "arxiv"}, ["2607.00002", "2607.00001"]),
    ({"source": "huggingface"}, ["2607.00001", "2606.00003"]),
    ({"source": "ris"}, []),
    ({"sort": "oldest"}, ["2606.00003", "2607.00001", "2607.00002"]),
    ({"sort": "title"}, ["2607.00002", "2607.00001", "2606.00003"]),
    ({"q": "graph", "has_code": "true"}, ["2607.00002"]),
    ({"q": "graph", "source": "huggingface"}, ["2607.00001"]),
    ({"q": "graph", "sort": "title"}, ["2607.00002", "2607.00001"]),
    ({"q": "graph", "sort": "oldest", "has_code": "false"}, ["2607.00001"]),
    ({"sort": "mine", "has_code": "true"}, ["2607.00002"]),
]


@pytest.mark.parametrize(("query", "titles"), CHOSEN, ids=lambda value: str(value)[:40])
def test_papers_are_filtered_by_source_and_code_and_sorted(ada_api, three, query, titles):
    """Cells has code; Graph nets is at Hugging Face too; Snake_case is only there."""
    Paper.objects.filter(public_id="2607.00002").update(code_url="https://example.org/code")
    Paper.objects.filter(public_id="2606.00003").update(source="huggingface")
    Telling.objects.create(paper=Paper.objects.get(public_id="2607.00001"), source="huggingface", fields={})
    response = ada_api.get(CATALOGUE, query)
    assert ids(response) == titles
    assert response.json()["sort"] in (query.get("sort", "date" if "q" not in query else "relevance"), "relevance")


REFUSED = [
    ({"has_code": "yes"}, "has_code"),
    ({"source": "nature"}, "source"),
    ({"q": "x" * 10_000}, "q"),
    ({"q": "a\x00b"}, "q"),
    ({"category": "x" * 41}, "category"),
    ({"category": 'cs.LG", "stat.ML'}, "category"),
    ({"category": "cs.%"}, "category"),
    ({"category": "cs_LG"}, "category"),
    ({"category": "cs.LG\x00"}, "category"),
    ({"day": "yesterday"}, "day"),
    ({"day": "2026-02-30"}, "day"),
    ({"day": "20260721"}, "day"),
    ({"day": "2026-W30-1"}, "day"),
    ({"day": "2026-07-21\x00"}, "day"),
    ({"day": "٢٠٢٦-07-21"}, "day"),
    ({"since": "2026-7-1"}, "since"),
    ({"q": "graph", "until": "never"}, "until"),
    ({"author": "x" * 101}, "author"),
    ({"sort": "best"}, "sort"),
    ({"page_size": "0"}, "page_size"),
]


@pytest.mark.parametrize(("query", "field"), REFUSED, ids=lambda value: str(value)[:40])
def test_an_invalid_query_is_a_400_that_names_the_parameter(ada_api, three, query, field):
    response = ada_api.get(CATALOGUE, query)
    assert response.status_code == 400
    [error, *_] = response.json()["errors"]
    assert error["field"] == field
    assert error["value"]
    assert len(response.content) < 2000


def test_a_list_has_its_order_and_notices(ada_api, three):
    plain = ada_api.get(CATALOGUE).json()
    assert (plain["sort"], plain["more"], plain["notices"]) == ("date", False, [])
    cold = ada_api.get(CATALOGUE, {"q": "graph day:never", "sort": "mine"}).json()
    assert cold["sort"] == "relevance"
    assert cold["notices"] == [
        "“day:never” is not a date such as 2026-05-01; searched for as words.",
        "You have no votes and no interests yet. Sorted by relevance instead.",
    ]


def test_search_results_come_in_pages(ada_api, three):
    first = ada_api.get(CATALOGUE, {"q": "graph", "page_size": "1"})
    assert (first.json()["count"], ids(first)) == (2, ["2607.00001"])
    assert ids(ada_api.get(first.json()["next"])) == ["2607.00002"]


def test_a_search_in_my_own_order_puts_papers_i_like_first(ada, ada_api, planted):
    graphs, _ = planted
    votes.cast(ada, graphs[10], 1)
    answer = ada_api.get(CATALOGUE, {"q": "the", "sort": "mine", "page_size": "20"})
    assert answer.json()["sort"] == "mine"
    assert set(ids(answer)) <= {liked.public_id for liked in graphs}


def test_bytes_that_are_not_utf8_in_a_query_match_nothing_or_are_rejected(ada_api, three):
    assert ids(ada_api.get(f"{CATALOGUE}?q=%ff%fe")) == []
    for name in ("category", "day", "page_size"):
        assert ada_api.get(f"{CATALOGUE}?{name}=%ff%fe").json()["errors"][0]["field"] == name


@pytest.mark.parametrize("page", ["0", "abc", "2", "-1", "%00", "%ff", "9" * 5000])
def test_a_page_after_the_last_one_is_a_404(ada_api, three, page):
    response = ada_api.get(f"{CATALOGUE}?page={page}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_number_of_queries_does_not_depend_on_the_length_of_the_list(ada_api, django_assert_num_queries):
    for start in (0, 20):
        for number in range(start, start + 20):
            paper(f"2607.1{number:04d}", DAY, authors=["A", "B"])
        with django_assert_num_queries(5):  # who is asking, how many, which, their sources, their submitters
            ada_api.get(CATALOGUE)


def test_a_head_request_has_the_headers_and_no_body(ada_api, three):
    response = ada_api.head(CATALOGUE)
    assert (response.status_code, response.content) == (200, b"")
