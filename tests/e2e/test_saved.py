"""Keeping papers in a browser: saving, a collection, a note, moving, exporting, bringing a library."""

import json

import pytest
from django.conf import settings
from playwright.sync_api import expect

from recommender.collections import reading_list, saved_in
from recommender.collections import save as save_papers
from tests.feeds.planting import plant, train

from .test_first_light import card, follow, order, sign_in

# Named apps make Django empty tables with CASCADE: PostgreSQL wants that for Knox's own, unused table of tokens.
database = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
pytestmark = [pytest.mark.browser, database]

both = pytest.mark.parametrize("javascript", [True, False])


@pytest.fixture
def topics(live_server):
    return plant()


def arrive(visit, ada, javascript):
    first = visit(javascript=javascript)
    sign_in(first.page, ada.email, "a long password for ada")
    expect(first.page.get_by_role("button", name="Sign out")).to_be_visible()
    return first


def save(page, title):
    card(page, title).get_by_role("button", name="Save").click()
    expect(card(page, title).get_by_role("button", name="Save")).to_have_attribute("aria-pressed", "true")


@both
def test_a_saved_paper_is_on_the_reading_list_until_it_is_removed(visit, topics, ada, javascript):
    first = arrive(visit, ada, javascript)
    page = first.page
    save(page, "The node")
    follow(page, page.get_by_role("link", name="Saved", exact=True).first)
    assert order(page) == ["The node"]
    page.get_by_role("button", name="Remove “The node”").click()
    expect(page.get_by_text("1 paper removed from “Saved”.")).to_be_visible()
    assert (reading_list(ada).size, first.errors, first.elsewhere) == (0, [], [])


@both
def test_a_paper_moves_to_a_collection_with_its_note_and_is_exported(visit, topics, ada, javascript):
    first = arrive(visit, ada, javascript)
    page = first.page
    save(page, "The node")
    page.goto(f"{first.home}/saved/")
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Graph theory")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Saved", exact=False).nth(1).click()
    page.get_by_text("Add a note").click()
    page.get_by_label("Your note").fill("read the proof")
    page.get_by_role("button", name="Save note").click()
    page.get_by_role("checkbox", name="Select “The node”").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("1 paper moved to “Graph theory”.")).to_be_visible()
    page.get_by_role("link", name="Graph theory").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON", exact=True).click()
    [row] = json.loads(download.value.path().read_text())["papers"]
    assert (row["title"], row["note"]) == ("The node", "read the proof")
    assert (first.errors, first.elsewhere) == ([], [])


@both
def test_a_pasted_list_becomes_votes_and_the_order_follows(visit, topics, ada, javascript):
    train()
    graphs, _ = topics
    first = arrive(visit, ada, javascript)
    page = first.page
    page.goto(f"{first.home}/welcome/library/")
    page.get_by_label("Paste ids, links, BibTeX or RIS").fill("\n".join(paper.arxiv_url for paper in graphs[8:12]))
    page.get_by_role("button", name="Find papers").click()
    expect(page.get_by_role("heading", name="4 of 4 found")).to_be_visible()
    page.get_by_label("Leave out").first.check()
    page.get_by_role("button", name="Vote up", exact=True).click()
    expect(page.get_by_text("3 papers voted up.")).to_be_visible()
    assert set(order(page)[:8]) == {paper.title for paper in graphs[:8]}
    assert (first.errors, first.elsewhere, saved_in(reading_list(ada)).count()) == ([], [], 0)


@pytest.mark.parametrize("width", [320, 390])
def test_a_collection_is_no_wider_than_a_phone(visit, topics, ada, width):
    save_papers(reading_list(ada), topics[0][:1])
    page = arrive(visit, ada, javascript=True).page
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("link", name="Saved", exact=True).first.click()
    expect(page.get_by_role("link", name="Markdown")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
