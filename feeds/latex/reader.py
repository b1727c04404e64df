"""Read LaTeX text into pieces: words, formulas and styles."""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

from .commands import AROUND, CLOSING, LINKS, MARKS, SIGNS, STYLES, SWITCHES
from .dollars import closing_dollar, is_formula
from .mathml import DEEPEST
from .plain import symbol

LONGEST = 20_000  # characters that are read of a text; the longest of 43,143 abstracts has 3,488
# Control characters, lone surrogates, and marks that reverse the direction of the text after them.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
TOKEN = re.compile(
    r"(?P<address>https?://[^\s{}$\\]+)|(?P<command>\\(?:[A-Za-z]+|.))|(?P<dollar>\$\$?)|(?P<brace>[{}])"
    r"|(?P<dash>(?<![-!<])-{2,3}(?![->]))|(?P<quotes>``[^`]{1,400}?''|(?<![\w`])`[^`'\n]{1,200}'(?![\w']))|(?P<tie>~)",
    re.DOTALL,
)
MARKED_UP = re.compile(r"[\\$`~{]|--")
UNACCENTED = re.compile(r"(?:s|t|re|ve|ll|d|m)\b")
LETTER = re.compile(r"(\\[ij]\b|[^\W\d_])")
SPACED_LETTER = re.compile(r"\s*(\\[ij]\b|(?<=\s)[^\W\d_])")
WORDS_ONLY = re.compile(r"\\(?:text(?:bf|it|tt|sc|rm|sf)|emph|href)\{")
NUMBER = re.compile(r"[+-]?\d+(?:(?:,|\{,\})\d{3})*(?:\.\d+)? ?(?:\\?%)?")
ARGUMENT = re.compile(r"\*? ?(?:\[[^\]{}]{0,200}\]){0,2}\{")
SWITCH = re.compile(r"\s*\\([a-z]+)\b\s*")


@dataclass(frozen=True)
class Formula:
    """LaTeX of mathematics, and `source`, its text with the delimiters."""

    source: str
    latex: str
    display: bool = False


@dataclass(frozen=True)
class Styled:
    """Pieces in a style: an HTML element's name, or `caps`.

    `caps` are small capitals.
    """

    style: str
    pieces: "tuple[Piece, ...]"


Piece = str | Formula | Styled
Read = tuple[tuple[Piece, ...], int]  # pieces, and the place after the text that they were read from


