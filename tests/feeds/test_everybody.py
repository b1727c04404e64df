"""Every address of the site tried by ada, by bob and by anonymous: nobody sees or changes what is ada's."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import AuthToken
from recommender import collecting, voting
from recommender.models import Paper, Ranking, Saved, Vote

from .conftest import CheckedClient
from .contract import schema
from .planting import papers

BODIES = {
    "/api/v1/papers/": {"id": "2607.00001"},
    "/api/v1/papers/{public_id}/vote/": {"value": -1},
    "/api/v1/me/": {"name": "Mallory"},
    "/api/v1/me/interests/": {"kind": "topic", "text": "mischief"},
    "/api/v1/me/tokens/": {"name": "mischief"},
    "/api/v1/me/mutes/": {"kind": "word", "text": "mischief"},
    "/api/v1/me/what-if/": {"paper_id": "2607.00001", "value": -1},
    "/api/v1/me/collections/": {"name": "mischief"},
    "/api/v1/me/collections/{collection_id}/": {"note": "mischief"},
    "/api/v1/me/collections/{collection_id}/papers/{public_id}/": {"note": "mischief"},
}
COLLECTION = "/api/v1/me/collections/{collection_id}/"
HERS = [
    "/api/v1/rankings/{public_id}/", "/api/v1/me/interests/{id}/", "/api/v1/me/tokens/{id}/",
    "/api/v1/me/mutes/{id}/", COLLECTION, f"{COLLECTION}papers/", f"{COLLECTION}papers/{{public_id}}/",
]  # fmt: skip


@pytest.fixture
def rows(ada):
    """What ada has: a vote, a ranking, interest, mute, token and collection; by the address that leads to each."""
    [first, _] = papers(2)
    voting.cast(ada, first, 1)
    interest = ada.interests.create(kind="topic", text="adas secret topic")
    mute = ada.mutes.create(kind="word", text="adas secret aversion", folded="adas secret aversion")
    token = AuthToken.issue(ada, "adas secret script", "write", None)[0]
    ranking = Ranking.objects.create(
        reader=ada, day=first.day, mode="recent", mode_reason="adas secret", paper_pks=b"", scores=b"", basis="x"
    )
    collection = collecting.create(ada, "adas secret shelf")
    collecting.save(collection, [first])
    return {
        COLLECTION: collection.public_id,
        f"{COLLECTION}papers/{{public_id}}/": first.public_id,
        "/api/v1/papers/{public_id}/vote/": first.public_id,
        "/api/v1/papers/{public_id}/": first.public_id,
        "/api/v1/rankings/{public_id}/": ranking.public_id,
        "/api/v1/me/interests/{id}/": interest.pk,
        "/api/v1/me/tokens/{id}/": token.public_id,
        "/api/v1/me/mutes/{id}/": mute.pk,
    }


def operations():
    return [(path, method) for path, methods in sorted(schema()["paths"].items()) for method in sorted(methods)]


def call(client, rows, path, method):
    address = path.replace("{public_id}", str(rows.get(path))).replace("{id}", str(rows.get(path)))
    address = address.replace("{collection_id}", rows[COLLECTION])
    return getattr(client, method)(address, BODIES.get(path))


def state(ada):
    ada.refresh_from_db()
    votes = list(Vote.objects.filter(reader=ada).values_list("paper__public_id", "value"))
    tokens = list(ada.auth_token_set.values_list("name", "scope"))
    saved = Saved.objects.filter(collection__reader=ada)
    kept = list(saved.values_list("collection__name", "paper__public_id", "note"))
    interests = list(ada.interests.values_list("kind", "text"))
    wishes = (ada.exploration, ada.freshness, ada.is_paused, ada.own_names, list(ada.mutes.values_list("kind", "text")))
    return ada.name, ada.email, votes, interests, tokens, kept, ada.rankings.count(), wishes


def may_anonymous(path, method):
    return {} in schema()["paths"][path][method].get("security", [{}])


def test_anonymous_reads_the_public_record_and_nothing_else(ada, rows):
    before = state(ada)
    for path, method in operations():
        response = call(CheckedClient(), rows, path, method)
        assert response.status_code == (200 if may_anonymous(path, method) else 401), (method, path)
        assert b"adas secret" not in response.content
    assert state(ada) == before


def test_bob_neither_sees_nor_changes_anything_of_adas(ada, bob, rows, checked):
    before = state(ada)
    client = checked(bob)
    for path, method in operations():
        response = call(client, rows, path, method)
        assert (response.status_code == 404) == (path in HERS), (method, path)
        assert b"adas secret" not in response.content
        assert b"ada@example.org" not in response.content
    assert state(ada) == before


def test_ada_reaches_everything_of_hers(ada, rows, checked):
    client = checked(ada)
    for path, method in operations():
        if method != "delete":
            assert call(client, rows, path, method).status_code in (200, 201), (method, path)
    for path, method in reversed(operations()):  # what is inside goes before what holds it
        if method == "delete":
            assert call(client, rows, path, method).status_code in (200, 204), (method, path)


def test_an_expired_or_unknown_token_is_a_401_even_on_the_public_record(ada, rows):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer pb_" + "0" * 64)
    for path, method in operations():
        assert call(client, rows, path, method).status_code == 401, (method, path)


PUBLIC = [
    "/", "/day/2026-07-21/", "/papers/2607.00001/", "/models/", "/status/", "/api/docs/", "/api/schema/", "/trending/",
    "/week/2026-W30/", "/month/2026-07/",
]  # fmt: skip
OWN = [
    "/submit/", "/settings/", "/settings/delete/", "/settings/interests/", "/settings/tokens/", "/welcome/",
    "/welcome/library/", "/saved/",
    "/saved/new/", "/saved/saved/more/", "/saved/saved/edit/", "/saved/saved/share/", "/papers/2607.00001/collections/",
    "/taste/", "/taste/votes/", "/taste/votes.json", "/taste/votes.csv", "/taste/what-if/", "/taste/forget/",
]  # fmt: skip
POSTED = [
    "/papers/2607.00001/vote/", "/welcome/papers/2607.00001/answer/", "/saved/saved/papers/", "/welcome/library/keep/",
    "/saved/saved/papers/2607.00001/note/", "/taste/sliders/", "/taste/own-papers/", "/taste/mutes/", "/taste/pause/",
]  # fmt: skip


def test_every_page_is_public_or_leads_to_signing_in(ada, rows, anonymous):
    before = state(ada)
    for address in PUBLIC:
        response = anonymous.get(address)
        assert (response.status_code, b"adas secret" in response.content) == (200, False), address
    for address in OWN + POSTED:
        response = anonymous.post(address, {"value": "-1", "name": "Mallory"})
        assert response["Location"].startswith(reverse("account_login")), address
    assert state(ada) == before


def test_bob_sees_his_own_pages_and_nothing_of_adas(ada, bob, rows, client_of):
    before = state(ada)
    client = client_of(bob)
    for address in PUBLIC + OWN:
        response = client.get(address)
        assert (response.status_code, b"adas secret" in response.content) == (200, False), address
        assert b"ada@example.org" not in response.content
    for address in (
        reverse("settings-interest-remove", args=[rows["/api/v1/me/interests/{id}/"]]),
        reverse("settings-token-revoke", args=[rows["/api/v1/me/tokens/{id}/"]]),
        reverse("unmute", args=[rows["/api/v1/me/mutes/{id}/"]]),
        reverse("taste-interest-remove", args=[rows["/api/v1/me/interests/{id}/"]]),
        reverse("collection-delete", args=[rows[COLLECTION]]),
        reverse("collection-papers", args=[rows[COLLECTION]]),
    ):
        assert client.post(address).status_code == 404
    assert b"adas secret" not in client.get("/welcome/papers/").content
    client.post("/papers/2607.00001/vote/", {"value": "-1"})
    client.post("/welcome/papers/2607.00002/answer/", {"value": "skip"})
    assert state(ada) == before
    assert dict(bob.votes.values_list("paper__public_id", "value")) == {"2607.00001": -1}


def test_bobs_page_shows_his_vote_and_not_adas(ada, bob, rows, client_of):
    mine = {
        reader.name: {entry.paper.public_id: entry.my_vote for entry in client_of(reader).get("/").context["entries"]}
        for reader in (ada, bob)
    }
    assert mine == {"Ada": {"2607.00001": 1, "2607.00002": 0}, "Bob": {"2607.00001": 0, "2607.00002": 0}}


@pytest.mark.parametrize("escape", ["%00", "%ff", "%c0%af", "%ed%a0%80", "%2e%2e%2f", "%0a", "%f0%28%8c%28"])
def test_odd_bytes_anywhere_in_an_address_are_never_a_500(ada, rows, client_of, escape):
    client = client_of(ada)
    for prefix in ("/", "/day/", "/papers/", "/models/", "/api/v1/papers/", "/api/v1/rankings/", "/api/v1/me/tokens/"):
        assert client.get(f"{prefix}{escape}/").status_code == 404
    for address in [*PUBLIC[:5], "/api/v1/papers/", "/api/v1/me/feed/", "/api/v1/days/", "/api/v1/models/"]:
        for name in ("page", "sort", "ranking", "q", "day", "category", "limit", "cursor", "page_size"):
            assert client.get(f"{address}?{name}={escape}").status_code in (200, 302, 400, 404), (address, name)


def test_a_request_without_end_slash_is_sent_on_and_changes_nothing(ada, rows, api_of):
    assert api_of(ada).put("/api/v1/papers/2607.00001/vote", {"value": -1}).status_code == 308
    assert Client().get("/models").status_code == 301
    assert ada.votes.get(paper=Paper.objects.get(public_id="2607.00001")).value == 1
