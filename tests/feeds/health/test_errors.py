"""What is answered when a query fails: 503 and when to come again while the database is away, 500 for all else."""

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def ask(path, error):
    """As the site answers when every query ends so."""

    def fail(*given):
        raise error

    with connection.execute_wrapper(fail):
        return Client(raise_request_exception=False).get(path)


@pytest.mark.parametrize("error", [OperationalError("terminating connection"), InterfaceError("already closed")])
def test_a_page_without_its_database_says_when_to_come_again(error):
    answer = ask("/", error)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Your votes are safe" in answer.content.decode()


def test_the_api_without_its_database_answers_with_a_problem():
    answer = ask("/api/v1/days/", OperationalError("terminating connection"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:paperboy:problem:unavailable"


def test_a_table_that_is_not_there_is_no_outage_on_either_database():
    """SQLite says OperationalError of it, PostgreSQL ProgrammingError."""
    with connection.cursor() as cursor, pytest.raises((OperationalError, ProgrammingError)) as missing:
        cursor.execute("SELECT * FROM no_such_table")
    assert ask("/", missing.value).status_code == 500


@pytest.mark.parametrize("path", ["/", "/api/v1/days/"])
def test_a_fault_of_ours_is_no_outage(path):
    answer = ask(path, ProgrammingError("no such column"))
    assert (answer.status_code, answer.has_header("Retry-After")) == (500, False)
