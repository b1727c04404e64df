"""Responses when a query fails: 503 with Retry-After while the database is unavailable, else 500."""

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def response_to(path, error):
    """The response if every query raises this error."""

    def fail(*arguments):
        raise error

    with connection.execute_wrapper(fail):
        return Client(raise_request_exception=False).get(path)


@pytest.mark.parametrize("error", [OperationalError("terminating connection"), InterfaceError("already closed")])
def test_a_page_without_a_database_says_when_to_retry(error):
    answer = response_to("/", error)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Your votes are safe" in answer.content.decode()


def test_the_api_without_a_database_answers_with_a_problem():
    answer = response_to("/api/v1/days/", OperationalError("terminating connection"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:paperboy:problem:unavailable"


@pytest.mark.parametrize(
    "path", ["/api/daily_papers", "/api/papers/search?q=a", "/s2/recommendations/v1/papers/forpaper/2607.00001"]
)
def test_a_compatible_api_without_a_database_answers_as_its_clients_expect(path):
    answer = response_to(path, OperationalError("terminating connection"))
    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (503, "5", "application/json")
    assert list(answer.json()) == ["error"]


def test_a_missing_table_is_no_outage_on_either_database():
    """SQLite raises OperationalError for it, PostgreSQL ProgrammingError."""
    with connection.cursor() as cursor, pytest.raises((OperationalError, ProgrammingError)) as missing:
        cursor.execute("SELECT * FROM no_such_table")
    assert response_to("/", missing.value).status_code == 500


@pytest.mark.parametrize("path", ["/", "/api/v1/days/"])
def test_a_faulty_query_is_no_outage(path):
    answer = response_to(path, ProgrammingError("no such column"))
    assert (answer.status_code, answer.has_header("Retry-After")) == (500, False)
