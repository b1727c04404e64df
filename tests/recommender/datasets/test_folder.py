"""Data set folders read as rows; each rejection has its line."""

import json
import re
from datetime import UTC, date, datetime

import pytest

from recommender.datasets.folder import read_papers, read_votes
from recommender.textfiles import Rejected, WrongFile

HEADER = "reader\tpaper\tvalue"


@pytest.fixture
def papers_of(tmp_path):
    def read(*lines):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        (tmp_path / "papers.jsonl").write_text(text)
        return list(read_papers(tmp_path))

    return read


@pytest.fixture
def votes_of(tmp_path):
    def read(*lines):
        (tmp_path / "votes.tsv").write_bytes("\n".join(lines).encode(errors="surrogateescape"))
        return list(read_votes(tmp_path))

    return read


def test_a_paper_keeps_all_its_fields(papers_of):
    (paper,) = papers_of(
        {"id": 7, "title": " A  title", "abstract": None, "authors": ["Ada", " "], "tags": ["x"], "bow": {"w": 2},
         "day": "2026-11-02", "year": 2025, "unknown": 1}
    )  # fmt: skip
    assert (paper.id, paper.day, paper.year) == ("7", date(2026, 11, 2), 2025)
    assert (paper.text.title, paper.text.abstract) == ("A title", "")
    assert (paper.text.authors, paper.text.tags, paper.text.bow) == (("Ada",), ("x",), (("w", 2),))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ([], "id: missing"),
        ({"title": "x"}, "id: missing"),
        ({"id": None}, "id: missing"),
        ({"id": " "}, "id: empty"),
        ({"id": "a\u0000b"}, "id: .*null byte"),
        ({"id": "\ud800"}, "id: .*not UTF-8"),
        ({"id": 1, "title": 5}, "title: expected text"),
        ({"id": 1, "title": "\ud800"}, "title: expected text"),
        ({"id": 1, "authors": "Ada"}, "authors: expected a list"),
        ({"id": 1, "tags": [3]}, "tags: expected a list"),
        ({"id": 1, "bow": {"w": 0}}, "bow: expected an object"),
        ({"id": 1, "bow": ["w"]}, "bow: expected an object"),
        ({"id": 1, "day": "yesterday"}, "Invalid isoformat"),
        ({"id": 1, "day": 3}, "must be str"),
        ({"id": 1, "year": "2004"}, "year: expected a whole number from 1 to 9999, got '2004'"),
        ({"id": 1, "year": 0}, "year: expected a whole number"),
        ({"id": 1, "year": True}, "year: expected a whole number"),
    ],
)
def test_a_wrong_paper_is_rejected_with_its_line_and_the_next_one_read(papers_of, line, reason):
    rejected, good = papers_of(line, {"id": 2})
    assert isinstance(rejected, Rejected)
    assert rejected.line == 1
    assert re.search(reason, rejected.reason)
    assert good.id == "2"


def test_blank_lines_are_skipped_and_counted(papers_of):
    rejected = papers_of("", {"id": 1}, "  ", "{")[1]
    assert rejected.line == 4


def test_votes_are_read_with_and_without_times(votes_of):
    (plain,) = votes_of(HEADER, "r1\tp1\t+1")
    assert (plain.line, plain.reader, plain.paper, plain.value, plain.at) == (2, "r1", "p1", 1, None)
    late, iso, zoned = votes_of(
        f"{HEADER}\ttime", "r\tp\t-1\t86400", "r\tp\t1\t1970-01-02", "r\tp\t1\t1970-01-02T01+01"
    )
    assert late.at == iso.at == zoned.at == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("r\tp", "expected 4 columns, got 2"),
        ("r\tp\t0\t1", "value: a vote is 1 or -1, got '0'; leave the line out"),
        ("r\tp\t5\t1", "value: a vote is 1 or -1"),
        ("\tp\t1\t1", "reader: empty"),
        ("r\t \t1\t1", "paper: empty"),
        ("r\udcff\tp\t1\t1", "reader: .*not UTF-8"),
        ("r\tp\x00\t1\t1", "paper: .*null byte"),
        ("r\tp\t1\tsoon", "Invalid isoformat"),
        ("r\tp\t1\tnan", "is not a time"),
        ("r\tp\t1\tinf", "is not a time"),
        ("r\tp\t1\t1e30", "out of range"),
        ("r\tp\t1\t0001-01-01T00:00+10:00", "out of range"),
    ],
)
def test_a_wrong_vote_is_rejected_with_its_line_and_the_next_one_read(votes_of, line, reason):
    rejected, good = votes_of(f"{HEADER}\ttime", line, "r\tp\t1\t1")
    assert rejected.line == 2
    assert re.search(reason, rejected.reason)
    assert good.line == 3


@pytest.mark.parametrize("header", ["", "reader,paper,value", "reader\tpaper", f"{HEADER}\twhen", f"{HEADER}\ttime\tx"])
def test_a_wrong_header_refuses_the_file(votes_of, header):
    with pytest.raises(WrongFile, match="the first line must be reader, paper, value"):
        votes_of(header, "r\tp\t1")


@pytest.mark.parametrize("read", [read_papers, read_votes])
def test_a_folder_without_its_file_says_what_a_data_set_is(tmp_path, read):
    with pytest.raises(WrongFile, match="a data set is a folder with both of its files"):
        list(read(tmp_path))
