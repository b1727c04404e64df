"""A collection over REST as a file, as a source of similar papers, and as interests."""

import csv
import io
import json

import pytest

from feeds.transfer.library import match, read
from recommender import interests
from recommender.collections import create, reading_list, save, write_note
from tests.feeds.planting import paper, papers


@pytest.fixture
def knots(ada):
    collection = create(ada, "Knots", "for *me*")
    save(
        collection,
        [paper("hep-th/9901001", title="On $x^2$ & <b>", authors=["Émile, A."]), paper("2607.00001", title="=1+1")],
    )
    write_note(collection, collection.saved.last().paper, "read [this]\nagain")
    return collection


def at(collection, end):
    return f"/api/v1/me/collections/{collection.public_id}/{end}"


@pytest.mark.parametrize("form", ["bib", "ris", "csl.json"])
def test_files_for_reference_managers_lead_back_to_the_papers(ada_api, knots, form):
    library = read(ada_api.get(at(knots, f"export.{form}"), HTTP_ACCEPT="text/html").content.decode())
    assert {matched.paper.public_id for matched in match(library).values()} == {"hep-th/9901001", "2607.00001"}


def test_csv_has_no_formulas_and_json_has_all_fields(ada_api, knots):
    rows = list(csv.DictReader(io.StringIO(ada_api.get(at(knots, "export.csv")).content.decode())))
    assert sorted(row["title"] for row in rows) == ["'=1+1", "On $x^2$ & <b>"]
    assert json.loads(ada_api.get(at(knots, "export.json")).content)["name"] == "Knots"


def test_markdown_escapes_user_text(ada_api, knots):
    text = ada_api.get(at(knots, "export.md")).content.decode()
    assert text.startswith("# Knots\n\nfor \\*me\\*\n\n- [")
    assert "](https://arxiv.org/abs/hep-th/9901001)" in text
    assert "  > read \\[this\\]\n  > again" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


@pytest.mark.parametrize("form", ["pdf", "csl", "bib.gz"])
def test_an_unknown_format_is_a_404(ada_api, knots, form):
    assert ada_api.get(at(knots, f"export.{form}")).status_code == 404


@pytest.mark.parametrize(("method", "end"), [("get", "export.bib"), ("get", "more/"), ("post", "as-interests/")])
def test_bob_and_anonymous_cannot_use_adas_collection(api, bob, checked, knots, method, end):
    assert getattr(checked(bob), method)(at(knots, end)).status_code == 404
    assert getattr(api, method)(at(knots, end)).status_code == 401


def test_more_like_a_collection_lists_similar_new_papers(ada, ada_api, planted):
    graphs, _ = planted
    save(collection := create(ada, "Graphs"), graphs[8:14])
    answer = ada_api.get(at(collection, "more/?window=day")).json()
    assert answer["reason"] is None
    assert {row["paper"]["id"] for row in answer["results"][:3]} <= {one.public_id for one in graphs[:8]}


def test_an_empty_list_has_a_reason_and_an_unknown_window_is_a_400(ada, ada_api):
    empty = ada_api.get(at(reading_list(ada), "more/")).json()
    assert (empty["results"], empty["reason"][:25]) == ([], "This collection is empty.")
    assert ada_api.get(at(reading_list(ada), "more/?window=year")).status_code == 400


def test_papers_of_a_collection_become_interests_once(ada, ada_api, knots):
    interests.add(ada, "paper", "2607.00001")
    assert ada_api.post(at(knots, "as-interests/")).json() == {"new": 1, "there": 1}
    assert ada_api.post(at(knots, "as-interests/")).json() == {"new": 0, "there": 2}
    assert sorted(ada.interests.values_list("text", flat=True)) == ["2607.00001", "hep-th/9901001"]


def test_papers_without_room_are_a_422_and_none_is_added(ada, ada_api):
    save(reading_list(ada), papers(51))
    assert ada_api.post(at(reading_list(ada), "as-interests/")).status_code == 422
    assert ada.interests.count() == 0
