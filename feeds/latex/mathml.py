"""One formula as MathML that is safe to show.

Other modules decide which text is a formula. math-core makes MathML Core from LaTeX. Papers are untrusted text, so its
output is parsed again by a strict XML parser, and only elements, attributes and values on the lists below leave this
module.
"""

import logging
import re
from copy import copy
from functools import lru_cache
from html.entities import html5
from xml.etree.ElementTree import Element, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.safestring import SafeString
from math_core import LatexError, LatexToMathML

LONGEST = 2_000  # characters of a formula; the longest of 11,210 real ones has 324
DEEPEST = 40
MOST_COMMANDS = 200  # the most of a real one is 19; the converter takes 2.8 kB of stack a level, and a thread has 2 MB

MACROS = {
    "mbox": r"\text{#1}", "hbox": r"\text{#1}", "dotsc": r"\ldots", "dotsb": r"\cdots", "upmu": "μ", "degr": "°",
    "Tr": r"\operatorname{Tr}", "eps": r"\epsilon", "bm": r"\boldsymbol{#1}",
}  # fmt: skip
DEFINES = re.compile(r"\\(?:[gex]?def|let|(?:re)?newcommand|providecommand|DeclareMathOperator)\b")
LENGTH = r"-?\d(?:\.\d+)?em|0"
TRUTH = "true|false"
VALUES = {
    name: re.compile(pattern)
    for name, pattern in {
        "accent": TRUTH, "accentunder": TRUTH, "displaystyle": TRUTH, "fence": TRUTH, "largeop": TRUTH,
        "movablelimits": TRUTH, "separator": TRUTH, "stretchy": TRUTH, "symmetric": TRUTH,
        "display": "block", "form": "prefix|infix|postfix", "mathvariant": "normal", "scriptlevel": r"[+-]?\d",
        "columnspan": r"\d", "rowspan": r"\d",
        "lspace": LENGTH, "rspace": LENGTH, "width": LENGTH, "height": LENGTH, "depth": LENGTH, "voffset": LENGTH,
        "minsize": LENGTH, "maxsize": LENGTH, "linethickness": LENGTH,
    }.items()
}  # fmt: skip
BREAKABLE = frozenset("=<>≤≥≈∼≃≅≡∝→←↔↦⇒⇔∈∉⊂⊆∪∩≪≫≔:,;|∣+−±×·⋅⊗⊕∧∨")
LONG, TOO_WIDE = 16, 24  # characters: beside other words in the line of a phone, and alone in it
ELEMENTS = frozenset(
    "math mi mn mo mtext ms mspace mrow mfrac msqrt mroot mstyle mpadded mphantom msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts mtable mtr mtd".split()
)
WORDS = frozenset(["b", "i", "em", "code", "span"])
XML_ENTITIES = frozenset(["amp", "lt", "gt", "quot", "apos"])

log = logging.getLogger(__name__)
_converter = LatexToMathML(macros=MACROS, fancy_error=False, allow_unreliable_rendering=True)


def markup(latex: str, *, display: bool = False) -> SafeString | None:
    """The formula as `<math>` elements.

    Returns None if it cannot be shown and its source must be shown instead. A long formula within a line becomes
    several elements, since browsers break lines only between formulas. A part that may still be too wide for a phone
    scrolls, by keyboard too. This is the one place where text derived from a paper is declared safe: it is written from
    trees of listed elements.
    """
    tree = tree_of(latex, display)
    if tree is None:
        return None
    elements = []
    for part in _parts(tree, display):
        element = copy(part)
        if _letters(part) > TOO_WIDE:
            element.attrib = part.attrib | {"class": "wide", "tabindex": "0"}
        elements.append(tostring(element, encoding="unicode", short_empty_elements=False))
    return SafeString("<wbr>".join(elements))


@lru_cache(maxsize=4096)
def tree_of(latex: str, display: bool) -> Element | None:
    """The formula's MathML, limited to listed elements and attributes.

    Do not change it. Returns None if the formula cannot be shown.
    """
    if not _is_modest(latex):
        return None
    try:
        xml = _converter.convert_with_local_state(repaired(latex), displaystyle=display)
        tree = fromstring(re.sub(r"&(\w+);", _character, xml))
    except (LatexError, ParseError, DefusedXmlException):
        return None
    except BaseException as error:  # a page must not fail for one formula; a panic in Rust is no Exception
        if not isinstance(error, Exception) and type(error).__module__ != "pyo3_runtime":
            raise
        log.exception("the formula %.200r could not be converted", latex)
        return None
    return tree if _clean(tree, DEEPEST) and len(tree) else None


def fits(latex: str) -> bool:
    """Whether every part of the formula fits the line of a phone without scrolling."""
    tree = tree_of(latex, False)
    return tree is not None and all(_letters(part) <= TOO_WIDE for part in _parts(tree, False))


def _parts(tree: Element, display: bool) -> list[Element]:
    """Cut a long inline formula after relation and operator signs.

    These are the signs at which TeX would break it. Any other formula stays whole.
    """
    if display or _letters(tree) <= LONG:
        return [tree]
    parts = [Element("math")]
    for place, child in enumerate(tree):
        parts[-1].append(child)
        if 0 < place < len(tree) - 1 and child.text in BREAKABLE and tree[place - 1].tag != "mo":
            parts[-1][-1] = copy(child)
            parts[-1][-1].set("form", "infix")
            parts.append(Element("math"))
    return parts


def _letters(element: Element) -> int:
    return sum(len(words) for words in element.itertext())


def _is_modest(latex: str) -> bool:
    """Whether the formula is small enough for the converter.

    Length, nesting and number of commands must fit its stack and time.
    """
    if len(latex) > LONGEST or latex.count("\\") > MOST_COMMANDS or DEFINES.search(latex):
        return False
    depth = 0
    for brace in re.findall(r"\\.|[{}]", latex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth > DEEPEST:
            return False
    return True


def repaired(latex: str) -> str:
    """Repair LaTeX as authors mean it.

    A bare `%` or `#` is that sign, `\\unicode{x2014}` a character, `3,907` a number.
    """
    latex = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "{,}", latex)
    latex = re.sub(r"\\unicode\{x([0-9A-Fa-f]{2,5})\}", _numbered, latex)
    return re.sub(r"\\.|[%#]", lambda sign: sign[0] if len(sign[0]) > 1 else f"\\{sign[0]}", latex, flags=re.DOTALL)


def _numbered(command: re.Match[str]) -> str:
    """The character of that number.

    If it is not printable, the command itself.
    """
    character = chr(int(command[1], 16))
    return character if character.isprintable() else command[0]


def _character(entity: re.Match[str]) -> str:
    return entity[0] if entity[1] in XML_ENTITIES else html5.get(f"{entity[1]};", entity[0])


def _clean(element: Element, levels: int, allowed: frozenset[str] = ELEMENTS) -> bool:
    """Drop unlisted attributes from an element and its descendants.

    Returns False if an element may not be shown. HTML may be in `<mtext>` only, and MathML not in it: anywhere else a
    browser would end the formula there.
    """
    if element.tag not in allowed or levels == 0:
        return False
    small_capitals = "small-caps" in element.get("style", "")
    for name, value in list(element.attrib.items()):
        if name not in VALUES or not VALUES[name].fullmatch(value):
            del element.attrib[name]
    if small_capitals:
        element.set("class", "caps")
    within = WORDS if element.tag == "mtext" or element.tag in WORDS else ELEMENTS
    if not all(_clean(child, levels - 1, within) for child in element):
        return False
    for child in [child for child in element if child.tag == "mspace" and not child.attrib]:
        element.remove(child)
    return True
