"""A formula as one line of plain text, such as `O(n²)`.

Only if the line means the same as the formula.
"""

import re
import unicodedata
from functools import lru_cache
from xml.etree.ElementTree import Element

from .mathml import tree_of

APPLY = "\u2061"  # invisible, between a function's name and what it is applied to
UNSEEN = re.compile("[\u2061-\u2064\ufe00-\ufe0f]")
SUPERSCRIPTS = dict(zip("0123456789+−-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
SUBSCRIPTS = dict(zip("0123456789+−-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
ACCENTS = {"^": "\u0302", "̂": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0304", "̅": "\u0304",
           "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", "¨": "\u0308"}  # fmt: skip
LEAVES = frozenset(["mtext", "mspace", "mi", "mn", "mo", "ms"])
ROWS = frozenset(["math", "mrow", "mstyle", "mpadded"])
SCRIPTS = {"msup": "^", "msub": "_", "msubsup": "_^"}


@lru_cache(maxsize=4096)
def line(latex: str) -> str | None:
    """The formula in one line, in plain letters.

    Returns None if it needs two dimensions or is not a formula.
    """
    tree = tree_of(latex, display=False)
    text = None if tree is None else _line(tree)
    if text is None:
        return None
    letters = (
        unicodedata.normalize("NFKC", character) if "\U0001d400" <= character <= "\U0001d7ff" else character
        for character in UNSEEN.sub("", text)
    )
    return "".join(letters).strip() or None


def symbol(command: str) -> str | None:
    """The character that a command such as `\\alpha` stands for.

    Returns None for any other command.
    """
    character = line(command)
    return character if character and len(character) == 1 else None


def _line(element: Element) -> str | None:
    """An element and all elements in it as text.

    Returns None if only two dimensions can show it.
    """
    if element.tag in LEAVES:
        return _leaf(element)
    parts: list[str] = []
    for child in element:
        part = _line(child)
        if part is None:
            return None
        parts.append(part)
    if element.tag in ROWS:
        return "".join(parts)
    if element.tag in SCRIPTS:
        base, *scripts = parts
        return base + "".join(_script(words, sign) for words, sign in zip(scripts, SCRIPTS[element.tag], strict=True))
    return _stacked(element.tag, parts)


def _stacked(tag: str, parts: list[str]) -> str | None:
    """An accent, a simple fraction or a root as text.

    Returns None for what has no form in one line.
    """
    match tag, parts:
        case "mover", [base, accent] if len(base) == 1 and accent in ACCENTS:
            return unicodedata.normalize("NFC", base + ACCENTS[accent])
        case "mfrac", [upper, lower] if upper.isalnum() and lower.isalnum():
            return f"{upper}/{lower}"
        case "msqrt", _:
            return f"√{_bracketed(''.join(parts))}"
    return None


def _leaf(element: Element) -> str:
    if element.tag == "mtext":
        return "".join(element.itertext()).replace("\u00a0", " ")
    if element.tag == "mspace":
        return " " if re.match(r"0\.[12]|[12]", element.get("width", "")) else ""
    if element.text == APPLY:
        return " " if "lspace" in element.attrib else ""
    return element.text or ""


def _script(words: str, sign: str) -> str:
    small = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
    if all(character in small for character in words):
        return "".join(small[character] for character in words)
    return words if set(words) <= set("′″‴⁗") else f"{sign}{_bracketed(words)}"


def _bracketed(words: str) -> str:
    return words if words.isalnum() or len(words) == 1 else f"({words})"
