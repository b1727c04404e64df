"""`/me/import/` and `/me/export/`: importing a library, exporting and restoring a profile."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthToken
from feeds.sources import duplicates
from recommender import collections, interests, mutes, votes
from recommender.impressions import ShownPlace, note
from recommender.models import Paper, Ranking, Saved, VoteEvent
from recommender.ranking.rank import rank
from tests.conftest import make_reader
from tests.feeds.planting import DAY, paper, papers
from tests.threads import all_at_once, commits

IMPORT, EXPORT = "/api/v1/me/import/", "/api/v1/me/export/"
BIBTEX = "@misc{a, title={On knots}, eprint={2607.00001}}\n@misc{b, author={x}}\n@misc{c, title={Far away}}"


@pytest.fixture(autouse=True)
def _no_arxiv(settings):
    settings.SOURCES = []


def bring(client, **body):
    return client.post(IMPORT, body, format="json")


def exported(client, query=""):
    return json.loads(client.get(EXPORT + query).getvalue())


def upload(client, content, **fields):
    file = SimpleUploadedFile("mine.json", content if isinstance(content, bytes) else json.dumps(content).encode())
    body = encode_multipart(BOUNDARY, {"file": file, **fields})
    return client.post(IMPORT, body, content_type=MULTIPART_CONTENT)


LIBRARIES = [
    ("arxiv_ids", "2607.00001 2607.99999\nhello"),
    ("bibtex", BIBTEX),
    ("zotero", BIBTEX),
    ("ris", "TY  - UNPB\nTI  - On knots\nUR  - https://arxiv.org/abs/2607.00001\nER  - \n"),
    ("csl", '[{"id": "a", "title": "On knots", "URL": "https://arxiv.org/abs/2607.00001"}]'),
]


@pytest.mark.parametrize(("form", "text"), LIBRARIES)
def test_papers_of_a_library_get_thumbs_up(ada, ada_api, form, text):
    paper("2607.00001")
    answer = bring(ada_api, format=form, text=text).json()
    assert (answer["new"], answer["there"], answer["results"][0]["status"]) == (1, 0, "found")
    assert list(ada.votes.values_list("paper__public_id", "value")) == [("2607.00001", 1)]
    assert (bring(ada_api, format=form, text=text).json()["new"], ada.votes.count()) == (0, 1)


def test_each_entry_is_reported_in_order(ada_api, db):
    duplicates.refresh([paper("2607.00001"), paper("2607.00002", title="A title that is long enough to be found")], [])
    text = "@misc{a, title={A Title that is Long Enough to be Found}}\n" + BIBTEX
    rows = bring(ada_api, format="bibtex", text=text).json()["results"]
    assert [(row["status"], row["paper_id"], row["by"], row["line"]) for row in rows] == [
        ("found", "2607.00002", "title", None), ("found", "2607.00001", "id", None), ("unreadable", None, None, 3),
        ("not_here", None, None, None),
    ]  # fmt: skip
    assert all(row["reason"] for row in rows[2:])


@pytest.mark.parametrize("use", ["votes", "interests", "collection"])
def test_a_dry_run_returns_the_same_report_and_changes_nothing(ada, ada_api, use):
    papers(2)
    wish = {"format": "arxiv_ids", "text": "2607.00001 2607.00002", "as": use}
    tried = bring(ada_api, **wish, dry_run=True).json()
    ada.refresh_from_db()
    assert (ada.votes.count(), ada.interests.count(), Saved.objects.count(), ada.taste_version) == (0, 0, 0, 0)
    assert bring(ada_api, **wish).json() == tried | {"dry_run": False}
    assert [ada.votes.count(), ada.interests.count(), Saved.objects.count()].count(2) == 1


def test_a_library_goes_into_a_collection_by_its_id(ada, bob, ada_api, checked):
    papers(1)
    collection = collections.create(ada, "Knots")
    wish = {"format": "arxiv_ids", "text": "2607.00001", "as": "collection", "collection": collection.public_id}
    assert bring(ada_api, **wish).json()["new"] == collection.saved.count() == 1
    assert bring(checked(bob), **wish).status_code == 404


def test_seed_papers_without_room_are_a_422_and_none_is_added(ada, ada_api):
    papers(51)
    text = "\n".join(f"2607.{number:05d}" for number in range(1, 52))
    assert bring(ada_api, **{"format": "arxiv_ids", "text": text, "as": "interests"}).status_code == 422
    assert ada.interests.count() == 0


BAD_IMPORTS = [
    ({}, "text"), ({"format": "pdf", "text": "x"}, "format"), ({"text": "x"}, "format"), ([], "format"),
    ({"format": "ris", "text": BIBTEX}, "text"), ({"format": "csl", "text": '[{"title": "x"}, {"tit'}, "text"),
    ({"format": "bibtex", "text": "2607.00001"}, "text"), ({"format": "bibtex", "text": 5}, "text"),
    ({"format": "arxiv_ids", "text": "x", "as": "likes"}, "as"), ({"format": "ris", "text": "x", "eve": 1}, "eve"),
    ({"format": "arxiv_ids", "text": "x", "dry_run": "true"}, "dry_run"),
    ({"format": "arxiv_ids", "text": "x", "collection": 5}, "collection"),
    ({"format": "profile", "text": "{}"}, "text"), ({"format": "profile", "text": "[]"}, "text"),
    ({"format": "profile", "text": '{"paperboy_profile": 2}'}, "text"), ({"format": "profile", "text": "{"}, "text"),
    ({"format": "profile", "text": '{"paperboy_profile": 1, "votes": {}}'}, "text"),
    ({"format": "arxiv_ids", "text": "2607.00001\n" * 3 + "x " * 2001}, "text"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), BAD_IMPORTS)
def test_an_invalid_import_is_a_400_that_names_the_field(ada, ada_api, body, field):
    papers(1)
    answer = ada_api.post(IMPORT, body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"], ada.votes.count()) == (400, field, 0)


def test_a_file_is_uploaded(ada, ada_api):
    papers(1)
    answer = upload(ada_api, BIBTEX.encode() + b"\xff", format="bibtex", dry_run="false")
    assert (answer.json()["new"], ada.votes.count()) == (1, 1)


def test_an_upload_that_is_too_large_is_a_413(ada_api, ada):
    answer = upload(ada_api, b"x" * 20_000_001, format="profile")
    assert (answer.status_code, "rankings=false" in answer.json()["detail"]) == (413, True)
    assert upload(ada_api, b"2607.00001 " * 100_000, format="arxiv_ids").status_code == 413


def test_a_read_only_token_exports_without_tokens(ada, api):
    api.credentials(HTTP_AUTHORIZATION="Bearer " + AuthToken.issue(ada, "reads", "read", None)[1])
    assert "tokens" not in exported(api)
    assert bring(api, format="arxiv_ids", text="2607.00001").status_code == 403


def fill(reader, some):
    """Something of every kind."""
    for place, (one, value) in enumerate(zip(some, (1, -1, 1, 1), strict=False)):
        at = datetime(2026, 7, 1, place, 30, 0, 123456, tzinfo=UTC)
        votes.cast_many(reader, [votes.VoteRequest(one, -value, at)])
        votes.cast_many(reader, [votes.VoteRequest(one, value, at.replace(minute=45))])
    interests.add(reader, "topic", "graph spectra")
    interests.add(reader, "paper", some[4].public_id)
    mutes.add(reader, "word", "quantum")
    collections.save(collection := collections.create(reader, "Knots", "for the seminar"), some[:2])
    collections.write_note(collection, some[0], "read §2")
    collections.save(collections.reading_list(reader), some[2:3])
    type(reader).objects.filter(pk=reader.pk).update(freshness=0.5, own_names=["Ada Lovelace"], hides_own_papers=True)


def test_the_file_has_all_sections_and_no_key(ada, ada_api):
    fill(ada, papers(6))
    ranking = rank(ada, DAY)
    note(ada, ranking, [ShownPlace(int(ranking.order[0]), 1, "web", datetime(2026, 7, 21, tzinfo=UTC))])
    whole = exported(ada_api)
    order = Paper.objects.in_bulk(ranking.order.tolist())
    assert {name: len(rows) for name, rows in whole.items() if isinstance(rows, list)} == {
        "interests": 2, "mutes": 1, "votes": 4, "vote_history": 8, "collections": 2, "submissions": 0, "visits": 0,
        "tokens": 1, "rankings": 1, "impressions": 1, "digest": 0, "deliveries": 0, "mailed": 0, "feeds": 0,
        "webhooks": 0, "webhook_events": 0, "standing": 0,
    }  # fmt: skip
    assert whole["rankings"][0]["paper_ids"] == [order[pk].public_id for pk in ranking.order.tolist()]
    assert whole["votes"][0] == {
        "paper_id": "2607.00004", "title": "On 2607.00004", "value": 1, "voted_at": "2026-07-01T03:45:00.123456Z",
    }  # fmt: skip
    assert "pb_" not in json.dumps(whole)


def test_a_restored_profile_is_the_same_profile(ada, ada_api, bob, checked):
    fill(ada, papers(6))
    before = exported(ada_api, "?rankings=false")
    answer = upload(checked(bob), before, format="profile").json()
    after = exported(checked(bob), "?rankings=false")
    same = ("settings", "interests", "mutes", "votes", "vote_history")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    apart = [[{**one, "id": "", "created_at": ""} for one in whole["collections"]] for whole in (before, after)]
    assert apart[0] == apart[1]
    assert {section["what"]: section["restored"] for section in answer["sections"]} == {
        "settings": 4, "interests": 2, "mutes": 1, "votes": 4, "vote_history": 8, "collections": 3,
    }  # fmt: skip
    assert {name: rows for name, rows in answer["left_out"].items() if rows} == {"tokens": 1}


def test_restoring_a_profile_twice_changes_nothing_the_second_time(ada, bob, ada_api, checked):
    fill(ada, papers(6))
    whole = exported(ada_api)
    upload(checked(bob), whole, format="profile")
    once = VoteEvent.objects.count()
    again = upload(checked(bob), whole, format="profile").json()
    assert (again["new"], [section["unreadable"] for section in again["sections"]]) == (0, [[]] * 6)
    assert VoteEvent.objects.count() == once


def test_a_profile_restores_the_same_first_fifty_after_the_account_was_deleted(ada, planted, api_of):
    graphs, proteins = planted
    for one in (*graphs[8:11], *proteins[9:11]):
        votes.cast(ada, one, 1 if one in graphs else -1)
    interests.add(ada, "topic", "protein folding")
    mutes.add(ada, "word", "clique")
    before = rank(ada, DAY)
    whole = exported(api_of(ada))
    api_of(ada).delete("/api/v1/me/", {"email": ada.email})
    again = make_reader("ada")
    upload(api_of(again), whole, format="profile")
    after = rank(again, DAY)
    assert (after.pk != before.pk, after.mode) == (True, Ranking.Mode.HYBRID)
    assert after.order[:50].tolist() == before.order[:50].tolist()
    assert after.score_values.tolist() == before.score_values.tolist()


def test_missing_papers_and_invalid_items_are_reported(ada_api, ada):
    papers(1)
    whole = {
        "paperboy_profile": 1,
        "votes": [
            {"paper_id": "2607.99999", "value": 1, "voted_at": None},
            {"paper_id": "2607.00001", "value": 5, "voted_at": None},
        ],
        "interests": [{"kind": "paper", "text": "2607.99998"}, {"kind": "journal", "text": "x"}, 7],
        "collections": [{"name": "Knots", "papers": [{"paper_id": "2607.99997"}, {}]}, {"name": 5, "papers": []}],
        "settings": {"exploration": 7}, "later": [1, 2],
    }  # fmt: skip
    answer = upload(ada_api, whole, format="profile").json()
    failures = {one["what"]: (one["unknown"], [bad["item"] for bad in one["unreadable"]]) for one in answer["sections"]}
    assert failures == {
        "settings": ([], [0]), "interests": (["2607.99998"], [1, 2]), "mutes": ([], []), "votes": (["2607.99999"], [1]),
        "vote_history": ([], []), "collections": (["2607.99997"], [0, 1]),
    }  # fmt: skip
    assert (answer["left_out"], ada.votes.count()) == ({"later": 2}, 0)


def test_a_dry_run_of_a_profile_returns_the_same_report_and_changes_nothing(ada, bob, ada_api, checked):
    fill(ada, papers(6))
    whole = exported(ada_api)
    tried = upload(checked(bob), whole, format="profile", dry_run="true").json()
    bob.refresh_from_db()
    assert (bob.votes.count(), bob.interests.count(), bob.collections.count(), bob.freshness) == (0, 0, 0, 0)
    assert upload(checked(bob), whole, format="profile").json() == tried | {"dry_run": False}


def test_the_number_of_queries_of_an_export_does_not_depend_on_the_number_of_votes(ada, ada_api):
    counts = []
    for month in ("2607", "2608"):
        votes.cast_new(ada, papers(40, month=month), 1)
        with CaptureQueriesContext(connection) as queries:
            exported(ada_api)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@commits
def test_a_profile_sent_concurrently_is_restored_once(api_of):
    ada = make_reader("ada")
    fill(ada, papers(6))
    whole = exported(api_of(ada))
    bob = make_reader("bob")
    clients = [api_of(bob) for _ in range(3)]
    answers = all_at_once(*[lambda c=c: upload(c, whole, format="profile").json()["new"] for c in clients])
    assert sorted(answers) == [0, 0, 22]
    assert (bob.votes.count(), bob.vote_events.count(), bob.collections.count()) == (4, 8, 2)


def test_the_settings_page_links_to_the_export_and_a_session_can_download_it(ada, client_of):
    client = client_of(ada)
    assert f'href="{EXPORT}" download' in client.get("/settings/").content.decode()
    assert exported(client)["email"] == ada.email


@pytest.mark.parametrize("values", [5, [], None, "dark"])
def test_settings_that_are_not_an_object_are_reported(ada_api, values):
    report = upload(ada_api, {"paperboy_profile": 1, "settings": values}, format="profile").json()
    [section] = [section for section in report["sections"] if section["what"] == "settings"]
    assert section["unreadable"] == [{"item": 0, "reason": "settings must be an object"}]
