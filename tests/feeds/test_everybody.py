"""Every page tried by ada, bob and anonymous: nobody sees or changes what is ada's. For the API see tests/api."""

import pytest
from django.test import Client
from django.urls import reverse

from recommender.models import Paper
from tests.api.sample import SECRET, make_sample, rows_of

PUBLIC = [
    "/", "/day/2026-07-21/", "/papers/2607.00001/", "/models/", "/status/", "/api/docs/", "/api/schema/", "/trending/",
    "/week/2026-W30/", "/month/2026-07/", "/digest/subscribe/", "/guide/", "/guide/operating/",
]  # fmt: skip
OWN = [
    "/submit/", "/settings/", "/settings/delete/", "/settings/interests/", "/settings/tokens/", "/welcome/",
    "/settings/feeds/", "/settings/webhooks/",
    "/welcome/library/", "/saved/", "/settings/digest/", "/settings/digest/preview/", "/settings/digest/preview/mail/",
    "/saved/new/", "/saved/saved/more/", "/saved/saved/edit/", "/saved/saved/share/", "/papers/2607.00001/collections/",
    "/taste/", "/taste/votes/", "/taste/votes.json", "/taste/votes.csv", "/taste/what-if/", "/taste/forget/",
]  # fmt: skip
POSTED = [
    "/papers/2607.00001/vote/", "/welcome/papers/2607.00001/answer/", "/saved/saved/papers/", "/welcome/library/keep/",
    "/saved/saved/papers/2607.00001/note/", "/taste/sliders/", "/taste/own-papers/", "/taste/mutes/", "/taste/pause/",
    "/settings/digest/now/", "/settings/digest/new-links/",
]  # fmt: skip


@pytest.fixture
def sample(ada):
    return make_sample(ada)


def test_every_page_is_public_or_leads_to_signing_in(ada, sample, anonymous):
    before = rows_of(ada)
    for address in PUBLIC:
        response = anonymous.get(address)
        assert (response.status_code, SECRET.encode() in response.content) == (200, False), address
    for address in OWN + POSTED:
        response = anonymous.post(address, {"value": "-1", "name": "Mallory"})
        assert response["Location"].startswith(reverse("account_login")), address
    assert rows_of(ada) == before


def test_bob_sees_his_own_pages_and_nothing_of_adas(ada, bob, sample, client_of):
    before = rows_of(ada)
    client = client_of(bob)
    for address in PUBLIC + OWN:
        response = client.get(address)
        assert (response.status_code, SECRET.encode() in response.content) == (200, False), address
        assert b"ada@example.org" not in response.content
    for address in (
        reverse("settings-interest-remove", args=[sample.value("/api/v1/me/interests/{id}")]),
        reverse("settings-token-revoke", args=[sample.value("/api/v1/me/tokens/{id}")]),
        reverse("unmute", args=[sample.value("/api/v1/me/mutes/{id}")]),
        reverse("taste-interest-remove", args=[sample.value("/api/v1/me/interests/{id}")]),
        reverse("collection-delete", args=[sample.value("/api/v1/me/collections/{collection_id}")]),
        reverse("collection-papers", args=[sample.value("/api/v1/me/collections/{collection_id}")]),
    ):
        assert client.post(address).status_code == 404
    assert SECRET.encode() not in client.get("/welcome/papers/").content
    client.post("/papers/2607.00001/vote/", {"value": "-1"})
    client.post("/welcome/papers/2607.00002/answer/", {"value": "skip"})
    assert rows_of(ada) == before
    assert dict(bob.votes.values_list("paper__public_id", "value")) == {"2607.00001": -1}


def test_bobs_page_shows_his_vote_and_not_adas(ada, bob, sample, client_of):
    mine = {
        reader.name: {entry.paper.public_id: entry.my_vote for entry in client_of(reader).get("/").context["entries"]}
        for reader in (ada, bob)
    }
    assert mine == {"Ada": {"2607.00001": 1, "2607.00002": 0}, "Bob": {"2607.00001": 0, "2607.00002": 0}}


@pytest.mark.parametrize("escape", ["%00", "%ff", "%c0%af", "%ed%a0%80", "%2e%2e%2f", "%0a", "%f0%28%8c%28"])
def test_odd_bytes_anywhere_in_an_address_are_never_a_500(ada, sample, client_of, escape):
    client = client_of(ada)
    for prefix in ("/", "/day/", "/papers/", "/models/", "/api/v1/papers/", "/api/v1/rankings/", "/api/v1/me/tokens/"):
        assert client.get(f"{prefix}{escape}/").status_code == 404
    for address in [*PUBLIC[:5], "/api/v1/papers/", "/api/v1/me/feed/", "/api/v1/days/", "/api/v1/models/"]:
        for name in ("page", "sort", "ranking", "q", "day", "category", "limit", "cursor", "page_size"):
            assert client.get(f"{address}?{name}={escape}").status_code in (200, 302, 400, 404), (address, name)


def test_a_request_without_end_slash_is_sent_on_and_changes_nothing(ada, sample, api_of):
    assert api_of(ada).put("/api/v1/papers/2607.00001/vote", {"value": -1}).status_code == 308
    assert Client().get("/models").status_code == 301
    assert ada.votes.get(paper=Paper.objects.get(public_id="2607.00001")).value == 1
