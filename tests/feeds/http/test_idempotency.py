"""Idempotency keys on every POST: one that takes a key acts once, all others refuse it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from feeds.http.idempotency import HEADER, takes_key
from recommender import collections, votes
from tests.feeds.planting import papers

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def patterns(resolver: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


POSTS = {
    route: cls.post for route, view in patterns(get_resolver()) if hasattr(cls := getattr(view, "cls", None), "post")
}


def url(route: str) -> str:
    """A URL of the route; its converters accept these texts."""
    for name, text in (("slug:collection_id", "reading-list"), ("str:form", "json")):
        route = route.replace(f"<{name}>", text)
    return "/" + route


def twice(client: Any, address: str, body: Any) -> tuple[Any, Any]:
    first, again = (client.post(address, body, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert "Idempotency-Replayed" not in first
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (first.status_code, first.json(), "true")
    return first, again


@pytest.mark.parametrize(
    ("path", "body", "related"),
    [
        ("collections/", {"name": "To read"}, "collections"),
        ("interests/", {"kind": "topic", "text": "graph neural networks"}, "interests"),
        ("mutes/", {"kind": "word", "text": "blockchain"}, "mutes"),
    ],
)
def test_a_repeated_request_adds_one_row(ada, ada_api, path, body, related):
    before = getattr(ada, related).count()
    first, _ = twice(ada_api, f"{ME}/{path}", body)
    assert (first.status_code, getattr(ada, related).count() - before) == (201, 1)


def test_a_repeated_reset_keeps_the_votes_cast_in_between(ada, ada_api):
    [paper] = papers(1)
    body = {"what": ["votes"], "keep_history": True}
    ada_api.post(f"{ME}/reset/", body, HTTP_IDEMPOTENCY_KEY="k1")
    votes.cast(ada, paper, 1)
    ada_api.post(f"{ME}/reset/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert ada.votes.count() == 1


def test_papers_of_a_collection_become_interests_once(ada, ada_api):
    collection = collections.create(ada, name="To read")
    collections.save(collection, papers(2))
    twice(ada_api, f"{ME}/collections/{collection.public_id}/as-interests/", None)
    assert ada.interests.count() == 2


@pytest.mark.parametrize("route", sorted(route for route, post in POSTS.items() if not takes_key(post)))
def test_a_key_is_refused_where_it_would_have_no_effect(ada_api, route):
    answer = ada_api.post(url(route), {}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [
        {"field": HEADER, "value": None, "message": f"{url(route)} does not take one; send the request without it"}
    ]


def test_the_reference_lists_the_header_where_it_is_taken():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    documented = {
        path: any(parameter["name"] == HEADER for parameter in operations["post"].get("parameters", []))
        for path, operations in paths.items()
        if "post" in operations
    }
    takers = {route for route, post in POSTS.items() if takes_key(post)}
    assert len(takers) >= 7
    assert sum(documented.values()) == len(takers)
    assert all(documented[f"/{route}".replace("<slug:collection_id>", "{collection_id}")] for route in takers)
