"""Any bytes give records that fit the tables, rejections, or one of the two known errors."""

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.sources.formats import (
    arxiv_api,
    arxiv_oai,
    arxiv_rss,
    bibtex,
    csl,
    daily_papers_html,
    daily_papers_text,
    huggingface,
    id_list,
    jsonl,
    ris,
)
from feeds.sources.formats.record import PaperRecord
from recommender.models import Paper
from recommender.textfiles import BrokenStream, Rejected, WrongFile, is_text

from . import test_arxiv_api, test_arxiv_oai_records, test_arxiv_rss, test_daily_papers_html, test_ris


def of_lines(read: Callable) -> Callable:
    def from_bytes(stream):
        text = stream.read().decode("utf-8", errors="surrogateescape")
        return read(iter(text.splitlines(keepends=True)))

    return from_bytes


HUGGING = {
    "paper": {"id": "2605.12345", "title": "Ties", "upvotes": 7, "authors": [{"name": "Ada"}], "publishedAt": None}
}
RAW = test_arxiv_oai_records.FORMAT.format(
    "arXivRaw", test_arxiv_oai_records.version(1) + r"<authors>R\'e (x)</authors>"
)
BIBTEX = r"""@string{a = "b"} @misc{k, title = {{T}ies \'e $x$}, abstract = "\href{a}{b}", journal = a # "c",
author = {Ada Lovelace and B, C}}"""
READERS = {
    "arxiv_api": (arxiv_api.read, test_arxiv_api.feed(test_arxiv_api.ENTRY.format("")).read()),
    "arxiv_feed": (arxiv_rss.read, test_arxiv_rss.rss(test_arxiv_rss.ITEM).read()),
    "arxiv_oai": (
        lambda stream: arxiv_oai.read(stream).rows,
        f"{test_arxiv_oai_records.HEAD}<metadata>{RAW}</metadata></record>".encode(),
    ),
    "csl": (
        csl.read,
        json.dumps([{"id": "a", "title": "Ties", "DOI": "10.1000/182", "note": "arXiv: 2607.21557"}] * 2).encode(),
    ),
    "huggingface": (lambda stream: huggingface.read(stream, None), json.dumps([HUGGING, HUGGING]).encode()),
    "saved_html": (
        daily_papers_html.read,
        test_daily_papers_html.DECLARED.encode() + test_daily_papers_html.CARD.format("/papers/2605.1").encode(),
    ),
    "jsonl": (of_lines(jsonl.read), b'{"title": "Ties", "arxiv_id": "2607.21557", "hf": {"upvotes": 1}}\n' * 2),
    "saved_page": (
        of_lines(daily_papers_text.read),
        b"by AK and the research community\n\nTies\n\n" + b"We tie. " * 40,
    ),
    "bibtex": (of_lines(bibtex.read), BIBTEX.encode() + b"\n" + BIBTEX.encode()),
    "ris": (of_lines(ris.read), (test_ris.ZOTERO + test_ris.MENDELEY).encode()),
    "ids": (of_lines(id_list.read), b"2607.21557, arXiv:hep-th/9901001v2 # x\nhttps://arxiv.org/abs/2607.21558\n"),
}
SPECIAL = [
    b"\x00", b"\xff", b"\\", b"{", b"}", b'"', b"<", b"&", b"\n", b"&#0;", b"\\ud800", b"9" * 30, b"@a{", b"$", b" # a",
    b"\\href{", b"\\begin{array}{c}", b"\\maketitle", b"<![", b"TY\nx\n", b"II,", b"\xcc\x81\xcc\xa3" * 40, b"9" * 5000,
]  # fmt: skip
quick = settings(
    max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


COLUMNS = {field.name: field.max_length for field in Paper._meta.get_fields() if getattr(field, "max_length", None)}
COUNTS = ("source_upvotes", "source_comments", "code_stars")


def assert_fits(row: object) -> None:
    """Check that both databases accept the record."""
    if isinstance(row, PaperRecord):
        assert row.title
        assert all(len(getattr(row, name)) <= longest for name, longest in COLUMNS.items() if hasattr(row, name))
        assert all(0 <= getattr(row, name) < 2**31 for name in COUNTS)
        assert not any("\x00" in text for text in (row.title, row.abstract, row.comment, *row.authors, *row.tags))
    else:
        assert isinstance(row, Rejected | str)
        assert "\x00" not in (row if isinstance(row, str) else row.reason)
    assert_can_be_printed(str(row))


def assert_can_be_printed(text: str) -> None:
    if not is_text(text):
        pytest.fail(f"half of a character pair in {text!a}")


def exhaust(name: str, content: bytes) -> None:
    read, _ = READERS[name]
    try:
        for row in read(io.BytesIO(content)):
            assert_fits(row)
    except (WrongFile, BrokenStream) as error:
        assert_can_be_printed(str(error))


@pytest.mark.parametrize("name", READERS)
def test_the_example_itself_is_read(name):
    read, example = READERS[name]
    assert all(isinstance(row, PaperRecord | str) for row in read(io.BytesIO(example)))


@pytest.mark.parametrize("name", READERS)
@quick
@given(content=st.binary(max_size=300))
def test_any_bytes_give_records_rejections_or_a_known_error(name, content):
    exhaust(name, content)


@pytest.mark.parametrize("name", READERS)
@quick
@given(data=st.data())
def test_a_damaged_example_gives_records_rejections_or_a_known_error(name, data):
    content = bytearray(READERS[name][1])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        width = data.draw(st.sampled_from([0, 0, 1, 5, 60, 10_000]))
        content[at : at + width] = data.draw(st.sampled_from(SPECIAL) | st.binary(max_size=8))
    exhaust(name, bytes(content))
