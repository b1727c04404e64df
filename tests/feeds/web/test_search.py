"""The search page: results, highlighting and notices, for any text."""

import pytest
from django.urls import reverse

from recommender import votes
from tests.feeds.planting import DAY, paper, papers

from .pages import html

PAGE = "/search/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def ids(response):
    assert response.status_code == 200
    return [hit.entry.paper.public_id for hit in response.context.get("hits", [])]


@pytest.fixture
def three(db):
    paper("2607.00001", title="Graph nets", authors=["Grace Hopper"], categories=["cs.LG", "stat.ML"])
    paper("2607.00002", title="Cells", abstract="A graph of cells", categories=["q-bio.BM"])
    paper("2607.00003", title="Snakes", authors=["Erwin Schrödinger"], categories=["cs.LG"])


def test_the_page_starts_with_an_empty_form_and_explains_searching(anonymous, three):
    response = anonymous.get(PAGE)
    assert "found" not in response.context
    assert '<label for="id_q">' in html(response)
    assert "Search tips" in html(response)


def test_papers_with_the_word_in_the_title_come_first(anonymous, three):
    response = anonymous.get(PAGE, {"q": "graphs"})
    assert ids(response) == ["2607.00001", "2607.00002"]
    assert "2 papers found." in html(response)


def test_the_words_are_highlighted_in_title_and_abstract(anonymous, three):
    page = html(anonymous.get(PAGE, {"q": "graphs"}))
    assert "<mark>Graph</mark> nets" in page
    assert "A <mark>graph</mark> of cells" in page


NARROWED = [
    ({"author": "hopper"}, ["2607.00001"]),
    ({"author": "Schrodinger, Erwin"}, ["2607.00003"]),
    ({"category": "cs.LG", "sort": "date"}, ["2607.00003", "2607.00001"]),
    ({"q": "graph", "category": "q-bio.BM"}, ["2607.00002"]),
    ({"q": "graph", "since": "2026-07-22"}, []),
    ({"q": "graph", "until": "2026-07-20"}, []),
    ({"q": "graph", "since": "2026-07-21", "until": "2026-07-21"}, ["2607.00001", "2607.00002"]),
]


@pytest.mark.parametrize(("query", "names"), NARROWED, ids=str)
def test_the_fields_beside_the_words_narrow_the_search(anonymous, three, query, names):
    assert ids(anonymous.get(PAGE, query)) == names


@pytest.mark.parametrize("field", ["category", "since", "until"])
def test_an_invalid_filter_is_an_error_beside_its_field_and_ignored(anonymous, three, field):
    response = anonymous.get(PAGE, {"q": "snakes", field: "2026_07"})
    assert ids(response) == ["2607.00003"]
    assert "errorlist" in html(response)


ANYTHING = [
    '"',
    '""',
    "-",
    "- - -",
    "AND OR NOT",
    "NEAR(graph, 2",
    "graph*",
    "title:",
    "author:",
    "{title abstract} : x",
    "graph\x00nets",
    "'; DROP TABLE recommender_paper; --",
    "%s %(x)s",
    "<script>alert(1)</script>",
    "day:2026-02-30",
    "cat:1",
    "x" * 10_000,
    "graph " * 2_000,
    '"graph ' * 200,
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\u202egraph",
    "ﬁ ² ½ ℝ İ ß",
]


@pytest.mark.parametrize("typed", ANYTHING, ids=lambda typed: repr(typed)[:30])
@pytest.mark.parametrize("sort", ["", "date", "mine"])
def test_any_text_can_be_searched(ada, client_of, three, typed, sort):
    page = html(client_of(ada).get(PAGE, {"q": typed, "sort": sort}))
    assert 'role="status"' in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", ["author", "category", "since", "until", "sort", "page", "typing"])
@pytest.mark.parametrize("value", ["\x00", "x" * 5_000, "-1", "<b>", "0", "9" * 5_000])
def test_any_filter_value_is_answered(anonymous, three, name, value):
    assert ids(anonymous.get(PAGE, {"q": "snakes", name: value})) in (["2607.00003"], [])


