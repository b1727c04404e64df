"""What axe-core finds on every page, in light and in dark: nothing serious."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from recommender import votes
from recommender.models import Paper
from tests.feeds.planting import plant, train

from .test_first_light import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
FOR_ALL = [
    "/", "/?sort=popular&show=titles", "/search/", "/search/?q=knot", "/trending/", "/models/", "/status/", "/api/",
    "/guide/", "/guide/reading/", "/guide/configuration/", "/guide/operating/", "/guide/measuring/", "/guide/api/",
]  # fmt: skip
SIGNED_OUT = [*FOR_ALL, "/digest/subscribe/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
SIGNED_IN = [
    *FOR_ALL, "/catch-up/", "/taste/", "/taste/?mute=category:cs.LG", "/taste/votes/",
    "/taste/what-if/", "/taste/forget/", "/saved/", "/saved/new/", "/welcome/", "/welcome/papers/",
    "/welcome/library/", "/submit/", "/settings/", "/settings/delete/", "/settings/interests/", "/settings/tokens/",
    "/settings/digest/", "/settings/digest/preview/",
    "/settings/feeds/", "/settings/webhooks/",
]  # fmt: skip


@pytest.fixture
def site(live_server, ada):
    plant()
    train()
    for paper in Paper.objects.all()[:3]:
        votes.cast(ada, paper, 1)
    Paper.objects.update(categories=["cs.LG", "stat.ML"], authors=["Ada Lovelace", "Charles Babbage"])
    return live_server


def serious(page):
    """What is wrong and where, in a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:150]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_a_button_without_a_name_would_be_found(visit, site):
    page = visit().page
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [line.partition(":")[0] for line in serious(page)] == ["button-name"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_on_the_pages_of_somebody_signed_out(visit, site, scheme):
    page = visit().page
    page.emulate_media(color_scheme=scheme)
    found = {}
    for address in [*SIGNED_OUT, Paper.objects.first().get_absolute_url()]:
        assert page.goto(site.url + address).status == 200, address
        found[address] = serious(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_on_the_pages_of_a_reader(visit, site, scheme):
    page = visit().page
    sign_in(page, "ada@example.org", "a long password for ada")
    page.emulate_media(color_scheme=scheme)
    found = {}
    newest = Paper.objects.first()
    for address in [*SIGNED_IN, f"/month/{newest.day:%Y-%m}/", newest.get_absolute_url()]:
        assert page.goto(site.url + address).status == 200, address
        found[address] = serious(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
