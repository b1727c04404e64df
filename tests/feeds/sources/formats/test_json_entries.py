"""Lists of JSON objects: read in chunks, truncated, too large, too deep, or anything else."""

import io
import json

import pytest

from feeds.sources.formats import json_entries
from feeds.sources.formats.json_entries import LARGEST_ENTRY, entries
from recommender.textfiles import BrokenStream, WrongFile


def read(content):
    return list(entries(io.BytesIO(content if isinstance(content, bytes) else content.encode())))


class Dripping(io.BytesIO):
    """Seven bytes at a time, so that every token is cut somewhere."""

    def read(self, size=-1):
        return super().read(7)


ROWS = [{"a": 'é\\"]}'}, {"b": [1, {"c": None}]}, {"d": "x" * 100}]


@pytest.mark.parametrize("indent", [None, 2])
def test_the_objects_of_a_list_are_read_in_order(indent):
    assert read(json.dumps(ROWS, indent=indent)) == ROWS


def test_it_does_not_matter_where_the_chunks_end():
    assert list(entries(Dripping(json.dumps(ROWS, ensure_ascii=False).encode()))) == ROWS


def test_one_object_by_itself_is_read():
    assert read(b'\xef\xbb\xbf {"a": 1}\n') == [{"a": 1}]


@pytest.mark.parametrize("content", ["[]", " [ ] \n"])
def test_an_empty_list_yields_nothing(content):
    assert read(content) == []


@pytest.mark.parametrize("content", ["", " ", "<html>busy</html>", "null", '"text"', "\x00", "title,abstract"])
def test_anything_but_a_list_of_objects_is_refused(content):
    with pytest.raises(WrongFile):
        read(content)


def test_a_number_too_long_for_an_int_does_not_end_the_list():
    assert read('[{"a": ' + "9" * 5_000 + '}, {"a": -12345678901234567890}, {"b": 2}]') == [
        {"a": float("inf")}, {"a": -1.2345678901234567e19}, {"b": 2},
    ]  # fmt: skip


BROKEN = [
    '[{"a": 1}, {"b"',
    '[{"a": 1}',
    '[{"a": 1}] x',
    '[{"a": 1}, 7]',
    '[{"a": 1}, {"b": nope}]',
    '{"a": 1}{"b": 2}!',
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_list_that_breaks_yields_its_complete_entries_first(content):
    rows = entries(io.BytesIO(content.encode()))
    assert next(rows) == {"a": 1}
    with pytest.raises(BrokenStream, match="entry"):
        list(rows)


def test_an_entry_nested_deeper_than_any_paper_ends_the_list():
    with pytest.raises(BrokenStream, match="nested deeper"):
        read('[{"a": ' + "[" * 60_000)


def test_an_entry_larger_than_any_paper_ends_the_list_before_it_is_read_completely():
    stream = io.BytesIO(b'[{"a": "' + b"x" * (3 * LARGEST_ENTRY))
    with pytest.raises(BrokenStream, match=f"{LARGEST_ENTRY:,}"):
        list(entries(stream))
    assert stream.tell() <= LARGEST_ENTRY + 2 * json_entries.CHUNK
