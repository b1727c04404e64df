"""Answers of the API held against its own OpenAPI schema: the client of every test does so with each answer."""

import gzip
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from django.conf import settings
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

ROOT = "/api/v1/"
SITE = "recommender.config.urls"
UNROUTED = "api_not_found"


class CheckedClient(APIClient):
    """Every answer must be one that the schema describes."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        check(request["REQUEST_METHOD"], request["PATH_INFO"], response)
        return response


@cache
def schema() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@cache
def components() -> dict[str, Any]:
    """The schema's components."""
    return dict(schema()["components"])


@cache
def path_of(route: str) -> str:
    """`api/v1/papers/<paper_id:public_id>/` -> `/api/v1/papers/{public_id}/`."""
    parts = [f"{{{part.split(':')[-1]}" if index else part for index, part in enumerate(route.split("<"))]
    return "/" + "".join(parts).replace(">", "}")


def check(method: str, address: str, response: Any) -> None:
    """The status is documented, the content type is a documented one, and the body has the documented form."""
    if not address.startswith(ROOT) or settings.ROOT_URLCONF != SITE:
        return
    found = resolve(address)
    if found.func.__name__ == UNROUTED or method == "OPTIONS" or response.status_code == 405:
        return
    path, asked = path_of(found.route), "get" if method == "HEAD" else method.lower()
    documented = schema()["paths"][path][asked]["responses"]
    status = str(response.status_code)
    assert status in documented, f"{method} {address}: {status} is not documented"
    contents = documented[status].get("content")
    if method == "HEAD":
        return
    if contents is None:
        assert not response.content, f"{method} {address}: {status} has a body, which is not documented"
        return
    content_type = response["Content-Type"].split(";")[0]
    assert content_type in contents, f"{method} {address}: {status} in {content_type}, which is not documented"
    if content_type.endswith(("/json", "+json")):
        _validator(path, asked, status, content_type).validate(_body(response))


def _body(response: Any) -> Any:
    content = response.getvalue()
    if response.streaming:
        response.streaming_content = [content]  # for the test to read again
    return orjson.loads(gzip.decompress(content) if response.get("Content-Encoding") == "gzip" else content)


@cache
def _validator(path: str, method: str, status: str, content_type: str) -> jsonschema_rs.Draft202012Validator:
    wanted = schema()["paths"][path][method]["responses"][status]["content"][content_type]["schema"]
    root = {**wanted, "components": {"schemas": components()["schemas"]}}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True)
