"""Answers of the API held against its own OpenAPI schema."""

from functools import cache
from typing import Any

from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

UNROUTED = "api_not_found"


@cache
def schema() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@cache
def components() -> dict[str, Any]:
    """The schema's components; `nullable`, which OpenAPI 3.1 does not know, read as it is meant."""
    return dict(schema()["components"])


@cache
def path_of(route: str) -> str:
    """`api/v1/papers/<paper_id:public_id>/` -> `/api/v1/papers/{public_id}/`."""
    parts = [f"{{{part.split(':')[-1]}" if index else part for index, part in enumerate(route.split("<"))]
    return "/" + "".join(parts).replace(">", "}")


def check(method: str, address: str, response: Any) -> None:
    """The status is documented, the content type is the documented one, and the body has the documented form."""
    found = resolve(address)
    if found.func.__name__ == UNROUTED or method in ("HEAD", "OPTIONS") or response.status_code == 405:
        return
    documented = schema()["paths"][path_of(found.route)][method.lower()]["responses"]
    assert str(response.status_code) in documented, f"{method} {address}: {response.status_code} is not documented"
    if response.status_code == 204:
        assert not response.content
        return
    [(content_type, content)] = documented[str(response.status_code)]["content"].items()
    assert response["Content-Type"] == content_type
    root = {"components": components(), **content["schema"]}
    Draft202012Validator(root).validate(response.json())
