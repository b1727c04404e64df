"""Split a text into pieces that show where a search matches.

The pieces are plain text, never markup.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .query import Query, Term, Where
from .words import WORD, fold, stem

SNIPPET = 320  # characters of an abstract in a snippet
LEAD = 60  # of them, those before the first match
LONGEST = 50_000  # characters that are searched, as many as the indexes hold of an abstract
_LATEX = r"\$\$?[^$]{1,300}\$\$?|\\\(.{1,300}?\\\)|\\\[.{1,300}?\\\]|\\[A-Za-z]+\{[^{}]{0,300}\}"
_SPAN = re.compile(f"{_LATEX}|{WORD.pattern}", re.DOTALL)


class TextPiece(NamedTuple):
    """Part of a text.

    A formula and a LaTeX command with its braces are never divided.
    """

    text: str
    is_match: bool


class _Word(NamedTuple):
    start: int
    end: int
    folded: str


def highlight(text: str, query: Query, where: Where = Where.ANYWHERE) -> list[TextPiece]:
    """The whole text in pieces.

    `where` is `Where.TITLE` for a title and `Where.ANYWHERE` for other texts.
    """
    return list(_pieces(text, _matches(text, query, where), 0, len(text)))


def snippet(text: str, query: Query) -> list[TextPiece]:
    """About `SNIPPET` characters of a text in pieces, from shortly before the first match."""
    matches = _matches(text, query, Where.ANYWHERE)
    first = matches[0][0] if matches else 0
    start = 0 if len(text) <= SNIPPET or first < SNIPPET - LEAD else _boundary(text, first - LEAD)
    end = max(_boundary(text, start + SNIPPET), start + SNIPPET // 2)
    middle = _pieces(text, matches, start, end)
    before, after = [TextPiece("…\u00a0", False)] * (start > 0), [TextPiece("\u00a0…", False)] * (end < len(text))
    return [*before, *middle, *after]


def _matches(text: str, query: Query, where: Where) -> list[tuple[int, int]]:
    """Spans of the text that match an included term, in order and without overlap."""
    words = [
        _Word(span.start(), span.end(), "" if span[0][0] in "$\\" else fold(span[0]))
        for span in _SPAN.finditer(text[:LONGEST])
    ]
    terms = [term for term in query.included if term.where in (Where.ANYWHERE, where)]
    matches: list[tuple[int, int]] = []
    for start, end in sorted(span for term in terms for span in _occurrences(words, term)):
        if not matches or start >= matches[-1][1]:
            matches.append((start, end))
    return matches


def _occurrences(words: Sequence[_Word], term: Term) -> Iterator[tuple[int, int]]:
    """Spans of words that are those of the term by their stems.

    Where it is a start, the last may go on.
    """
    *first, last = (fold(word) for word in term.words)
    for place in range(len(words) - len(first)):
        here = words[place : place + len(first) + 1]
        ends_alike = _is_same(here[-1], last) or (term.is_start and here[-1].folded.startswith(last))
        if ends_alike and all(map(_is_same, here[:-1], first)):
            yield here[0].start, here[-1].end


def _is_same(word: _Word, folded: str) -> bool:
    """Whether the stems are equal.

    A stem keeps the first two letters, so most words are compared without one.
    """
    return word.folded[:2] == folded[:2] and stem(word.folded) == stem(folded)


def _pieces(text: str, matches: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[TextPiece]:
    """The text from `start` to `end` in pieces.

    Matches that are not wholly inside are left out.
    """
    place = start
    for first, last in matches:
        if first < place or last > end:
            continue
        if first > place:
            yield TextPiece(text[place:first], False)
        yield TextPiece(text[first:last], True)
        place = last
    if place < end:
        yield TextPiece(text[place:end], False)


def _boundary(text: str, place: int) -> int:
    """Return the nearest earlier place outside words and LaTeX.

    It may be this place itself.
    """
    if place >= len(text):
        return len(text)
    for span in _SPAN.finditer(text):
        if span.start() < place < span.end():
            return span.start()
        if span.start() >= place:
            break
    return place
