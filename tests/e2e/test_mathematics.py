"""Mathematics and citations in a browser, under the site's own Content-Security-Policy."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.feeds.planting import DAY, paper

database = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
pytestmark = [pytest.mark.browser, database]

HOSTILE = (
    "</p><script>alert(1)</script><img src=x onerror=alert(1)> $\\text{</math><img src=x onerror=alert(2)>}$ \u202e"
)
LONG_WORDS = "words that no line of a phone can hold, " * 5
LONG = " + ".join(f"x_{{{number}}}^2" for number in range(60))


def test_a_fraction_stands_on_two_floors(visit, live_server):
    paper("2607.00001", title=r"On $\frac{a}{b}$ of Erd\H{o}s")
    there = visit()
    there.page.goto(f"{there.home}/papers/2607.00001/")
    upper, lower = (there.page.locator("h1 mfrac > *").nth(place).bounding_box() for place in (0, 1))
    assert upper["y"] + upper["height"] <= lower["y"]
    expect(there.page).to_have_title("On a/b of Erdős · Paperboy")
    assert (there.errors, there.elsewhere) == ([], [])


@pytest.mark.parametrize("javascript", [True, False])
def test_hostile_text_is_shown_and_does_nothing(visit, live_server, javascript):
    paper("2607.00001", title=HOSTILE, abstract=HOSTILE, authors=[HOSTILE])
    there = visit(javascript=javascript)
    for address in (f"/day/{DAY}/", "/papers/2607.00001/"):
        there.page.goto(there.home + address)
        expect(there.page.locator("main img, main script, math img")).to_have_count(0)
        assert there.page.get_by_text("</p><script>alert(1)</script>").count() > 0
    assert (there.errors, there.elsewhere) == ([], [])


@pytest.mark.parametrize("width", [390, 1440])
def test_a_long_formula_makes_no_page_wider(visit, live_server, width):
    paper("2607.00001", abstract=f"Let ${LONG}$ and $${LONG}$$ be.", title=f"On ${LONG}$ $\\text{{{LONG_WORDS}}}$")
    there = visit()
    there.page.set_viewport_size({"width": width, "height": 900})
    for address in (f"/day/{DAY}/", "/papers/2607.00001/"):
        there.page.goto(there.home + address)
        assert there.page.evaluate("document.documentElement.scrollWidth") <= width


def test_bibtex_unfolds_and_is_copied(visit, live_server):
    paper("2607.00001", authors=["Ada Lovelace"])
    there = visit()
    there.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    there.page.goto(f"{there.home}/papers/2607.00001/")
    there.page.get_by_text("BibTeX", exact=True).click()
    there.page.get_by_role("button", name="Copy").click()
    expect(there.page.get_by_role("button", name="Copied")).to_be_visible()
    assert there.page.evaluate("navigator.clipboard.readText()").startswith("@misc{lovelace2026260700001,")
    assert there.errors == []


def test_bibtex_unfolds_without_javascript(visit, live_server):
    paper("2607.00001", title="Attention")
    there = visit(javascript=False)
    there.page.goto(f"{there.home}/papers/2607.00001/")
    there.page.get_by_text("BibTeX", exact=True).click()
    expect(there.page.get_by_text("title = {Attention}")).to_be_visible()
    expect(there.page.get_by_role("button", name="Copy")).to_have_count(0)
