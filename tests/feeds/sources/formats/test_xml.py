"""XML from outside: attacks, limits, encodings, and content that stops being well-formed."""

import io
import tracemalloc

import pytest

from feeds.sources.formats.xml import DEEPEST, LARGEST_ELEMENT, LARGEST_TAG, elements
from recommender.textfiles import BrokenStream, WrongFile


def pieces(content, roots=("r",), tags=("e",)):
    return elements(io.BytesIO(content), roots, tags)


def texts(content):
    return [piece.element.text for piece in pieces(content)]


class Endless(io.RawIOBase):
    """A beginning, then the same bytes until so many have been read."""

    def __init__(self, begin, again, size):
        self.begin, self.again, self.left = begin, again, size

    def read(self, size=-1):
        chunk, self.begin = self.begin, b""
        if not chunk and self.left > 0:
            chunk = self.again
            self.left -= len(chunk)
        return chunk


def test_selected_elements_are_read_in_order_with_their_lines():
    rows = list(pieces(b"<r>\n<e>one</e>\n<x><e>two</e></x></r>"))
    assert [(piece.line, piece.element.text) for piece in rows] == [(2, "one"), (3, "two")]


BOMB = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><r><e>&b;</e></r>'
EXTERNAL = b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><e>&a;</e></r>'
PARAMETER = b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://example.org/x"> %p;]><r/>'


@pytest.mark.parametrize("content", [BOMB, EXTERNAL, PARAMETER, b'<!DOCTYPE r SYSTEM "x.dtd"><r><e/></r>'])
def test_a_document_type_is_refused_before_the_first_element(content):
    with pytest.raises(WrongFile, match="document type"):
        list(pieces(content))


def test_an_undeclared_entity_breaks_the_stream():
    with pytest.raises(BrokenStream, match="undefined entity"):
        list(pieces(b"<r><e>&nbsp;</e></r>"))


def test_elements_nested_too_deep_break_the_stream():
    with pytest.raises(BrokenStream, match=str(DEEPEST)):
        list(pieces(b"<r>" + b"<e>" * 100_000))


@pytest.mark.parametrize(("again", "size"), [(b"x" * 60_000, 40_000_000), (b"<b/>" * 1500, 200_000)])
def test_an_element_that_is_too_large_costs_no_memory_and_the_next_is_read(again, size):
    stream = Endless(b"<r><e>", again, size)
    closed = io.BytesIO(b"</e><e>small</e></r>")
    stream_read = stream.read
    stream.read = lambda size=-1: stream_read(size) or closed.read()
    tracemalloc.start()
    large, small = elements(stream, ["r"], ["e"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert large.element is None
    assert small.element.text == "small"
    assert peak < 8 * LARGEST_ELEMENT


def test_a_tag_without_end_breaks_the_stream():
    with pytest.raises(BrokenStream, match=f"{LARGEST_TAG:,}"):
        list(elements(Endless(b"<r><e a='", b"x" * 60_000, 20_000_000), ["r"], ["e"]))


@pytest.mark.parametrize("content", [b"<r><e>\x00on\x08e\x1f</e></r>", b"\xef\xbb\xbf<r><e>one</e></r>"])
def test_control_characters_and_a_byte_order_mark_are_removed(content):
    assert texts(content) == ["one"]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_the_declared_encoding_is_used(encoding):
    assert texts(f'<?xml version="1.0" encoding="{encoding}"?><r><e>é</e></r>'.encode(encoding)) == ["é"]


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-7", "no-such-thing"])
def test_an_encoding_that_cannot_be_read_is_refused_by_its_name(encoding):
    with pytest.raises(WrongFile, match=r"encoding that it declares cannot be read .*; save it as UTF-8"):
        texts(f'<?xml version="1.0" encoding="{encoding}"?><r><e>x</e></r>'.encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"   ", "not XML"),
        (b"\x89PNG\r\n", "not XML"),
        (b'{"error": "busy"}', "busy"),
        (b"<html><title>Bad</title><p>Gateway</p>", "Bad Gateway"),
        (b"<other/>", "<other>"),
        (b"Rate exceeded.", "Rate exceeded."),
    ],
)
def test_another_format_is_refused_with_its_first_words(content, message):
    with pytest.raises(WrongFile, match=message):
        list(pieces(content))


@pytest.mark.parametrize("end", [b"<e>tw", b"<e>two</x>", b"<e>two</e>", b"<e>\xff\xfe</e></r>", b"<e>&#11;</e></r>"])
def test_content_that_stops_being_well_formed_yields_its_complete_elements_first(end):
    rows = pieces(b"<r><e>one</e>" + end)
    assert next(rows).element.text == "one"
    with pytest.raises(BrokenStream, match="line 1"):
        list(rows)
