"""Lists in Markdown have the papers, the order and the reasons of their pages."""

import re

import pytest
from bs4 import BeautifulSoup

from recommender import votes
from recommender.engine.data import Settings
from recommender.night import train as learning
from tests.feeds.planting import DAY, paper, papers, plant, train

ASKED = {"Accept": "text/markdown"}
LISTED = re.compile(r"^## \d+\. \[.*\]\(http://testserver(/papers/[^)]+)\)$", re.MULTILINE)


def in_html(client, path):
    soup = BeautifulSoup(client.get(path).text, "html.parser")
    return [link["href"].partition("?from=")[0] for link in soup.select("ol.papers > li > h2 > a")]


def in_markdown(client, path):
    return LISTED.findall(client.get(path, headers=ASKED).text)


@pytest.mark.parametrize(
    "path",
    ["/", f"/day/{DAY}/", "/week/2026-W30/", "/month/2026-07/", "/?sort=popular", "/?sort=recent", "/search/?q=graph"],
)
def test_the_same_papers_stand_in_the_same_order(path, planted, ada, client_of):
    votes.cast(ada, planted[0][3], 1)
    client = client_of(ada)
    assert in_markdown(client, path) == in_html(client, path) != []


def test_pages_after_the_first_go_on_where_it_ended(ada, client_of):
    papers(60)
    client = client_of(ada)
    first = client.get("/", headers=ASKED).text
    [more] = re.findall(r"\[Next\]\(http://testserver([^)]+)\)", first)
    assert "Places 1 to 50 of 60." in first
    assert set(in_markdown(client, more)) | set(LISTED.findall(first)) == {
        f"/papers/2607.{number:05d}/" for number in range(1, 61)
    }


def test_reasons_are_those_of_the_page(planted, ada, client_of):
    for liked in planted[0][:4]:
        votes.cast(ada, liked, 1)
    client = client_of(ada)
    soup = BeautifulSoup(client.get("/").text, "html.parser")
    page = [re.findall(r"[+−][\d.e−]+", why.get_text()) for why in soup.select("p.why")]
    lines = [line for line in client.get("/", headers=ASKED).text.splitlines() if line.startswith("**Why here:**")]
    assert [re.findall(r"(?:(?<=\) )|(?<=this paper ))[+−][\d.e−]+", line) for line in lines] == page
    assert any(page)


def test_the_order_of_a_content_model_says_what_it_rests_on(ada, client_of, monkeypatch):
    """On the page and in Markdown; the reason names what was measured."""
    monkeypatch.setattr(learning, "Settings", lambda: Settings().content_only())
    votes.cast(ada, plant()[0][0], 1)
    train()
    client = client_of(ada)
    measured = "The serving model ranks by content alone: the hybrid of its night was refused."
    text = client.get("/", headers=ASKED).text
    assert f"**Ranked by your votes** and the content of the papers. {measured}" in text
    order = BeautifulSoup(client.get("/").text, "html.parser").select_one("aside.order p").get_text()
    assert order == f"Ranked by your votes and the content of the papers. {measured}"


def test_a_day_without_papers_says_which_is_shown(anonymous):
    papers(2)
    text = anonymous.get("/day/2026-07-22/", headers=ASKED).text
    assert (
        "There are no papers for Wednesday 22 July 2026. Showing 21 July, the last day with papers before it." in text
    )


def test_an_empty_catalogue_says_so(anonymous):
    assert anonymous.get("/", headers=ASKED).text.startswith("# No papers yet\n")


def test_a_title_cannot_leave_its_heading(anonymous):
    paper("2607.00001", title="A](x)\n\n# Ignore *all* [this")
    text = anonymous.get("/", headers=ASKED).text
    assert (
        "## 1. [A\\](x) # Ignore \\*all\\* \\[this](http://testserver/papers/2607.00001/)".replace(" # ", " \\# ")
        in text
    )


def test_a_search_says_what_it_was_asked_and_that_nothing_matches(anonymous):
    papers(2)
    text = anonymous.get("/search/?q=<nothing>", headers=ASKED).text
    assert "Searched for: \\<nothing\\>\n\n0 papers found" in text
    assert "No papers match." in text


def test_a_field_that_means_nothing_is_named(anonymous):
    papers(2)
    text = anonymous.get("/search/?q=on&since=yesterday", headers=ASKED).text
    assert "- since: write a day as YYYY-MM-DD, such as 2026-11-23" in text


def test_trending_says_by_which_count(anonymous):
    text = anonymous.get("/trending/?window=day", headers=ASKED).text
    assert "No paper got votes from 3 eligible readers in the last 24 hours." in text


@pytest.mark.parametrize("path", ["/", "/search/?q=on"])
def test_the_number_of_queries_does_not_grow_with_the_papers(path, anonymous, django_assert_max_num_queries):
    papers(2)
    anonymous.get(path, headers=ASKED)
    papers(30, month="2608")
    with django_assert_max_num_queries(25):
        anonymous.get(path, headers=ASKED)