def test_a_long_query_is_cut_with_a_notice(anonymous, three):
    assert "Only the first 500 characters" in html(anonymous.get(PAGE, {"q": "graph " * 2_000}))


def test_a_search_without_results_suggests_what_may_help(anonymous, three):
    assert "try fewer or other words" in html(anonymous.get(PAGE, {"q": "nonsense"}))


def test_an_id_finds_its_paper_first_and_an_unknown_id_is_named(anonymous, three):
    assert ids(anonymous.get(PAGE, {"q": "graph https://arxiv.org/abs/2607.00003v2"}))[0] == "2607.00003"
    assert "2607.99999 is not in the catalogue." in html(anonymous.get(PAGE, {"q": "2607.99999"}))


def test_pages_of_results_keep_the_query(anonymous):
    papers(30)
    first = anonymous.get(PAGE, {"q": "on", "sort": "date"})
    assert (len(ids(first)), ids(first)[0]) == (25, "2607.00030")
    assert "?q=on&amp;sort=date&amp;page=2" in html(first)
    assert len(ids(anonymous.get(PAGE, {"q": "on", "sort": "date", "page": "2"}))) == 5


def test_only_signed_in_readers_are_offered_their_own_ranking(ada, client_of, anonymous, three):
    assert "sort=mine" not in html(anonymous.get(PAGE, {"q": "graph"}))
    assert "sort=mine" in html(client_of(ada).get(PAGE, {"q": "graph"}))


def test_without_votes_the_own_ranking_is_relevance_with_a_notice(ada, client_of, three):
    response = client_of(ada).get(PAGE, {"q": "graph", "sort": "mine"})
    assert ids(response) == ["2607.00001", "2607.00002"]
    assert "You have no votes and no interests yet. Sorted by relevance instead." in html(response)


def test_my_own_ranking_puts_papers_that_i_like_first(ada, client_of, planted):
    """Papers such as `The graph` are on the liked topic; every title contains the word `the`."""
    graphs, _ = planted
    votes.cast(ada, graphs[10], 1)
    results = ids(client_of(ada).get(PAGE, {"q": "the", "sort": "mine"}))
    assert set(results[:20]) <= {liked.public_id for liked in graphs}


def test_results_show_my_vote_and_let_me_vote(ada, client_of, three):
    client = client_of(ada)
    assert client.post("/papers/2607.00001/vote/", {"value": "1", "next": f"{PAGE}?q=graph"}).status_code == 302
    assert html(client.get(PAGE, {"q": "graph"})).count('aria-pressed="true"') == 1


def test_while_typing_the_last_word_may_be_incomplete(anonymous, three):
    assert ids(anonymous.get(PAGE, {"q": "gra"})) == []
    assert ids(anonymous.get(PAGE, {"q": "gra", "typing": "1"}, **HTMX)) == ["2607.00001", "2607.00002"]


def test_hostile_text_is_escaped(anonymous, db):
    paper("2607.00001", title="<b>graph</b>", abstract="<img src=x onerror=alert(1)> graph", authors=["<i>"])
    page = html(anonymous.get(PAGE, {"q": "graph"}))
    assert "&lt;b&gt;<mark>graph</mark>&lt;/b&gt;" in page
    assert "<img" not in page


def test_the_page_is_in_the_navigation_and_refuses_post(anonymous, db):
    assert f'href="{reverse("search")}"' in html(anonymous.get("/"))
    assert anonymous.post(PAGE).status_code == 405
    assert anonymous.head(PAGE, {"q": "graph"}).content == b""


def test_queries_do_not_grow_with_the_papers_shown(ada, client_of, django_assert_max_num_queries):
    client, counts = client_of(ada), []
    for start in (0, 10):
        for number in range(start, start + 10):
            paper(f"2607.1{number:04d}", DAY, title="Graph", authors=["A", "B"])
        with django_assert_max_num_queries(14) as counted:  # PostgreSQL takes more a search than SQLite
            client.get(PAGE, {"q": "graph"})
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
