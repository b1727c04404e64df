"""A formula as one line of plain text, `O(n²)`, where that says the same as the formula."""

import re
import unicodedata
from functools import lru_cache
from xml.etree.ElementTree import Element

from .mathml import tree_of

APPLY = "\u2061"  # unseen, between a function's name and what it is applied to
UNSEEN = re.compile("[\u2061-\u2064\ufe00-\ufe0f]")
SUPERSCRIPTS = dict(zip("0123456789+−-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
SUBSCRIPTS = dict(zip("0123456789+−-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
ACCENTS = {"^": "\u0302", "̂": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0304", "̅": "\u0304",
           "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", "¨": "\u0308"}  # fmt: skip
ROWS = frozenset(["math", "mrow", "mstyle", "mpadded"])
SCRIPTS = {"msup": "^", "msub": "_", "msubsup": "_^"}


@lru_cache(maxsize=4096)
def line(latex: str) -> str | None:
    """The formula in one line; None where it needs two dimensions or is none."""
    tree = tree_of(latex, display=False)
    words = None if tree is None else _line(tree)
    return None if words is None else _unstyled(words).strip() or None


def symbol(command: str) -> str | None:
    """The sign that a command such as `\\alpha` stands for; None for a command of another kind or an unknown one."""
    sign = line(command)
    return sign if sign and len(sign) == 1 else None


def _line(element: Element) -> str | None:
    """An element and all within as text; None if only two dimensions can show it."""
    if element.tag == "mtext":
        return "".join(element.itertext()).replace("\u00a0", " ")
    if element.tag == "mspace":
        return " " if re.match(r"0\.[12]|[12]", element.get("width", "")) else ""
    if element.text == APPLY:
        return " " if "lspace" in element.attrib else ""
    if element.tag in ("mi", "mn", "mo", "ms"):
        return element.text or ""
    parts = [_line(child) for child in element]
    known = [part for part in parts if part is not None]
    return _joined(element.tag, known) if len(known) == len(parts) else None


def _joined(tag: str, parts: list[str]) -> str | None:
    if tag in ROWS:
        return "".join(parts)
    if tag in SCRIPTS:
        base, *scripts = parts
        return base + "".join(_script(words, sign) for words, sign in zip(scripts, SCRIPTS[tag], strict=True))
    match tag, parts:
        case "mover", [base, accent] if len(base) == 1 and accent in ACCENTS:
            return unicodedata.normalize("NFC", base + ACCENTS[accent])
        case "mfrac", [upper, lower] if upper.isalnum() and lower.isalnum():
            return f"{upper}/{lower}"
        case "msqrt", _:
            return f"√{_bracketed(''.join(parts))}"
    return None


def _script(words: str, sign: str) -> str:
    small = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
    if all(character in small for character in words):
        return "".join(small[character] for character in words)
    return words if set(words) <= set("′″‴⁗") else f"{sign}{_bracketed(words)}"


def _bracketed(words: str) -> str:
    return words if words.isalnum() or len(words) == 1 else f"({words})"


def _unstyled(words: str) -> str:
    """Bold, script and other alphabets of mathematics as plain letters, without the signs that nobody sees."""
    return "".join(
        unicodedata.normalize("NFKC", character) if "\U0001d400" <= character <= "\U0001d7ff" else character
        for character in UNSEEN.sub("", words)
    )
