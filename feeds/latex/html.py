"""A paper's title or abstract for readers: its LaTeX as HTML with MathML on pages, as plain text elsewhere."""

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
    """The text for a page. All of it is escaped; what cannot be shown as mathematics stands as it was typed.

    Text that runs from right to left is isolated from the page about it.
    """
    return _as_html(text[: LONGEST + 1])


def headline(text: str) -> SafeString:
    """A title, which is a link, for a page: as above, but nothing in it scrolls or stands on a line of its own.

    A formula too wide for that is text, which wraps.
    """
    return _as_headline(text[: LONGEST + 1])


def plain(text: str) -> str:
    """The text in plain characters, in one line, for mail and metadata: `O(n²)` where that is simple, else LaTeX."""
    return _as_plain(text[: LONGEST + 1])


@lru_cache(maxsize=1024)
def _as_html(text: str) -> SafeString:
    return _isolated(text, _html(read(text), _formula))


@lru_cache(maxsize=1024)
def _as_headline(text: str) -> SafeString:
    return _isolated(text, _html(read(text), _formula_in_headline))


@lru_cache(maxsize=1024)
def _as_plain(text: str) -> str:
    return SPACE.sub(" ", _plain(read(text))).strip()


def _isolated(text: str, shown: SafeString) -> SafeString:
    return format_html("<bdi>{}</bdi>", shown) if RIGHT_TO_LEFT.search(text) else shown


def _html(pieces: tuple[Piece, ...], formula: Callable[[Formula], SafeString]) -> SafeString:
    return format_html_join("", "{}", ((_piece_as_html(piece, formula),) for piece in pieces))


def _piece_as_html(piece: Piece, formula: Callable[[Formula], SafeString]) -> SafeString:
    if isinstance(piece, Formula):
        return formula(piece)
    if isinstance(piece, Styled):
        tag = 'span class="caps"' if piece.style == "caps" else piece.style
        return format_html(f"<{tag}>{{}}</{tag.split()[0]}>", _html(piece.pieces, formula))
    return escape(piece)


def _formula(formula: Formula) -> SafeString:
    return mathml.markup(formula.latex, display=formula.display) or escape(formula.source)


def _formula_in_headline(formula: Formula) -> SafeString:
    if not mathml.fits(formula.latex):
        return escape(_piece_as_plain(formula))
    return _formula(Formula(formula.source, formula.latex))


def _plain(pieces: tuple[Piece, ...]) -> str:
    return "".join(_piece_as_plain(piece) for piece in pieces)


def _piece_as_plain(piece: Piece) -> str:
    if isinstance(piece, Formula):
        return line(piece.latex) or piece.source
    if isinstance(piece, Styled):
        words = _plain(piece.pieces)
        return words.translate(SUPERSCRIPT) if piece.style == "sup" and words.isdecimal() else words
    return piece
