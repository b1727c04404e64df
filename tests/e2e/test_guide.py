"""The guide in a real browser: it fits a phone, and needs no JavaScript."""

import pytest
from django.conf import settings

from feeds.web.guide import PAGES

from .test_first_light import follow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
ADDRESSES = ["/guide/", *(f"/guide/{name}/" for name in PAGES)]


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_page_of_the_guide_is_wider_than_the_window(visit, width):
    there = visit()
    there.page.set_viewport_size({"width": width, "height": 800})
    widths = {}
    for address in ADDRESSES:
        there.page.goto(there.home + address)
        widths[address] = there.page.evaluate("document.documentElement.scrollWidth")
    assert {address: wide for address, wide in widths.items() if wide > width} == {}
    assert there.errors == []


def test_the_guide_is_read_from_the_footer_without_javascript(visit):
    page = visit(javascript=False).page
    follow(page, page.get_by_role("contentinfo").get_by_role("link", name="Guide"))
    follow(page, page.get_by_role("navigation", name="Guide").get_by_role("link", name="Operating"))
    assert page.get_by_role("heading", level=1).inner_text() == "Operating a site"
