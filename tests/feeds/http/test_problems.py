"""Errors of the API as problem documents."""

import uuid
from datetime import date
from decimal import Decimal

import numpy as np
import orjson
import pytest
from django.urls import include, path, re_path, reverse
from django.utils.translation import gettext_lazy
from drf_spectacular.generators import SchemaGenerator

import feeds.urls  # noqa: F401 - it registers the converters
from feeds.http.json import JSONRenderer
from feeds.http.problems import Problem, api_not_found, problem

urlpatterns = [path("api/v1/", include("feeds.api.urls")), re_path(r"^api/", api_not_found)]

KINDS = 'must be "category", "topic", "paper" or "author"'
NOT_JSON = [
    b"NaN",
    b'{"name": Infinity}',
    b'{"name": 1e400}',
    b'{"name": 1' + b"0" * 400 + b"}",
    b'{"name": "\xff"}',
    b'{"name": "\\ud800"}',
    b"{'name': 1}",
    b"[" * 5000 + b"]" * 5000,
    b'{"name":' * 40 + b"1" + b"}" * 40,
    '{"name": "ada"}'.encode("utf-16"),
]
NOT_AN_INTEREST = [
    b"[]",
    b'"text"',
    b"7",
    b"true",
    b"{}",
    b'{"kind": "topic"}',
    b'{"kind": "topic", "text": null}',
    b'{"kind": "topic", "text": ["a"]}',
    b'{"kind": "topic", "text": {"a": 1}}',
    b'{"kind": "topic", "text": "with a \\u0000 in it"}',
    b'{"kind": 1' + b"0" * 30 + b', "text": "ab"}',
    b'{"kind": [[[["topic"]]]], "text": "ab"}',
    b'{"kind": "' + b"x" * 5000 + b'", "text": "ab"}',
]


def post(client, body, content_type="application/json"):
    return client.post(reverse("me-interests"), data=body, content_type=content_type)


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:20]))
def test_a_body_that_is_not_strict_json_is_a_400(ada, api_of, body):
    response = post(api_of(ada), body)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert "the body is" in response.json()["detail"]


@pytest.mark.parametrize("body", NOT_AN_INTEREST, ids=lambda body: repr(body[:40]))
def test_json_of_the_wrong_shape_is_a_400_with_errors(ada, api_of, body):
    response = post(api_of(ada), body)
    assert response.status_code == 400
    assert response.json()["type"] == "urn:paperboy:problem:invalid"
    assert response.json()["errors"]
    assert len(response.content) < 2000


def test_a_problem_names_the_field_the_value_and_the_remedy(ada, api_of):
    document = post(api_of(ada), b'{"kind": "journal", "text": "Knuth"}').json()
    assert document["errors"] == [{"field": "kind", "value": "journal", "message": KINDS}]
    assert document["detail"] == f"kind: {KINDS}"
    assert document["status"] == 400


def test_a_long_value_is_shortened(ada, api_of):
    [error] = post(api_of(ada), orjson.dumps({"kind": "topic", "text": "x" * 300})).json()["errors"]
    assert error["value"] == "x" * 99 + "…"


def test_a_value_that_may_be_secret_is_not_repeated(ada, api_of):
    response = api_of(ada).patch(reverse("me"), {"password": "hunter2"})
    assert response.json()["errors"][0]["field"] == "password"
    assert b"hunter2" not in response.content


