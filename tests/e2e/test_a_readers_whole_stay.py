"""One stay from the first visit to leaving for good, in a browser with JavaScript and in one without."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from tests.feeds.planting import GRAPHS, plant, train

from .test_first_light import PASSWORD, card, follow, graphs_of_first_eight, order, sign_up, vote

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
EMAIL = "eve@example.org"


@pytest.fixture
def site(live_server):
    plant()
    train()
    return live_server


def eve():
    return User.objects.get(email=EMAIL)


def choose_a_topic_and_answer(page):
    """The welcome that signing up leads to."""
    page.get_by_label("Topic").fill("protein enzyme folding")
    page.get_by_role("button", name="Add topic").click()
    expect(page.get_by_role("region", name="Your interests")).to_contain_text("protein enzyme folding")
    page.get_by_role("link", name="Continue to a few papers").click()
    page.get_by_role("button", name=re.compile("^Skip ")).first.click()
    follow(page, page.get_by_role("link", name="Continue to today’s papers"))
    assert graphs_of_first_eight(page) == 0


def vote_and_see_the_order_change(page):
    for word in ("graph", "edge", "clique"):
        vote(page, f"The {word}", "up")
    for word in ("protein", "cell", "ligand"):
        vote(page, f"The {word}", "down")
    follow(page, page.get_by_role("link", name="Today").first)
    assert graphs_of_first_eight(page) >= 6


def undo_and_see_the_order_change(page):
    before = order(page)
    for word in ("graph", "edge", "clique"):
        thumb = card(page, f"The {word}").get_by_role("button", name=re.compile("Thumbs up"))
        thumb.click()
        expect(thumb).to_have_attribute("aria-pressed", "false")
    follow(page, page.get_by_role("link", name="Today").first)
    assert order(page) != before
    assert sorted(eve().votes.values_list("value", flat=True)) == [-1, -1, -1]


def search_for_a_paper(page):
    page.get_by_role("link", name="Search").first.click()
    page.get_by_role("searchbox").fill('"node edge" -protein')
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search/?**")
    expect(page.locator("#found mark").first).to_be_visible()
    assert set(order(page)) <= {f"The {word}" for word in GRAPHS} - {"The node", "The edge"}


def try_a_vote_and_keep_it(page):
    page.get_by_role("link", name="My taste").click()
    page.get_by_role("link", name="Try a vote", exact=True).click()
    page.locator("section").filter(has_text="Papers of the newest day").get_by_role("link").first.click()
    follow(page, page.get_by_role("link", name="Thumbs up"))
    assert eve().votes.count() == 3
    page.get_by_role("button", name="Save this vote").click()
    expect(page.get_by_text("This is your current vote")).to_be_visible()
    assert sorted(eve().votes.values_list("value", flat=True))[-1] == 1


def collect_and_export(page):
    follow(page, page.get_by_role("link", name="Today").first)
    card(page, "The node").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved to your reading list.")).to_be_visible()
    page.get_by_role("link", name="Saved", exact=True).first.click()
    page.get_by_role("link", name="New collection").click()
    page.get_by_label("Name").fill("Graphs")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Saved", exact=False).nth(1).click()
    page.get_by_role("checkbox", name="Select “The node”").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("link", name="Graphs").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="BibTeX", exact=True).click()
    assert "title = {The node}" in download.value.path().read_text()


def leave_for_good(page):
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Delete your account").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account and all of its data were deleted.")).to_be_visible()
    assert not User.objects.filter(email=EMAIL).exists()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_whole_stay(visit, site, mailoutbox, javascript):
    first = visit(javascript=javascript)
    page = first.page
    sign_up(page, EMAIL, mailoutbox)
    choose_a_topic_and_answer(page)
    vote_and_see_the_order_change(page)
    undo_and_see_the_order_change(page)
    search_for_a_paper(page)
    try_a_vote_and_keep_it(page)
    collect_and_export(page)
    leave_for_good(page)
    assert (first.errors, first.elsewhere) == ([], [])
