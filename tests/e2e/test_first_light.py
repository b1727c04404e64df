"""The whole thread in a browser: from signing up to an order of one's own, with and without JavaScript."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from tests.feeds.planting import GRAPHS, PROTEINS, plant, train

# Named apps make Django empty tables with CASCADE: PostgreSQL wants that for Knox's own, unused table of tokens.
database = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
pytestmark = [pytest.mark.browser, database]

PASSWORD = "seven wild horses"


@pytest.fixture
def site(live_server):
    """A site with papers on graphs and on proteins, and a model that was trained on what a crowd likes."""
    plant()
    train()
    return live_server


def order(page):
    """Titles of the papers from the top."""
    return page.locator("main ol > li h2").all_inner_texts()


def topic_of_first_eight(page):
    found = set(order(page)[:8])
    return {frozenset(f"The {word}" for word in topic): topic[0] for topic in (GRAPHS, PROTEINS)}.get(frozenset(found))


def graphs_of_first_eight(page):
    return len(set(order(page)[:8]) & {f"The {word}" for word in GRAPHS})


def follow(page, target):
    """Clicks what leads to another page, and waits for that page: a click alone returns before the server answered."""
    with page.expect_navigation():
        target.click()


def submit(page):
    follow(page, page.locator("main form").get_by_role("button").first)


def sign_up(page, email, mailoutbox):
    page.get_by_role("link", name="Sign up").first.click()
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    submit(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("verify|confirm|check|mail", re.IGNORECASE))
    [link] = re.findall(r"http://\S+/accounts/confirm-email/\S+", mailoutbox[-1].body)
    page.goto(link)
    submit(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def sign_in(page, email, password):
    page.get_by_role("link", name="Sign in").first.click()
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    submit(page)


def choose_topic(page, words):
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Interests").first.click()
    page.get_by_label("Topic").fill(words)
    page.get_by_role("button", name="Add topic").click()
    expect(page.get_by_role("button", name=f"Remove {words}")).to_be_visible()


def card(page, title):
    return page.locator("main ol > li").filter(has=page.get_by_role("heading", name=title, exact=True))


def vote(page, title, direction):
    card(page, title).get_by_role("button", name=re.compile(f"Thumbs {direction}")).click()
    pressed = card(page, title).get_by_role("button", name=re.compile(f"Thumbs {direction}"))
    expect(pressed).to_have_attribute("aria-pressed", "true")


def test_from_sign_up_to_an_order_of_ones_own_and_out_again(visit, site, mailoutbox):
    first = visit()
    page = first.page
    sign_up(page, "eve@example.org", mailoutbox)
    choose_topic(page, "protein enzyme folding")
    follow(page, page.get_by_role("link", name="Today").first)
    assert topic_of_first_eight(page) == "protein"

    for word in ("graph", "edge", "clique"):
        vote(page, f"The {word}", "up")
    for word in ("protein", "cell", "ligand"):
        vote(page, f"The {word}", "down")
    assert topic_of_first_eight(page) == "protein"  # nothing jumps while one reads
    follow(page, page.get_by_role("link", name="Show updated ranking"))
    expect(card(page, "The graph").get_by_role("button", name="Thumbs up")).to_have_attribute("aria-pressed", "true")
    assert graphs_of_first_eight(page) >= 6  # a stated interest keeps its share beside three votes: at most a quarter
    reader = User.objects.get(email="eve@example.org")
    assert sorted(reader.votes.values_list("value", flat=True)) == [-1, -1, -1, 1, 1, 1]

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert (first.errors, first.elsewhere) == ([], [])


@pytest.mark.parametrize("javascript", [True, False])
def test_a_vote_and_taking_it_back_work_with_and_without_javascript(visit, site, ada, javascript):
    first = visit(javascript=javascript)
    page = first.page
    sign_in(page, "ada@example.org", "a long password for ada")
    vote(page, "The node", "up")
    expect(page.get_by_text("Vote saved.")).to_be_visible()
    assert [(vote.paper.title, vote.value) for vote in ada.votes.all()] == [("The node", 1)]
    card(page, "The node").get_by_role("button", name=re.compile("Thumbs up")).click()
    expect(page.get_by_text("Vote removed.")).to_be_visible()
    assert not ada.votes.exists()
    assert (first.errors, first.elsewhere) == ([], [])


def test_a_session_that_ended_meanwhile_leads_to_signing_in_and_back(visit, site, ada):
    first = visit()
    page = first.page
    sign_in(page, "ada@example.org", "a long password for ada")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    card(page, "The node").get_by_role("button", name=re.compile("Thumbs up")).click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert not ada.votes.exists()


@pytest.mark.parametrize("address", ["/models/", "/status/", "/api/docs/", "/accounts/login/", "/papers/2607.21000/"])
def test_every_public_page_obeys_its_own_content_policy(visit, site, address):
    first = visit()
    response = first.page.goto(first.home + address, wait_until="networkidle")
    assert response.status == 200
    assert (first.errors, first.elsewhere) == ([], [])
