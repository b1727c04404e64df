"""An operation that is taken out of use says so in every answer and in the schema."""

from datetime import date

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.deprecation import deprecated

SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)


@deprecated("get", since=SINCE, until=UNTIL, instead="/api/v1/new/")
class Old(APIView):
    @extend_schema(operation_id="old", responses={200: str})
    def get(self, request: Request) -> Response:
        return Response("old")

    @extend_schema(operation_id="still", request=str, responses={200: str})
    def post(self, request: Request) -> Response:
        return Response("still here")


urlpatterns = [path("api/v1/old/", Old.as_view())]
pytestmark = pytest.mark.urls(__name__)


def headers_of(response):
    return [response.get(name) for name in ("Deprecation", "Sunset", "Link")]


# 2026-01-01 is 20,454 days after 1970-01-01 (56 years and 14 leap days), and 20,454 * 86,400 = 1,767,225,600
TOLD = ["@1767225600", "Fri, 01 Jan 2027 00:00:00 GMT", '</api/v1/new/>; rel="successor-version"']


def test_every_answer_of_a_deprecated_operation_says_until_when_it_lives(ada, api_of):
    assert headers_of(api_of(ada).get("/api/v1/old/")) == TOLD


def test_errors_say_it_too(api):
    response = api.get("/api/v1/old/")
    assert response.status_code == 401
    assert headers_of(response) == TOLD


def test_the_other_operations_of_the_address_do_not(ada, api_of):
    assert headers_of(api_of(ada).post("/api/v1/old/")) == [None] * 3


def test_the_schema_marks_the_operation_and_documents_the_headers():
    operations = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)["paths"]["/api/v1/old/"]
    assert operations["get"]["deprecated"]
    assert {"Deprecation", "Sunset"} <= set(operations["get"]["responses"]["200"]["headers"])
    assert "deprecated" not in operations["post"]


def test_less_than_half_a_year_of_notice_is_refused():
    with pytest.raises(ValueError, match="less than the 180 days"):
        deprecated("get", since=SINCE, until=date(2026, 6, 29), instead="/api/v1/new/")
