"""My taste in a real browser: what was learned, a mute from a link, a vote tried and kept, a pause, starting over."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from recommender import votes
from tests.feeds.planting import plant, train

from .test_first_light import follow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)]

PASSWORD = "a long password for ada"


@pytest.fixture
def site(live_server, ada):
    """Ada has voted on three papers on graphs."""
    graphs, _ = plant()
    train()
    for paper in graphs[8:11]:
        votes.cast(ada, paper, 1)
    return live_server


def sign_in(page):
    page.get_by_role("link", name="Sign in").first.click()
    page.locator("input[name=login]").fill("ada@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form").get_by_role("button").first.click()
    page.get_by_role("link", name="My taste").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_topic_is_muted_and_unmuted(visit, site, ada, javascript):
    first = visit(javascript=javascript)
    page = first.page
    sign_in(page)
    page.get_by_role("link", name=re.compile("^Mute ")).first.click()
    expect(page.get_by_text(re.compile(r"This hides \d+ of the 16 papers"))).to_be_visible()
    page.locator(".confirm").get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name=re.compile("^Unmute "))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Unmute ")).click()
    expect(page.get_by_role("button", name=re.compile("^Unmute "))).to_have_count(0)
    assert (ada.mutes.exists(), first.errors, first.elsewhere) == (False, [], [])


@pytest.mark.parametrize("javascript", [True, False])
def test_a_vote_is_tried_and_then_kept(visit, site, ada, javascript):
    first = visit(javascript=javascript)
    page = first.page
    sign_in(page)
    page.get_by_role("link", name="Try a vote", exact=True).click()
    page.locator("section").filter(has_text="Papers of the newest day").get_by_role("link").first.click()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    follow(page, page.get_by_role("link", name="Thumbs down"))
    assert ada.votes.count() == 3
    page.get_by_role("button", name="Save this vote").click()
    expect(page.get_by_text("This is your current vote.")).to_be_visible()
    assert sorted(ada.votes.values_list("value", flat=True)) == [-1, 1, 1, 1]
    assert (first.errors, first.elsewhere) == ([], [])


def test_sliders_say_where_they_stand_and_are_moved_by_keys(visit, site, ada):
    first = visit()
    page = first.page
    sign_in(page)
    page.get_by_role("slider", name="Freshness").press("End")
    expect(page.locator("#sliders output").last).to_have_text("100 %")
    page.locator("#sliders").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    ada.refresh_from_db()
    assert (ada.freshness, first.errors) == (1.0, [])


def test_pausing_and_starting_over_take_a_word(visit, site, ada):
    first = visit(javascript=False)
    page = first.page
    sign_in(page)
    page.get_by_role("button", name="Pause personalisation").click()
    page.get_by_role("button", name="Resume personalisation").click()
    page.get_by_role("link", name="Start over …").click()
    page.get_by_role("button", name="Delete votes and interests").click()
    assert ada.votes.count() == 3
    page.get_by_label("to confirm").fill("forget")
    page.get_by_role("button", name="Delete votes and interests").click()
    expect(page.get_by_role("heading", name="Welcome.")).to_be_visible()
    assert (ada.votes.count(), first.errors, first.elsewhere) == (0, [], [])
