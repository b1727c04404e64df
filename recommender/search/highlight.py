"""Where the words of a search stand in a text: the text in pieces, never as markup."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .query import Query, Term, Where
from .words import WORD, fold, stem

SNIPPET = 320  # characters of an abstract that are shown
LEAD = 60  # of them, those before the first match
LONGEST = 50_000  # characters that are looked at, as many as the indexes hold of an abstract
_LATEX = r"\$\$?[^$]{1,300}\$\$?|\\\(.{1,300}?\\\)|\\\[.{1,300}?\\\]|\\[A-Za-z]+\{[^{}]{0,300}\}"
_SPAN = re.compile(f"{_LATEX}|{WORD.pattern}", re.DOTALL)


class TextPiece(NamedTuple):
    """Part of a text; a formula and a LaTeX command with its braces are never divided."""

    text: str
    is_match: bool


class _Word(NamedTuple):
    start: int
    end: int
    folded: str


def highlight(text: str, query: Query, where: Where = Where.ANYWHERE) -> list[TextPiece]:
    """The whole text in pieces; `where` is the part of the paper that it is, a title or anything else."""
    return list(_pieces(text, _matches(text, query, where), 0, len(text)))


def snippet(text: str, query: Query) -> list[TextPiece]:
    """About `SNIPPET` characters of a text from shortly before the first match on, in pieces."""
    matches = _matches(text, query, Where.ANYWHERE)
    first = matches[0][0] if matches else 0
    start = 0 if len(text) <= SNIPPET or first < SNIPPET - LEAD else _boundary(text, first - LEAD)
    end = max(_boundary(text, start + SNIPPET), start + SNIPPET // 2)
    middle = _pieces(text, matches, start, end)
    before, after = [TextPiece("…\u00a0", False)] * (start > 0), [TextPiece("\u00a0…", False)] * (end < len(text))
    return [*before, *middle, *after]


def _matches(text: str, query: Query, where: Where) -> list[tuple[int, int]]:
    """Spans of the text that a wanted term stands for, in order, apart from each other."""
    terms = [term for term in query.wanted if term.where in (Where.ANYWHERE, where)]
    words = list(_words(text[:LONGEST]))
    spans = sorted(span for term in terms for span in _occurrences(words, term))
    return list(_apart(spans))


def _words(text: str) -> Iterator[_Word]:
    for span in _SPAN.finditer(text):
        yield _Word(span.start(), span.end(), "" if span[0][0] in "$\\" else fold(span[0]))


def _occurrences(words: Sequence[_Word], term: Term) -> Iterator[tuple[int, int]]:
    wanted = [fold(word) for word in term.words]
    for place in range(len(words) - len(wanted) + 1):
        here = words[place : place + len(wanted)]
        if all(map(_is_same, here, wanted)) or (term.is_start and _starts(here, wanted)):
            yield here[0].start, here[-1].end


def _starts(here: Sequence[_Word], wanted: Sequence[str]) -> bool:
    return all(map(_is_same, here[:-1], wanted[:-1])) and here[-1].folded.startswith(wanted[-1])


def _is_same(word: _Word, wanted: str) -> bool:
    """A stem keeps the first two letters, so that most words need none."""
    return word.folded[:2] == wanted[:2] and stem(word.folded) == stem(wanted)


def _apart(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last = 0
    for start, end in spans:
        if start >= last:
            yield start, end
            last = end


def _pieces(text: str, matches: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[TextPiece]:
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
    """The nearest place at or before this one where neither a word nor LaTeX is cut."""
    if place >= len(text):
        return len(text)
    for span in _SPAN.finditer(text):
        if span.start() < place < span.end():
            return span.start()
        if span.start() >= place:
            break
    return place
