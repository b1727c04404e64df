"""`manage.py import_papers`: what it imports, what it prints, and that it may be killed and repeated."""

import gzip
import io
import json
import signal
import sys
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from feeds.sources.formats import bibtex
from recommender.encoder.bert_onnx import convert
from recommender.models import Paper
from tests.feeds.conftest import papers_of_july
from tests.feeds.instance import Instance
from tests.feeds.outside import Reply
from tests.feeds.sources.answers import feed
from tests.recommender.encoder import tiny

DATA = Path(__file__).parents[4] / "shared" / "data"
SAMPLES = DATA / "raw_samples"
PAGE, DUMP = DATA / "daily_papers_page.txt", DATA / "papers.jsonl.gz"
TABLE = (
    "import hashlib; from recommender.models import Paper; rows = list(Paper.objects.order_by('public_id')"
    ".values_list('public_id', 'title', 'abstract', 'day', 'authors', 'source')); "
    "print(len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())"
)


def needs(path):
    return pytest.mark.skipif(not path.exists(), reason=f"{path} is not on this machine")


def run(*arguments):
    """Output, errors, and whether the command succeeded."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_papers", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", False
    return out.getvalue(), err.getvalue(), True


@pytest.fixture
def write(tmp_path):
    def file(name, content):
        data = "".join(json.dumps({"title": title}) + "\n" for title in content).encode()
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else data)
        return tmp_path / name

    return file


def test_an_error_in_paperboy_in_one_file_is_named_and_the_others_are_imported(db, write, monkeypatch):
    def fail(entry, abbreviations):
        raise IndexError("list index out of range")

    monkeypatch.setattr(bibtex, "_record", fail)
    out, err, succeeded = run(write("a.bib", b"@misc{a, title={Ties}}"), write("b.jsonl", ["Knots"]))
    assert "b.jsonl: 1 new" in out
    assert "a.bib: an error in Paperboy ended the import (IndexError: list index out of range); see the log" in err
    assert not succeeded


def test_papers_are_imported_and_counted(db, write):
    assert run(write("a.jsonl", ["Ties", "Knots"]), "--day", "2026-07-21") == (
        "a.jsonl: 2 new, 0 updated, 0 unchanged, 0 passed over, 0 rejected\n", "", True,
    )  # fmt: skip
    assert set(Paper.objects.values_list("day", flat=True)) == {date(2026, 7, 21)}


def test_importing_twice_changes_nothing(db, write):
    path = write("a.jsonl", ["Ties", "Knots"])
    run(path)
    before = list(Paper.objects.values())
    assert run(path) == ("a.jsonl: 0 new, 0 updated, 2 unchanged, 0 passed over, 0 rejected\n", "", True)
    assert list(Paper.objects.values()) == before


def test_a_broken_line_is_reported_with_its_number_and_the_rest_is_imported(db, write):
    path = write("a.jsonl", b'{"title": "Ties"}\n{"title": \n{"title": "\xff"}\n{"title": "Knots"}\n')
    out, err, succeeded = run(path)
    assert out == "a.jsonl: 2 new, 0 updated, 0 unchanged, 0 passed over, 2 rejected\n"
    assert "a.jsonl, line 2: " in err
    assert "a.jsonl, line 3: title: it contains bytes that are not UTF-8" in err
    assert not succeeded


def test_only_the_first_twenty_broken_lines_are_shown(db, write):
    _, err, _ = run(write("a.jsonl", [""] * 25))
    assert ("line 20:" in err, "line 21:" in err, "... and 5 more lines" in err) == (True, False, True)


REFUSED = [
    ("a.jsonl", b"\x89PNG\r\n\x1a\n\x00"),
    ("a.jsonl", b"<html>"),
    ("a.jsonl", b""),
    ("a.jsonl", gzip.compress(b'{"title": "Ties"}')),
    ("a.jsonl.gz", b'{"title": "Ties"}'),
    ("a.txt", b'{"title": "Ties"}'),
    ("a.txt", b"<html>"),
    ("a.csv", b"title\nTies"),
]


@pytest.mark.parametrize(("name", "content"), REFUSED, ids=[f"{name}-{n}" for n, (name, _) in enumerate(REFUSED)])
def test_a_file_of_another_kind_than_its_name_is_refused(db, write, name, content):
    out, err, succeeded = run(write(name, content))
    assert (out, f"{name}: the file was refused: " in err, succeeded) == ("", True, False)
    assert not Paper.objects.exists()


def test_a_missing_file_and_a_folder_are_named_and_the_others_are_imported(db, write, tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    out, err, succeeded = run(tmp_path / "gone.jsonl", tmp_path / "folder.jsonl", write("a.jsonl", ["Ties"]))
    assert "gone.jsonl: the file does not exist" in err
    assert "folder.jsonl: the file was refused" in err
    assert "gone.jsonl, folder.jsonl: not everything was imported" in err
    assert (out, succeeded) == ("a.jsonl: 1 new, 0 updated, 0 unchanged, 0 passed over, 0 rejected\n", False)


@pytest.mark.parametrize("path", ["x" * 300 + ".jsonl", "/dev/null/a.jsonl"])
def test_an_impossible_path_is_an_error_without_a_traceback(db, path):
    assert run(path)[2] is False


def test_a_truncated_file_is_imported_as_far_as_possible_and_can_be_repeated(db, write):
    titles = [f"Paper {number * 7919 % 10_007}" for number in range(3000)]
    whole = gzip.compress("".join(json.dumps({"title": title}) + "\n" for title in titles).encode())
    path = write("a.jsonl.gz", whole[:-3000])
    out, err, succeeded = run(path)
    before = Paper.objects.count()
    assert out.startswith(f"a.jsonl.gz: {before:,} new")
    assert ("import the complete file again" in err, succeeded) == (True, False)
    path.write_bytes(whole)
    assert run(path)[0].startswith(f"a.jsonl.gz: {3000 - before:,} new, 0 updated, {before:,} unchanged,")


def test_a_title_of_a_megabyte_is_imported(db, write):
    assert run(write("a.jsonl", ["x" * 1_000_000]))[2]
    assert len(Paper.objects.get().title) == 1_000_000


def test_an_invalid_day_is_refused_with_the_remedy(db, write):
    _, err, succeeded = run(write("a.jsonl", ["Ties"]), "--day", "yesterday")
    assert ("such as 2026-11-23; got 'yesterday'" in err, succeeded) == (True, False)


def test_without_a_terminal_there_is_no_progress_bar(db, write, capfd):
    run(write("a.jsonl", ["Ties"]))
    assert capfd.readouterr() == ("", "")


def test_a_list_of_ids_is_fetched_from_arxiv(db, write, arxiv):
    path = write(
        "ids.txt", b"# to read\n2607.00001, arXiv:2607.00002v3\nhttps://arxiv.org/abs/2607.00001\n2606.00001\n"
    )
    out, err, succeeded = run(path)
    assert (out, succeeded) == ("ids.txt: 2 new, 0 updated, 0 unchanged, 0 passed over, 1 rejected\n", False)
    assert "2606.00001: arXiv knows no such paper" in err
    assert run(path)[0] == "ids.txt: 0 new, 0 updated, 2 unchanged, 0 passed over, 1 rejected\n"


def test_a_long_list_of_ids_is_fetched_in_parts(db, write, arxiv):
    ids = [f"2607.{number:04d}0" for number in range(120)]
    assert run(write("ids.txt", "\n".join(ids).encode()))[0].startswith("ids.txt: 120 new")
    assert [len(request.params["id_list"].split(",")) for request in arxiv.asked] == [50, 50, 20]


def test_if_arxiv_stops_answering_during_a_list_the_first_papers_stay(db, write, arxiv, monkeypatch):
    monkeypatch.setattr("feeds.sources.inbox.SECONDS", 0.3)
    arxiv.answer("/api/query", papers_of_july, Reply(b"", 500))
    out, err, succeeded = run(write("ids.txt", "\n".join(f"2607.{n:04d}0" for n in range(60)).encode()))
    assert (out.startswith("ids.txt: 50 new"), succeeded) == (True, False)
    assert "arXiv did not answer for id 51 and those after it" in err


def test_a_list_of_ids_is_refused_if_arxiv_is_switched_off(db, write):
    assert "add it to PAPERBOY_SOURCES" in run(write("ids.txt", b"2607.00001\n"))[1]


def test_replacements_of_unknown_papers_are_named_without_an_error(db, write):
    announced = feed(date(2026, 7, 21), "2607.00001").replace(b"new", b"replace")
    out, err, succeeded = run(write("a.rss", announced))
    assert (out, succeeded) == ("a.rss: 0 new, 0 updated, 0 unchanged, 1 passed over, 0 rejected\n", True)
    assert "a.rss, skipped: 2607.00001: replaced, but never announced here" in err


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"{SAMPLES} is not on this machine")
@pytest.mark.parametrize(
    ("name", "papers"),
    [
        ("arxiv_atom_api_2025-10.xml", 2),
        ("arxiv_atom_api_2026-05.xml", 25),
        ("arxiv_oai_arxivraw_listrecords_2014.xml.gz", 1000),
        ("arxiv_oai_arxiv_listrecords_hep-th_2017.xml", 3),
        ("hf_daily_papers_2024-05-27.json", 13),
        ("hf_daily_papers_2025-03-17.json", 12),
        ("hf_daily_papers_2026-05-13.json", 50),
    ],
)
def test_a_recorded_response_is_imported_once(db, name, papers):
    assert run(SAMPLES / name)[0] == f"{name}: {papers:,} new, 0 updated, 0 unchanged, 0 passed over, 0 rejected\n"
    assert run(SAMPLES / name)[0] == f"{name}: 0 new, 0 updated, {papers:,} unchanged, 0 passed over, 0 rejected\n"


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"{SAMPLES} is not on this machine")
def test_a_truncated_feed_gives_its_complete_entries_and_one_error(db):
    """87 entries, by its README, the last of which is cut off in the middle."""
    name = "arxiv_daily_atom_feed_2025-08-20_truncated.xml"
    out, err, succeeded = run(SAMPLES / name)
    counts = [int(part.split()[0]) for part in out.removeprefix(f"{name}: ").split(", ")]
    assert (sum(counts), succeeded) == (86, False)
    assert err.count("import the complete file again") == 1


@needs(PAGE)
def test_a_saved_page_gives_104_papers_once(db):
    assert run(PAGE)[0] == "daily_papers_page.txt: 104 new, 0 updated, 0 unchanged, 0 passed over, 0 rejected\n"
    assert run(PAGE)[0] == "daily_papers_page.txt: 0 new, 0 updated, 104 unchanged, 0 passed over, 0 rejected\n"


@needs(DUMP)
def test_a_slice_of_a_real_dump_is_imported_once(db, write):
    with gzip.open(DUMP) as lines:
        path = write("slice.jsonl", b"".join(islice(lines, 600)))
    assert run(path)[0] == "slice.jsonl: 600 new, 0 updated, 0 unchanged, 0 passed over, 0 rejected\n"
    assert run(path)[0] == "slice.jsonl: 0 new, 0 updated, 600 unchanged, 0 passed over, 0 rejected\n"
    first = Paper.objects.get(public_id="2405.14906")
    assert first.title == "AutoCoder: Enhancing Code Large Language Model with AIEV-Instruct"


KILLED_AT_HALF = """
import os, signal
from datetime import date
from pathlib import Path
from feeds.sources.inbox import import_file
from feeds.sources.ingest import Summary

