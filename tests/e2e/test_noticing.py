"""What a page notices in a browser: places in view for a second, links followed, with scripts and without."""

import time

import pytest
from django.conf import settings
from playwright.sync_api import expect

from recommender.models import Impression
from tests.feeds.planting import papers

from .test_first_light import sign_in

database = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
pytestmark = [pytest.mark.browser, database]


# Observers are told in the order in which they were made, and timers of one length end in the order of their start: the
# page's own have ended before these.
A_SECOND_IN_VIEW = """
() => new Promise((done) => new IntersectionObserver(() => setTimeout(done, 1000)).observe(document.body))
"""


@pytest.fixture
def site(live_server):
    papers(40)
    return live_server


def signed_in(visit, **options):
    first = visit(**options)
    sign_in(first.page, "ada@example.org", "a long password for ada")
    expect(first.page.get_by_role("button", name="Sign out")).to_be_visible()
    return first


def until(found, seconds=10):
    """What was noted, as soon as it is so."""
    for _ in range(10 * seconds):
        rows = list(Impression.objects.order_by("position").values_list("position", flat=True))
        if found(rows):
            return rows
        time.sleep(0.1)
    raise AssertionError(f"only {rows} was noted")


def test_the_places_that_were_in_view_are_noted_and_no_others(visit, site, ada):
    first = signed_in(visit)
    first.page.evaluate(A_SECOND_IN_VIEW)
    in_view = first.page.evaluate(
        "[...document.querySelectorAll('.papers h2')]"
        ".filter((title) => title.getBoundingClientRect().bottom <= innerHeight).length"
    )
    first.page.goto(f"{first.home}/status/")
    assert until(bool) == list(range(1, in_view + 1))
    assert (0 < in_view < 40, first.errors, first.elsewhere) == (True, [], [])


def test_a_paper_that_was_opened_has_its_own_address_again(visit, site, ada):
    first = signed_in(visit)
    first.page.locator(".papers h2 a").nth(1).click()
    expect(first.page.locator("article.paper-page")).to_be_visible()
    assert first.page.url.endswith("/papers/2607.00039/")
    assert Impression.objects.get(position=2).clicked_at is not None


def test_a_link_that_leads_away_is_noted_when_it_is_followed(visit, site, ada):
    first = signed_in(visit)
    first.page.route("https://arxiv.org/**", lambda route: route.fulfill(body="arXiv"))
    first.page.get_by_role("link", name="PDF").first.click()
    until(lambda rows: 1 in rows)
    assert Impression.objects.get(position=1).clicked_at is not None


def test_without_scripts_all_places_of_the_page_are_noted(visit, site, ada):
    signed_in(visit, javascript=False)
    assert len(until(lambda rows: len(rows) == 40)) == 40
