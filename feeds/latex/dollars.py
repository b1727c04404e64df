"""Tell formulas between dollar signs from prices."""

import re

from .mathml import LONGEST

BRACED = re.compile(r"\\[A-Za-z]+|\{[^{}]*\}")
PROSE = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}[,.;:]?\s+[^\W\d_]{2}|\s(?:and|or|to|per|for|with|from|vs|the|of|is|a)\s")
PRICE = re.compile(r"\d[\d.,]*\s*[kKMB]?\W*")
STOPS = re.compile(r"\\.|[{$]", re.DOTALL)
MATHEMATICAL = re.compile(r"[\\^_={}<>+]")


def closing_dollar(text: str, place: int, end: int, ends: dict[int, int]) -> int | None:
    """Return the place of the dollar that ends the formula.

    The formula starts at `place`. Returns None if there is no such dollar.

    ends  the place of each opening brace of the text -> that of its closing brace; dollars between them are skipped
    """
    while token := STOPS.search(text, place, end):
        if token[0] == "$":
            return token.start()
        place = ends.get(token.start(), token.start()) + 1 if token[0] == "{" else token.end()
    return None


def is_formula(content: str, following: str) -> bool:
    """Whether the content between two dollars is a formula.

    Otherwise it is prose, or what is between two prices.
    """
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
    """Whether every brace in the content has its partner.

    Otherwise the dollars are not a pair.
    """
    depth = 0
    for brace in re.findall(r"\\.|[{}]", content, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0
