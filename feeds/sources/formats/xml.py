"""Read untrusted XML one element at a time.

There is no DTD and no entity; depth, size and memory are bounded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from recommender.textfiles import BrokenStream, Rejected, WrongFile

from . import fields

CHUNK = 65_536
DEEPEST = 40
LARGEST_ELEMENT = 2_000_000  # characters, a hundred for each tag; no paper comes near
LARGEST_TAG = 1_000_000  # bytes between two events of the parser, which holds them in memory
_COST_OF_A_TAG = 100
_CONTROL = bytes({*range(32)} - {9, 10, 13})
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its letters contain null bytes


@dataclass(frozen=True)
class ElementPiece:
    """One selected element with the line it begins on.

    `element` is None if it is larger than any paper.
    """

    line: int
    tag: str
    element: Element | None


def elements(stream: BinaryIO, roots: Sequence[str], tags: Sequence[str]) -> Iterator[ElementPiece]:
    """The elements with one of these tags, in order.

    Tags are written `{namespace}name`. Control characters are removed: XML forbids them, but authors paste them. Raises
    WrongFile when the root is none of `roots`, and BrokenStream where the XML stops being well-formed, after yielding
    everything complete before that.
    """
    cutter = _Cutter(roots, tags)
    parser = XMLParser(target=cutter, forbid_dtd=True)
    cutter.expat = parser.parser
    head = b""
    while chunk := stream.read(CHUNK):
        head = head or chunk[:1000]
        failure = _feed(parser, cutter, chunk if head.startswith(_UTF_16) else chunk.translate(None, _CONTROL), head)
        yield from cutter.pop_pieces()
        if failure:
            raise failure
    try:
        parser.close()
    except ParseError as error:
        raise _failure(error, cutter, head) from error
    yield from cutter.pop_pieces()


def too_large(piece: ElementPiece) -> Rejected:
    return fields.rejected(piece.line, f"this record has more than {LARGEST_ELEMENT:,} characters; no paper is so long")


def opening(head: bytes) -> str:
    """The first words of a file for an error message.

    For an HTML page, those of its text.
    """
    text = head.decode("utf-8", errors="replace")
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        text = re.sub(r"<(style|script)\b.*?(</\1>|$)|<[^>]*(>|$)", " ", text, flags=re.DOTALL | re.IGNORECASE) or text
    return repr(" ".join(text.split())[:80])


class _Cutter:
    """A parser target that builds only the selected elements and discards everything else."""

    def __init__(self, roots: Sequence[str], tags: Sequence[str]) -> None:
        self.roots, self.tags = frozenset(roots), frozenset(tags)
        self.root = ""
        self.events = self.silent = 0
        self.depth = self.began = self.size = self.line = 0
        self.builder: TreeBuilder | None = None
        self.pieces: list[ElementPiece] = []
        self.expat: object = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise BrokenStream(f"elements are nested more than {DEEPEST} deep here")
        if not self.root:
            self.root = tag
            if tag not in self.roots:
                raise WrongFile(f"its root is <{tag.rpartition('}')[2][:60]}>")
        if not self.began and tag in self.tags:
            self.began, self.size, self.builder = self.depth, 0, TreeBuilder()
            self.line = getattr(self.expat, "CurrentLineNumber", 0)
        if self.began:
            self._grow(_COST_OF_A_TAG + sum(map(len, attributes.values())))
        if self.builder:
            self.builder.start(tag, attributes)

    def data(self, text: str) -> None:
        self.events += 1
        if self.began:
            self._grow(len(text))
        if self.builder:
            self.builder.data(text)

    def end(self, tag: str) -> None:
        self.events += 1
        if self.builder:
            self.builder.end(tag)
        if self.depth == self.began:
            self.pieces.append(ElementPiece(self.line, tag, self.builder.close() if self.builder else None))
            self.began, self.builder = 0, None
        self.depth -= 1

    def close(self) -> None:
        """The parser requires this method.

        Every piece was added when its element ended.
        """

    def pop_pieces(self) -> list[ElementPiece]:
        pieces, self.pieces = self.pieces, []
        return pieces

    def _grow(self, by: int) -> None:
        self.size += by
        if self.size > LARGEST_ELEMENT:
            self.builder = None


def _feed(parser: XMLParser, cutter: _Cutter, chunk: bytes, head: bytes) -> Exception | None:
    """Parse a chunk.

    Return what is wrong with the stream, if this chunk shows it.
    """
    events = cutter.events
    try:
        parser.feed(chunk)
    except DefusedXmlException:
        return WrongFile(f"it declares a document type or entities, which no feed has; it begins with {opening(head)}")
    except (ParseError, LookupError, ValueError) as error:
        return _failure(error, cutter, head)
    except WrongFile as error:
        return WrongFile(f"{error}; it begins with {opening(head)}")
    except BrokenStream as error:
        return error
    cutter.silent = 0 if cutter.events != events else cutter.silent + len(chunk)
    if cutter.silent > LARGEST_TAG:
        return BrokenStream(f"one tag has more than {LARGEST_TAG:,} bytes; no feed has such a tag")
    return None


def _failure(error: ParseError | LookupError | ValueError, cutter: _Cutter, head: bytes) -> Exception:
    """Describe a parser's error.

    Any error but a ParseError is about an encoding that expat does not know.
    """
    if not isinstance(error, ParseError):
        return WrongFile(f"the encoding that it declares cannot be read ({error}); save it as UTF-8")
    if not head:
        return WrongFile("it is empty")
    if not cutter.root:
        return WrongFile(f"it is not XML; it begins with {opening(head)}")
    return BrokenStream(f"the XML ends or breaks here: {error}")