path = Path({path!r})
half = path.stat().st_size / 2
import_file(path, date(2026, 7, 21), Summary(), lambda at: at > half and os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.processes
def test_a_killed_and_repeated_import_has_the_same_result(write, tmp_path):
    path = write("a.jsonl", [f"Paper {number}" for number in range(1400)])
    killed, whole = Instance(tmp_path / "killed"), Instance(tmp_path / "whole")
    for instance in (killed, whole):
        instance.folder.mkdir()
        instance.manage("migrate", "-v", "0")
    process = killed.start(sys.executable, "manage.py", "shell", "-c", KILLED_AT_HALF.format(path=str(path)))
    assert process.wait(60) == -signal.SIGKILL
    assert killed.shell(TABLE).startswith("500 ")  # line 700 was being read: one whole batch is in
    for instance in (killed, whole):
        instance.manage("import_papers", str(path), "--day", "2026-07-21")
    assert killed.shell(TABLE) == whole.shell(TABLE)
    assert whole.shell(TABLE).startswith("1400 ")


def test_papers_that_still_need_a_vector_are_counted_with_the_remedy(db, write, settings, tmp_path):
    path = write("two.jsonl", ["A graph", "A protein"])
    assert "sentence vector" not in run(path)[0]  # there is no encoder
    settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    assert "2 papers have no sentence vector yet" in run(path)[0]
    call_command("encoder", "encode", stdout=io.StringIO())
    assert "sentence vector" not in run(path)[0]