def test_a_body_over_the_limit_is_a_413(ada, api_of, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post(api_of(ada), b" " * 1001)
    assert (response.status_code, response.json()["type"]) == (413, "urn:paperboy:problem:too-large")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_anything_but_json_is_a_415(ada, api_of, content_type):
    response = post(api_of(ada), b"kind=topic", content_type)
    assert (response.status_code, response.json()["type"]) == (415, "urn:paperboy:problem:unsupported-media-type")


def test_a_method_that_the_address_does_not_take_is_a_405(ada, api_of):
    response = api_of(ada).put(reverse("me"), {})
    assert (response.status_code, response.json()["type"]) == (405, "urn:paperboy:problem:method-not-allowed")
    assert "PATCH" in response["Allow"]


def test_a_client_that_wants_no_json_gets_a_406(ada, api_of):
    response = api_of(ada).get(reverse("me"), HTTP_ACCEPT="text/csv")
    assert (response.status_code, response["Content-Type"]) == (406, "application/problem+json")


def test_anonymous_gets_a_401_that_names_the_scheme(api):
    response = api.get(reverse("me"))
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["type"] == "urn:paperboy:problem:unauthenticated"


def test_an_unknown_row_is_a_404_without_model_names(ada, api_of):
    response = api_of(ada).get(reverse("me-interest", args=[10**30]))
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert "Interest" not in response.json()["detail"]


def test_an_unexpected_error_stays_a_500(ada, api_of, monkeypatch):
    monkeypatch.setattr("feeds.api.account.interests.add", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        post(api_of(ada), b'{"kind": "topic", "text": "division"}')


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "1e3", "9" * 5000])
def test_an_unknown_page_is_a_404(ada, api_of, page):
    response = api_of(ada).get(reverse("me-interests"), {"page": page})
    assert (response.status_code, response.json()["type"]) == (404, "urn:paperboy:problem:not-found")


@pytest.mark.parametrize("size", ["0", "101", "-5", "x", "", "1.5", "٣", "9" * 5000])
def test_a_page_size_outside_1_to_100_is_a_400(ada, api_of, size):
    response = api_of(ada).get(reverse("me-interests"), {"page_size": size})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "page_size"


def test_the_link_to_the_next_page_works(ada, api_of):
    for topic in ("aa", "bb", "cc"):
        ada.interests.create(kind="topic", text=topic)
    first = api_of(ada).get(reverse("me-interests"), {"page_size": 2}).json()
    second = api_of(ada).get(first["next"]).json()
    assert (first["count"], first["previous"], second["next"]) == (3, None, None)
    assert [row["text"] for row in first["results"] + second["results"]] == ["aa", "bb", "cc"]


def test_a_problem_raised_by_hand_carries_its_own_value():
    error = Problem("window_days", 0, "give 1 to 365")
    assert (error.status_code, error.value, error.detail) == (400, 0, {"window_days": ["give 1 to 365"]})


def test_an_unlisted_status_still_makes_a_problem():
    assert problem(410, "it was there")["title"] == "Gone"


def test_the_renderer_accepts_what_views_return():
    data = {1: np.float32(0.5), "nan": float("nan"), "words": gettext_lazy("Yes"), "day": date(2026, 7, 1)}
    assert orjson.loads(JSONRenderer().render(data)) == {"1": 0.5, "nan": None, "words": "Yes", "day": "2026-07-01"}
    identity = uuid.UUID(int=7)
    assert orjson.loads(JSONRenderer().render([Decimal("1.10"), identity])) == ["1.10", str(identity)]
    assert JSONRenderer().render(None) == b""


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("address", ["/api/", "/api/v1/nothing/", "/api/v1/me/x/", "/api/v1/%00/", "/api/v1/me//"])
def test_an_unknown_api_address_is_a_problem_for_every_method(anonymous, method, address):
    response = getattr(anonymous, method)(address)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.urls(__name__)
def test_a_missing_last_slash_is_a_redirect_that_keeps_the_method(anonymous):
    response = anonymous.post("/api/v1/me/interests?x=1")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/me/interests/?x=1")


def operations():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(address, method, op) for address, methods in paths.items() for method, op in methods.items()]


def test_every_operation_documents_its_problems():
    for address, method, operation in operations():
        documented = set(operation["responses"])
        assert "406" in documented
        assert ("415" in documented) == ("requestBody" in operation), (address, method)
        assert ("401" in documented) == any(operation.get("security", [])), (address, method)
        assert "404" in documented or "{" not in address, address


def test_the_schema_offers_tokens_and_sessions():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert schema["paths"]["/api/v1/me/"]["get"]["security"] == [{"token": []}, {"cookieAuth": []}]
