"""A collection as a file."""

import csv
import io
import json

import pytest

from feeds.transfer.library import match, read
from recommender.collections import create, reading_list, save, write_note
from tests.feeds.planting import paper

HOSTILE = '=HYPERLINK("http://evil.example","open")'


@pytest.fixture
def knots(ada):
    collection = create(ada, "Knots & rings", "for the seminar")
    first = paper("hep-th/9901001", title="Über Knoten", abstract="A\nB", authors=["Émile, A.", "B"], doi="10.1/x")
    save(collection, [first])
    write_note(collection, first, "read §2")
    return collection


def file(client, knots, form):
    return client.get(f"/saved/{knots.public_id}/export/{form}/")


def test_json_has_all_fields(ada, client_of, knots):
    whole = json.loads(file(client_of(ada), knots, "json").content)
    [row] = whole.pop("papers")
    assert whole == {"name": "Knots & rings", "note": "for the seminar"}
    assert (row["id"], row["title"], row["authors"], row["doi"], row["note"]) == (
        "hep-th/9901001", "Über Knoten", ["Émile, A.", "B"], "10.1/x", "read §2",
    )  # fmt: skip
    assert row["url"] == "https://arxiv.org/abs/hep-th/9901001"


def test_csv_has_the_same_with_lists_joined(ada, client_of, knots):
    [row] = csv.DictReader(io.StringIO(file(client_of(ada), knots, "csv").content.decode()))
    assert (row["authors"], row["abstract"], row["day"]) == ("Émile, A.; B", "A\nB", "2026-07-21")


@pytest.mark.parametrize("text", [HOSTILE, "+1", "-1", "@x"])
def test_text_that_a_spreadsheet_would_run_is_quoted_in_csv(ada, client_of, text):
    save(reading_list(ada), [paper("2607.00001", title=text)])
    [row] = csv.DictReader(io.StringIO(file(client_of(ada), reading_list(ada), "csv").content.decode()))
    assert row["title"] == f"'{text}"


def test_the_file_is_named_after_the_collection(ada, client_of, knots):
    answer = file(client_of(ada), knots, "csv")
    assert answer["Content-Disposition"] == 'attachment; filename="knots-rings.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_a_name_without_ascii_letters_makes_the_file_name_collection(ada, client_of):
    assert 'filename="collection.json"' in file(client_of(ada), create(ada, "結び目"), "json")["Content-Disposition"]


def test_an_empty_reading_list_can_be_exported(ada, client_of):
    assert json.loads(file(client_of(ada), reading_list(ada), "json").content)["papers"] == []


def test_an_unknown_form_is_a_404(ada, client_of, knots):
    assert file(client_of(ada), knots, "pdf").status_code == 404


@pytest.mark.parametrize("form", ["bib", "ris", "csl"])
def test_files_for_reference_managers_lead_back_to_the_same_papers(ada, client_of, form):
    two = [paper("2607.00001", title="On knots"), paper("hep-th/9901001", title="On rings", authors=["Ada Lovelace"])]
    save(reading_list(ada), two)
    library = read(file(client_of(ada), reading_list(ada), form).content.decode())
    assert {entry.arxiv_id for entry in library} == {"2607.00001", "hep-th/9901001"}
    assert {matched.paper for matched in match(library).values()} == set(two)


@pytest.mark.parametrize(("form", "first", "second"), [
    ("bib", "{lovelace2026knots,", "{lovelace2026knots-2,"),
    ("ris", "ID  - lovelace2026knots\r", "lovelace2026knots-2\r"),
    ("csl", '"lovelace2026knots"', '"lovelace2026knots-2"'),
])  # fmt: skip
def test_two_papers_with_the_same_key_get_different_keys(ada, client_of, form, first, second):
    for number in (1, 2):
        save(reading_list(ada), [paper(f"2607.0000{number}", title="Knots", authors=["Ada Lovelace"])])
    text = file(client_of(ada), reading_list(ada), form).content.decode()
    assert (text.count(first), text.count(second)) == (1, 1)