def read(text: str) -> "tuple[Piece, ...]":
    """Read the text into pieces, in order.

    `UNSEEN` characters are left out, and an ellipsis replaces what is past `LONGEST`. For any text, time is linear in
    its length, and the depth of the pieces is bounded by `DEEPEST`.
    """
    text = UNSEEN.sub("", text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…")
    return Reader(text).pieces(0, len(text)) if MARKED_UP.search(text) else (text,)


def dash(text: str, start: int, end: int) -> str:
    """The dash that the hyphens from `start` to `end` mean.

    They stay unchanged after a space and before a word, as in `--flag`.
    """
    before, after = text[start - 1 : start], text[end : end + 1]
    if not before.strip() and after.isalpha():
        return text[start:end]
    return "–" if end - start == 2 else "—"


def tie(text: str, place: int) -> str:
    """A no-break space for a tilde between words, not in `~50`."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    ties = (before.isalpha() or before in tuple(".,;:)}]")) and (after.isalnum() or after in tuple("\\$({"))
    return "\u00a0" if ties else "~"


class Reader:
    """Reads stretches of one text, whose closing braces and delimiters are located once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ends = _ends(text)
        self.closings = {
            closing: [match.start() for match in re.finditer(f"(?={re.escape(closing)})", text)]
            for closing in (*CLOSING.values(), "$$")
            if closing in text
        }

    def pieces(self, start: int, end: int, depth: int = 0) -> "tuple[Piece, ...]":
        """The pieces between two places of the text.

        Groups nested deeper than `DEEPEST` stay as typed.
        """
        if depth > DEEPEST:
            return (self.text[start:end],)
        pieces: list[Piece] = []
        while token := TOKEN.search(self.text, start, end):
            pieces.append(self.text[start : token.start()])
            words: tuple[Piece, ...] = (token[0],)
            start = token.end()
            match token.lastgroup:
                case "command":
                    words, start = self._command(token, end, depth)
                case "dollar":
                    words, start = self._dollar(token, end, depth)
                case "brace":
                    words, start = self._group(token, end, depth)
                case "quotes":
                    before, after, width = ("“", "”", 2) if token[0].startswith("``") else ("‘", "’", 1)
                    inner = self.pieces(token.start() + width, token.end() - width, depth + 1)
                    words = (before, *inner, after)
                case "dash":
                    words = (dash(self.text, token.start(), token.end()),)
                case "tie":
                    words = (tie(self.text, token.start()),)
            pieces += words
        return _merged([*pieces, self.text[start:end]])

    def _command(self, token: re.Match[str], end: int, depth: int) -> Read:
        name, place = token[0][1:], token.end()
        if name in CLOSING:
            return self._delimited(token, CLOSING[name], end, depth)
        if name in MARKS and (accented := self._accented(token, end)):
            return accented
        argument = None if name in SIGNS else self._argument(place, end)
        if argument and argument[0] < argument[1]:
            return self._with_argument(token, argument, end, depth)
        sign = _sign(name)
        if sign is None:
            return (token[0],), place
        if self.text.startswith("{}", place, end):  # like a space, it only ends the name of the command
            return (sign,), place + 2
        has_space = name.isalpha() and self.text.startswith(" ", place, end)
        return (sign,), place + 1 if has_space and _is_word(self.text[place + 1 : place + 2]) else place

    def _with_argument(self, token: re.Match[str], argument: tuple[int, int], end: int, depth: int) -> Read:
        """A command with the group after it.

        An unknown command stays as typed. A link is its words and its address, which readers need, unless the two are
        the same.
        """
        name, (start, close) = token[0][1:], argument
        second = self._argument(close + 1, end) if name in LINKS else None
        if second:
            words = self.pieces(*second, depth + 1)
            if name == "href":
                address = re.sub(r"\\([%#_&~])", r"\1", self.text[start:close])
                words = (address,) if words in ((address,), ()) else (*words, f" ({address})")
            return words, second[1] + 1
        if name == "color":
            return (), close + 1
        inner = self.pieces(start, close, depth + 1)
        if style := STYLES.get(name):
            return (Styled(style, inner),), close + 1
        before, after = AROUND.get(name, (self.text[token.start() : start], "}"))
        return (before, *inner, after), close + 1

    def _accented(self, token: re.Match[str], end: int) -> Read | None:
        """A letter with its accent.

        Returns None if no letter follows or the letter does not exist.
        """
        name, place = token[0][1:], token.end()
        if name == "'" and UNACCENTED.match(self.text, place) and _is_word(self.text[place - 3 : place - 2]):
            return ("’",), place
        if argument := self._argument(place, end):
            letters = self.text[slice(*argument)].strip()
            greek = symbol(f"\\{name}{letters}") if letters.isalpha() and len(letters) > 1 else None
            accented = greek or _with_mark(letters, name)  # `\b{eta}` is what arXiv makes of {\beta}
            return ((accented,), argument[1] + 1) if accented else None
        letter = (SPACED_LETTER if name.isalpha() else LETTER).match(self.text, place, end)
        accented = _with_mark(letter[1], name) if letter else None
        return ((accented,), letter.end()) if letter and accented else None

    def _group(self, token: re.Match[str], end: int, depth: int) -> Read:
        """A group.

        Its braces vanish if they only hold a style, an accent or part of a word together.
        """
        start, close = token.end(), self.ends.get(token.start(), end)
        if token[0] == "}" or close >= end:
            return (token[0],), start
        switch = SWITCH.match(self.text, start, close)
        if switch and switch[1] in SWITCHES:
            inner = self.pieces(switch.end(), close, depth + 1)
            return ((Styled(SWITCHES[switch[1]], inner),) if SWITCHES[switch[1]] else inner), close + 1
        inner = self.pieces(start, close, depth + 1)
        return (inner if self._is_glue(token.start(), close) else ("{", *inner, "}")), close + 1

    def _is_glue(self, start: int, close: int) -> bool:
        content = self.text[start + 1 : close]
        if content.startswith("\\"):
            return True
        is_inside_word = _is_word(self.text[start - 1 : start]) or _is_word(self.text[close + 1 : close + 2])
        return bool(re.fullmatch(r"\w*|,", content)) and (is_inside_word or content.isupper())

    def _dollar(self, token: re.Match[str], end: int, depth: int) -> Read:
        """A formula, or a dollar sign that means money or lacks a partner."""
        if token[0] == "$$":
            return self._delimited(token, "$$", end, depth)
        close = closing_dollar(self.text, token.end(), end, self.ends)
        if close is None or not is_formula(self.text[token.end() : close], self.text[close + 1 : close + 2]):
            return ("$",), token.end()
        return self._formula(token, close, close + 1, depth)

    def _delimited(self, token: re.Match[str], closing: str, end: int, depth: int) -> Read:
        """A formula up to its closing delimiter.

        Without one, the opening delimiter as it was typed.
        """
        places = self.closings.get(closing, [])
        following = bisect_left(places, token.end())
        close = places[following] if following < len(places) else end
        if close + len(closing) > end:
            return (token[0],), token.end()
        return self._formula(token, close, close + len(closing), depth)

    def _formula(self, token: re.Match[str], close: int, after: int, depth: int) -> Read:
        """A formula.

        A mere number, and text in a formula such as `$\\textbf{6%}$`, are read as text.
        """
        latex = self.text[token.end() : close].strip()
        if NUMBER.fullmatch(latex):
            return (re.sub(r"[{}\\ ]", "", latex).replace("-", "−"),), after
        if WORDS_ONLY.match(latex) and latex.endswith("}"):
            pieces = self.pieces(token.end(), close, depth + 1)
            if not any(isinstance(piece, str) and re.search(r"[\\^_{}]", piece) for piece in pieces):
                return pieces, after
        source = self.text[token.start() : after]
        return (Formula(source, latex, display=token[0] in ("$$", r"\[")),), after

    def _argument(self, place: int, end: int) -> tuple[int, int] | None:
        """The start and end of the group after a command.

        An optional `[...]` is skipped. Returns None if there is no group.
        """
        opening = ARGUMENT.match(self.text, place, end)
        close = self.ends.get(opening.end() - 1, end) if opening else end
        return (opening.end(), close) if opening and close < end else None


def _ends(text: str) -> dict[int, int]:
    """Map the place of each opening brace to its closing brace.

    Braces without a partner are left out.
    """
    ends: dict[int, int] = {}
    still_open: list[int] = []
    for brace in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if brace[0] == "{":
            still_open.append(brace.start())
        elif brace[0] == "}" and still_open:
            ends[still_open.pop()] = brace.start()
    return ends


def _sign(name: str) -> str | None:
    """The text that a command without a group stands for.

    Returns None if the command is unknown.
    """
    if name in SIGNS:
        return SIGNS[name]
    if name in SWITCHES:
        return ""
    return symbol(f"\\{name}") if name.isalpha() else None


def _with_mark(letter: str, name: str) -> str | None:
    """The letter with the accent of that name.

    Returns None if the letter does not exist. `\\i` and `\\j` count as i and j.
    """
    accented = unicodedata.normalize("NFC", letter.removeprefix("\\") + MARKS[name])
    return accented if len(accented) == 1 and accented.isalpha() else None


def _is_word(character: str) -> bool:
    return bool(character) and (character.isalnum() or character == "_")


def _merged(pieces: "list[Piece]") -> "tuple[Piece, ...]":
    """The pieces, with neighbouring texts joined and empty ones dropped."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    return tuple(merged)
