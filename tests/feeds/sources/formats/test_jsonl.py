"""JSON Lines: every field, every way in which one can be wrong, and other files."""

import json
from datetime import UTC, date, datetime

import pytest

from feeds.sources.formats.jsonl import read
from feeds.sources.formats.record import PaperRecord
from recommender.paper_ids import own_id
from recommender.textfiles import Rejected, WrongFile

ROW = {"arxiv_id": "2607.21557", "title": "Ties"}


def one(**fields):
    [record] = read(iter([json.dumps(ROW | fields)]))
    return record


def test_every_field_is_read():
    hugging = {
        "upvotes": 7, "keywords": ["knots"], "github_repo": "https://github.com/a/b", "project_page": "http://a.example",
    }  # fmt: skip
    assert one(
        abstract="We\n tie.", authors=["Ada  Lovelace", " "], categories=["cs.LG"], comment="12 pages",
        date="2026-07-21", published_at="2026-07-20T08:00:00Z", hf=hugging,
    ) == PaperRecord(
        public_id="2607.21557", title="Ties", source="huggingface", abstract="We tie.", authors=["Ada Lovelace"],
        categories=["cs.LG"], tags=["knots"], comment="12 pages", day=date(2026, 7, 21),
        published_at=datetime(2026, 7, 20, 8, tzinfo=UTC), source_upvotes=7, code_url="https://github.com/a/b",
        project_url="http://a.example",
    )  # fmt: skip


def test_a_title_is_enough():
    [record] = read(iter(['{"title": "Ties"}']))
    assert record == PaperRecord(own_id("Ties"), "Ties", "arxiv")


@pytest.mark.parametrize(
    ("text_id", "read_as"),
    [
        ("2607.21557v3", "2607.21557"),
        ("arXiv:2607.21557", "2607.21557"),
        ("hep-th/9901001v2", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        (own_id("Knots"), own_id("Knots")),
    ],
)
def test_ids_become_canonical(text_id, read_as):
    assert one(arxiv_id=text_id).public_id == read_as


@pytest.mark.parametrize("title", ["a\x00b", "a\n\tb"])
def test_null_bytes_and_line_breaks_are_removed_from_a_title(title):
    assert one(title=title).title.replace(" ", "") == "ab"


def test_a_surrogate_pair_is_one_character():
    [record] = read(iter(['{"title": "\\ud83e\\uddec"}']))
    assert record.title == "\U0001f9ec"


def test_a_title_of_a_megabyte_is_read():
    assert len(one(title="x" * 1_000_000).title) == 1_000_000


def test_a_time_without_a_zone_is_utc_and_others_are_converted():
    assert one(published_at="2026-07-20T08:00:00").published_at == datetime(2026, 7, 20, 8, tzinfo=UTC)
    assert one(published_at="2026-07-20T08:00:00+02:00").published_at == datetime(2026, 7, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a", "https://a b", "https://a\x00", "https://a\ud800", "http://" + "x" * 494]
)
def test_a_url_that_no_browser_should_follow_is_left_out(url):
    assert one(hf={"github_repo": url}).code_url == ""


BAD_FIELDS = [
    ({"title": ""}, "title"),
    ({"title": None}, "title"),
    ({"title": " \x00 "}, "title"),
    ({"title": 7}, "title"),
    ({"title": ["Ties"]}, "title"),
    ({"title": "half \ud800"}, "UTF-8"),
    ({"title": "other half \udfff"}, "UTF-8"),
    ({"abstract": {"a": 1}}, "abstract"),
    ({"abstract": "\ud800"}, "abstract"),
    ({"authors": "Ada"}, "authors"),
    ({"authors": [1]}, "authors"),
    ({"authors": ["\udc80"]}, "authors"),
    ({"authors": ["A"] * 5001}, "5,000"),
    ({"categories": {}}, "categories"),
    ({"arxiv_id": "nonsense"}, "nonsense"),
    ({"arxiv_id": 2607.21557}, "2607.21557"),
    ({"arxiv_id": "2607.21557v0"}, "v0"),
    ({"arxiv_id": "x" * 10_000}, "arxiv_id"),
    ({"arxiv_id": ["2607.21557"]}, "arxiv_id"),
    ({"date": "2026-02-30"}, "2026-02-30"),
    ({"date": 20260721}, "date"),
    ({"date": "yesterday"}, "yesterday"),
    ({"published_at": "noon"}, "noon"),
    ({"published_at": 0}, "published_at"),
    ({"published_at": "0001-01-01T00:00:00+14:00"}, "published_at"),
    ({"published_at": "9999-12-31T23:59:59-14:00"}, "published_at"),
    ({"hf": {"upvotes": -1}}, "upvotes"),
    ({"hf": {"upvotes": True}}, "upvotes"),
    ({"hf": {"upvotes": 1.5}}, "upvotes"),
    ({"hf": {"upvotes": 2**31}}, "upvotes"),
    ({"hf": {"upvotes": float("nan")}}, "upvotes"),
    ({"hf": {"keywords": "knots"}}, "keywords"),
    ({"hf": {"github_repo": 7}}, "github_repo"),
]


@pytest.mark.parametrize(
    ("fields", "mentioned"), BAD_FIELDS, ids=lambda value: str(value)[:40].encode("ascii", "replace")
)
def test_a_field_of_the_wrong_type_is_rejected_by_name(fields, mentioned):
    record = one(**fields)
    assert isinstance(record, Rejected)
    assert mentioned in record.reason
    assert len(record.reason) <= 300
    record.reason.encode()  # can be printed


BAD_LINES = [
    '{"title": "Ties"',
    '{"title": "Ties",}',
    "[]",
    "null",
    "7",
    '"Ties"',
    "{}",
    "{'title': 'Ties'}",
    "nonsense",
    '{"title": "Ties"} {"title": "Knots"}',
    '{"title": ' + "[" * 100_000,
    '{"title": "a\tb"}',
    '{"title": "\udcff"}',
    '{"title": "Ties", "hf": {"upvotes": 1' + "0" * 5000 + "}}",
]


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:20].encode("ascii", "replace"))
def test_a_broken_line_is_rejected_with_its_number_and_the_rest_is_read(line):
    rows = list(read(iter(['{"title": "One"}\n', "\n", line + "\n", '{"title": "Four"}\n'])))
    assert [row.line for row in rows if isinstance(row, Rejected)] == [3]
    assert [row.title for row in rows if isinstance(row, PaperRecord)] == ["One", "Four"]


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter():
    assert [row.title for row in read(iter(['\ufeff{"title": "One"}\r\n', '{"title": "Two"}\r\n']))] == ["One", "Two"]


@pytest.mark.parametrize("first", ["<!doctype html>", "[", "title,abstract", "\x89PNG", "Daily Papers", "%PDF-1.7"])
def test_another_format_is_refused_before_the_first_row(first):
    with pytest.raises(WrongFile, match="line 2"):
        next(read(iter(["\n", first, '{"title": "Ties"}'])))


@pytest.mark.parametrize("lines", [[], ["\n", "  \n"]])
def test_an_empty_file_is_refused(lines):
    with pytest.raises(WrongFile, match="empty"):
        list(read(iter(lines)))


def test_lines_are_read_lazily():
    def endless():
        while True:
            yield '{"title": "Ties"}'

    assert next(read(endless())).title == "Ties"
