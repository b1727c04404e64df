"""Tells a formula between two dollars from prices, and from dollars that only look like a pair."""

import re

from .mathml import LONGEST

BRACED = re.compile(r"\\[A-Za-z]+|\{[^{}]*\}")
PROSE = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}[,.;:]?\s+[^\W\d_]{2}|\s(?:and|or|to|per|for|with|from|vs|the|of|is|a)\s")
PRICE = re.compile(r"\d[\d.,]*\s*[kKMB]?\W*")
MATHEMATICAL = re.compile(r"[\\^_={}<>+]")


def closing_dollar(text: str, place: int, end: int, ends: dict[int, int]) -> int | None:
    """Where the formula that starts at `place` ends, dollars within its braces passed over; None if it never does.

    ends   where each opening brace of the text has its closing one
    """
    while found := re.compile(r"\\.|[{$]", re.DOTALL).search(text, place, end):
        if found[0] == "$":
            return found.start()
        place = ends.get(found.start(), found.start()) + 1 if found[0] == "{" else found.end()
    return None


def is_formula(content: str, following: str) -> bool:
    """Whether what stands between two dollars is mathematics: not prose, nor the way from one price to the next."""
    if (
        not content.strip()
        or len(content) > LONGEST
        or not is_balanced(content)
        or PROSE.search(BRACED.sub(" . ", content))
    ):
        return False
    if following.isdigit() and PRICE.fullmatch(content):
        return False
    return content.strip() == content or bool(MATHEMATICAL.search(content)) or len(content.strip()) == 1


def is_balanced(content: str) -> bool:
    """Whether every brace in it has its partner in it; otherwise the dollars are not a pair."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", content, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0
