"""The day in a browser: keys, the full abstract in its place, saving, filters, and what is printed."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from recommender.models import Paper
from tests.feeds.planting import plant, train

from .test_first_light import card, follow, order, sign_in

database = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
pytestmark = [pytest.mark.browser, database]

LONG = "Knots are untied by pulling at both ends, and tied by letting go. " * 12


@pytest.fixture
def site(live_server):
    plant()
    train()
    Paper.objects.filter(title="The node").update(abstract=LONG, categories=["cs.LG"])
    return live_server


@pytest.fixture
def adas(visit, site, ada):
    """Her first page, signed in; nothing may be complained about or asked elsewhere until the end."""
    first = visit()
    sign_in(first.page, "ada@example.org", "a long password for ada")
    expect(first.page.get_by_role("button", name="Sign out")).to_be_visible()
    yield first.page
    assert (first.errors, first.elsewhere) == ([], [])


def focused(page):
    return page.evaluate("document.activeElement.textContent")


def open_filters(page):
    """They stand open in a wide window, where scripts run."""
    if not page.get_by_label("Category").is_visible():
        page.get_by_text("Filter and view").click()


def test_j_and_k_walk_through_the_papers(adas):
    titles = order(adas)
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        adas.keyboard.press(key)
        assert focused(adas) == titles[place]


def test_u_and_d_and_s_vote_and_save_where_the_focus_is(adas, ada):
    adas.keyboard.press("j")
    first = card(adas, order(adas)[0])
    for key, name in (("u", "Thumbs up"), ("d", "Thumbs down"), ("s", "Save")):
        adas.keyboard.press(key)
        expect(first.get_by_role("button", name=re.compile(name))).to_have_attribute("aria-pressed", "true")
    assert [vote.value for vote in ada.votes.all()] == [-1]
    assert focused(adas) == order(adas)[0]


def test_o_opens_the_paper(adas):
    title = order(adas)[1]
    for key in "jjo":
        adas.keyboard.press(key)
    expect(adas.get_by_role("heading", level=1)).to_have_text(title)


def test_a_question_mark_shows_the_keys_and_escape_hides_them(adas):
    adas.keyboard.press("?")
    expect(adas.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("next paper")
    adas.keyboard.press("Escape")
    expect(adas.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_keys_are_letters_while_one_types(adas, ada):
    open_filters(adas)
    adas.get_by_label("Category").focus()
    adas.keyboard.type("jud?")
    expect(adas.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    assert not ada.votes.exists()


def test_the_whole_abstract_comes_in_its_place(adas):
    card(adas, "The node").get_by_role("link", name="Show full abstract").click()
    expect(card(adas, "The node")).to_contain_text(LONG.strip())
    assert adas.url.endswith("/")


def test_without_javascript_the_abstract_is_on_the_papers_page_and_saving_is_a_form(visit, site, ada):
    page = visit(javascript=False).page
    sign_in(page, "ada@example.org", "a long password for ada")
    card(page, "The node").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved to your reading list.")).to_be_visible()
    card(page, "The node").get_by_role("link", name="Show full abstract").click()
    expect(page.locator("#abstract")).to_have_text(LONG.strip())


@pytest.mark.parametrize("javascript", [True, False])
def test_a_category_and_titles_alone_are_forms_and_links(visit, site, javascript):
    page = visit(javascript=javascript).page
    open_filters(page)
    page.get_by_label("Category").select_option("cs.LG")
    follow(page, page.get_by_role("button", name="Filter"))
    assert set(order(page)) == {"The node"}
    page.get_by_role("link", name="Show titles only").click()
    expect(page.locator(".abstract")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390, 820, 1440])
@pytest.mark.parametrize("address", ["/", "/week/2026-W30/", "/trending/", "/papers/2607.21010/"])
def test_nothing_is_wider_than_the_window(visit, site, width, address):
    page = visit().page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(str(site) + address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_print_shows_papers_and_no_buttons(visit, site):
    page = visit().page
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="The node")).to_be_visible()
    for hidden in (".vote", ".bar", ".scales", ".view"):
        expect(page.locator(hidden).first).to_be_hidden()
