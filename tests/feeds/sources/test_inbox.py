"""The inbox: every file is imported once, by its content; a bad one does not stop the others."""

import gzip
import json
import os
from datetime import date

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError

from feeds import night
from feeds.sources.formats import bibtex
from feeds.sources.inbox import fetch_inbox, is_from_database
from recommender.models import ImportedFile, NightStep, Paper
from tests.feeds.planting import DAY


@pytest.fixture
def put(settings):
    settings.INBOX_DIR.mkdir()

    def into_inbox(name, *titles):
        lines = "".join(json.dumps({"title": title}) + "\n" for title in titles).encode()
        content = gzip.compress(lines) if name.endswith(".gz") else lines
        (settings.INBOX_DIR / name).write_bytes(content)
        return settings.INBOX_DIR / name

    return into_inbox


def done(new, unchanged=0, rejected=0):
    return {"new": new, "updated": 0, "unchanged": unchanged, "passed_over": 0, "rejected": rejected}


def test_a_missing_inbox_is_created_and_empty(db, settings):
    assert fetch_inbox(DAY) == {}
    assert settings.INBOX_DIR.is_dir()


def test_an_inbox_that_is_no_folder_is_reported_and_the_night_goes_on(db, settings, caplog):
    settings.INBOX_DIR.parent.mkdir(parents=True, exist_ok=True)
    settings.INBOX_DIR.write_text("")
    assert fetch_inbox(DAY) == {settings.INBOX_DIR.name: {"error": "File exists"}}
    assert str(settings.INBOX_DIR) in caplog.text


def test_every_file_is_imported_and_undated_papers_get_the_day(db, put):
    put("a.jsonl", "Ties", "Knots")
    put("b.jsonl.gz", "Loops")
    assert fetch_inbox(DAY) == {"a.jsonl": done(2), "b.jsonl.gz": done(1)}
    assert set(Paper.objects.values_list("day", flat=True)) == {DAY}


def test_a_file_is_read_once_whatever_its_name(db, put):
    first = put("a.jsonl", "Ties")
    fetch_inbox(DAY)
    first.rename(first.with_name("renamed.jsonl"))
    assert fetch_inbox(DAY) == {}
    assert ImportedFile.objects.get().name == "a.jsonl"


def test_a_file_that_changed_is_read_again(db, put):
    put("a.jsonl", "Ties")
    fetch_inbox(DAY)
    put("a.jsonl", "Ties", "Knots")
    assert fetch_inbox(date(2026, 7, 22)) == {"a.jsonl": done(1, unchanged=1)}


def test_a_refused_file_is_reported_and_left_and_the_others_are_imported(db, put, settings):
    put("a.jsonl.gz", "Ties").write_bytes(b"not compressed")
    put("b.jsonl", "Knots")
    for expected in ({"b.jsonl": done(1)}, {}):
        outcome = fetch_inbox(DAY)
        assert "its name says gzip-compressed" in outcome.pop("a.jsonl.gz")["error"]
        assert outcome == expected
    assert [entry.name for entry in ImportedFile.objects.all()] == ["b.jsonl"]


@pytest.fixture
def faulty_parser(monkeypatch):
    """A reader of ours with a fault; call the fixture to undo it."""

    def fail(entry, abbreviations):
        raise IndexError("list index out of range")

    monkeypatch.setattr(bibtex, "_record", fail)
    return monkeypatch.undo


@pytest.mark.parametrize(("content", "outcome"), [(b'{"title": "Ties"}\n', done(1)), (b"nonsense", None)])
def test_a_name_that_is_not_utf_8_is_escaped(db, put, settings, content, outcome):
    r"""`béz` in Latin-1, as in a zip file from Windows; imported or refused, it is stored as `b\xe9z`."""
    (settings.INBOX_DIR / os.fsdecode(b"b\xe9z.jsonl")).write_bytes(content)
    put("c.jsonl", "Knots")
    night.run(DAY, "fetch")
    inbox = NightStep.objects.get().summary["inbox"]
    assert set(inbox) == {r"b\xe9z.jsonl", "c.jsonl"}
    assert inbox["c.jsonl"] == done(1)
    assert outcome is None or inbox[r"b\xe9z.jsonl"] == outcome


def test_the_longest_possible_file_name_is_cut(db, put, settings):
    """255 bytes, each of which is escaped with four characters."""
    (settings.INBOX_DIR / os.fsdecode(b"\xe9" * 249 + b".jsonl")).write_bytes(b'{"title": "Ties"}\n')
    [name] = fetch_inbox(DAY)
    assert ImportedFile.objects.get().name == name == (r"\xe9" * 249)[:300]


def test_a_fault_of_ours_stops_neither_the_other_files_nor_the_night(db, put, settings, faulty_parser, caplog):
    put("b.jsonl", "Knots")
    (settings.INBOX_DIR / "a.bib").write_text("@misc{a, title={Ties}}\n")
    outcome = fetch_inbox(DAY)
    assert outcome["b.jsonl"] == done(1)
    assert outcome["a.bib"]["error"].startswith("a fault in Paperboy ended the import (IndexError); the log has")
    assert "IndexError: list index out of range" in caplog.text


def test_a_file_that_met_a_fault_of_ours_is_reported_each_night_until_it_is_imported(db, put, settings, faulty_parser):
    (settings.INBOX_DIR / "a.bib").write_text("@misc{a, title={Ties}}\n")
    assert fetch_inbox(DAY) == fetch_inbox(DAY)
    assert "error" in fetch_inbox(DAY)["a.bib"]
    faulty_parser()
    assert fetch_inbox(DAY) == {"a.bib": done(1)}
    assert fetch_inbox(DAY) == {}


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (OperationalError, "57P01", True),
        (OperationalError, None, True),
        (InterfaceError, None, True),
        (OperationalError, "54000", False),
        (DataError, "22021", False),
        (IndexError, None, False),
    ],
)
def test_only_a_failing_database_leaves_the_inbox_to_a_later_attempt(error, code, expected):
    raised = error("no")
    raised.__cause__ = OSError() if code is None else psycopg.errors.lookup(code)()
    assert is_from_database(raised) is expected


def test_a_file_that_breaks_off_is_tried_again_and_completed(db, put):
    whole = put("a.jsonl.gz", *(f"Paper {number * 7919 % 10_007}" for number in range(3000)))
    content = whole.read_bytes()
    whole.write_bytes(content[:-3000])
    broken = fetch_inbox(DAY)["a.jsonl.gz"]
    assert "ends or breaks here" in broken["error"]
    whole.write_bytes(content)
    assert fetch_inbox(DAY)["a.jsonl.gz"]["new"] == 3000 - broken["new"]
    assert Paper.objects.count() == 3000


def test_a_broken_line_is_counted_and_the_rest_is_imported(db, put, caplog):
    put("a.jsonl", "Ties", "", "Knots")
    assert fetch_inbox(DAY) == {"a.jsonl": done(2, rejected=1)}
    assert "a.jsonl, line 2: title: missing or empty" in caplog.text


def test_folders_and_hidden_files_are_skipped(db, put, settings):
    (settings.INBOX_DIR / "folder.jsonl").mkdir()
    put(".a.jsonl.part", "Ties")
    (settings.INBOX_DIR / "dangling.jsonl").symlink_to("nowhere")
    assert fetch_inbox(DAY) == {}
