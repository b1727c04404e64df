"""Feeds and webhooks as a reader meets them in a browser."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.feeds.planting import papers

from .test_first_light import follow, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]


@pytest.mark.parametrize("javascript", [True, False])
def test_feeds_are_made_and_their_addresses_changed_in_a_browser(visit, ada, javascript):
    papers(3)
    page = visit(javascript=javascript).page
    sign_in(page, "ada@example.org", "a long password for ada")
    page.goto(page.url.split("/accounts")[0].rstrip("/") + "/settings/feeds/")
    follow(page, page.get_by_role("button", name="Create my feeds"))
    first = page.get_by_label("Atom of My ranking").input_value()
    follow(page, page.get_by_role("button", name="Change all addresses"))
    second = page.get_by_label("Atom of My ranking").input_value()
    statuses = [Client().get(re.sub(r"^https?://[^/]+", "", one)).status_code for one in (first, second)]
    assert statuses == [404, 200]


def test_a_webhook_is_added_and_turned_off_without_javascript(visit, ada):
    page = visit(javascript=False).page
    sign_in(page, "ada@example.org", "a long password for ada")
    page.goto(page.url.split("/accounts")[0].rstrip("/") + "/settings/webhooks/")
    page.get_by_label("URL").fill("https://example.org/paperboy")
    page.get_by_label("Your digest of the day is ready").check()
    follow(page, page.get_by_role("button", name="Add webhook"))
    assert page.get_by_role("textbox", name="Secret").input_value().startswith("whsec_")
    follow(page, page.get_by_role("button", name="Turn off"))
    assert "You turned it off." in page.inner_text("main")
