"""Tell from its comment and abstract whether a paper was withdrawn."""

import re

_WORK = r"(?:paper|article|submission|manuscript|preprint|work|note|version|draft|report|thesis|e-?print|letter)"
_THIS = rf"(?:(?:this|the|our|present|current)\s+)+(?:arxiv\s+)?{_WORK}"
_WAS = r"(?:has\s+been|have\s+been|had\s+been|was|is\s+being|is|will\s+be|must\s+be)"
_THEN = (  # what follows a statement about the paper itself; "withdrawn from the market" goes on otherwise
    r"(?:[,;:.(\-\u2013\u2014]|$|(?:by|due|because|since|as|for|pending|until|at|in\s+order|and|temporarily|permanently)\b"
    r"|from\s+(?:the\s+)?arxiv)"
)
_PASSIVE = rf"{_THIS}\s+{_WAS}\s+(?:\w+ly\s+)?withdrawn\s*{_THEN}"
_ACTIVE = rf"(?:the\s+)?(?:authors?|i|we)\s+(?:\w+\s+){{0,4}}?withdr(?:aws?|awn|ew)\s+(?:{_THIS}|it\b)"
_BARE = rf"(?:{_THIS}\s+|{_WORK}\s+)?(?:\w+ly\s+)?withdrawn(?:\s+{_WORK})?\s*{_THEN}"
_STATEMENT = rf"(?:note:\s*)?(?:{_PASSIVE}|{_ACTIVE}|{_BARE})"
_LEAD = r"\W{0,20}+"  # bounded and possessive: a comment may be a million marks, and a match may begin at each
_IN_COMMENT = re.compile(rf"(?:^|[.,;:!(\[*]){_LEAD}{_STATEMENT}", re.IGNORECASE)
_OPENS = re.compile(rf"{_LEAD}(?:arxiv\s+admin\s+)?{_STATEMENT}", re.IGNORECASE)
_CLOSES = re.compile(rf"(?:^|[.!?]\s)\W*(?:{_PASSIVE}|{_ACTIVE})[^.]*[\W]*$", re.IGNORECASE)


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Whether the comment or abstract says that this paper is withdrawn.

    Any sentence of the comment counts, and the abstract's first and last ones. An abstract about withdrawn drugs, cash
    or other papers does not count.
    """
    if "withdr" not in comment.lower() and "withdr" not in abstract.lower():
        return False
    return bool(_IN_COMMENT.search(comment) or _OPENS.match(abstract) or _CLOSES.search(abstract[-400:]))
