"""The API reference: every operation has a chapter with a description and a heading of its own."""

import pytest

from feeds.http.openapi import HEADINGS, add_chapters
from tests.contract import schema


def operations():
    return [operation for methods in schema()["paths"].values() for operation in methods.values()]


def heading_of(description):
    result = add_chapters({"paths": {"/api/v1/x/": {"get": {"description": description}}}})
    return result["paths"]["/api/v1/x/"]["get"]["summary"]


def test_every_operation_is_in_a_chapter_with_a_description():
    explained = {tag["name"] for tag in schema()["tags"] if tag["description"]}
    assert {tag for operation in operations() for tag in operation["tags"]} == explained


def test_every_operation_has_a_heading_of_one_short_line():
    assert [one["operationId"] for one in operations() if not 3 < len(one["summary"]) < 80] == []


def test_no_two_operations_have_the_same_heading():
    headings = [one["summary"] for one in operations()]
    assert {heading for heading in headings if headings.count(heading) > 1} == set()


def test_every_heading_belongs_to_an_operation():
    known = {f"{method} {address}" for address, methods in schema()["paths"].items() for method in methods}
    assert set(HEADINGS) - known == set()


@pytest.mark.parametrize(
    ("description", "heading"),
    [
        ("Take the vote back; without one nothing changes.", "Take the vote back"),
        ("Who I am.\n\nMore of it.", "Who I am"),
        ("The newest first. Then the others.", "The newest first"),
        ("", ""),
    ],
)
def test_the_heading_is_the_first_clause(description, heading):
    assert heading_of(description) == heading


def test_the_document_names_its_server_its_licence_and_the_guide():
    document = schema()
    assert document["servers"][0]["url"] == "/"
    assert document["info"]["license"]["name"] == "MIT"
    assert document["externalDocs"]["url"].endswith("/api/")
    assert "Bearer" in document["info"]["description"]
