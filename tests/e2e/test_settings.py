"""The settings in a browser: leaving for good."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import User
from tests.feeds.planting import plant

from .test_first_light import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PASSWORD = "a long password for ada"


@pytest.mark.parametrize("javascript", [True, False])
def test_an_account_is_deleted_from_its_settings(visit, live_server, ada, javascript):
    plant()
    first = visit(javascript=javascript)
    page = first.page
    sign_in(page, "ada@example.org", PASSWORD)
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Delete your account").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account and all of its data were deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert not User.objects.filter(email="ada@example.org").exists()
    assert (first.errors, first.elsewhere) == ([], [])
