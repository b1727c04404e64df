"""Titles and abstracts as HTML with MathML, or as plain text."""

import re
from collections.abc import Callable
from functools import lru_cache

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from . import mathml
from .plain import SUPERSCRIPTS, line
from .reader import LONGEST, Formula, Piece, Styled, read

RIGHT_TO_LEFT = re.compile(
    "[\u200f\u061c\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
SPACE = re.compile(r"[ \t\r\n]+")
SUPERSCRIPT = str.maketrans(SUPERSCRIPTS)


def as_html(text: str) -> SafeString:
    """The text as HTML for a page.

    All of it is escaped; a formula that cannot be shown as mathematics is shown as it was typed. Text that runs from
    right to left is isolated from the text around it.
    """
    return _html_of(text[: LONGEST + 1], _formula)


def headline(text: str) -> SafeString:
    """A title as HTML for a link.

    Like `as_html`, but nothing in it scrolls or has a line of its own. A formula too wide for that becomes text, which
    wraps.
    """
    return _html_of(text[: LONGEST + 1], _formula_in_headline)


def plain(text: str) -> str:
    """The text as one line of plain characters.

    For mail and metadata: `O(n²)` where that is simple, else LaTeX.
    """
    return _plain_of(text[: LONGEST + 1])


@lru_cache(maxsize=2048)
def _html_of(text: str, formula: Callable[[Formula], SafeString]) -> SafeString:
    html = _html(read(text), formula)
    return format_html("<bdi>{}</bdi>", html) if RIGHT_TO_LEFT.search(text) else html


@lru_cache(maxsize=1024)
def _plain_of(text: str) -> str:
    return SPACE.sub(" ", _plain(read(text))).strip()


def _html(pieces: tuple[Piece, ...], formula: Callable[[Formula], SafeString]) -> SafeString:
    """The pieces as HTML; `formula` writes the formulas."""
    parts: list[SafeString] = []
    for piece in pieces:
        match piece:
            case Formula():
                parts.append(formula(piece))
            case Styled("caps"):
                parts.append(format_html('<span class="caps">{}</span>', _html(piece.pieces, formula)))
            case Styled():
                parts.append(format_html(f"<{piece.style}>{{}}</{piece.style}>", _html(piece.pieces, formula)))
            case str():
                parts.append(escape(piece))
    return format_html_join("", "{}", ((part,) for part in parts))


def _formula(formula: Formula) -> SafeString:
    return mathml.markup(formula.latex, display=formula.display) or escape(formula.source)


def _formula_in_headline(formula: Formula) -> SafeString:
    if not mathml.fits(formula.latex):
        return escape(_plain((formula,)))
    return _formula(Formula(formula.source, formula.latex))


def _plain(pieces: tuple[Piece, ...]) -> str:
    parts: list[str] = []
    for piece in pieces:
        match piece:
            case Formula():
                parts.append(line(piece.latex) or piece.source)
            case Styled():
                words = _plain(piece.pieces)
                is_exponent = piece.style == "sup" and words.isdecimal()
                parts.append(words.translate(SUPERSCRIPT) if is_exponent else words)
            case str():
                parts.append(piece)
    return "".join(parts)
