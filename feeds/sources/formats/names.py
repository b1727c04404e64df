"""Split an author line into names: commas, `and`, affiliations, collaborations, TeX accents."""

import re

from .tex import tex_to_text

_TEX_SPACE = re.compile(r"\\[,;:!]")
_MARK = re.compile(r"[,;:]|\s(?=(?:for|on behalf of) the\s)")
_AND = re.compile(r"(?:^|\s)(?:and|&)\s")
_GROUP = re.compile(r"(?:and\s+)?(?:for|on behalf of) the\s+")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_OTHERS = re.compile(r"\s*\b(?:et\.? al\b\.?|others)$", re.IGNORECASE)


def names_of(text: str) -> list[str]:
    """The names in arXiv's author line, in order.

    `CDF Collaboration: T. Aaltonen et al` names a collaboration and a person; `R. Roe, Jr.` is one person; text in
    parentheses, at any depth, is an affiliation and not a name.
    """
    line = _TEX_SPACE.sub(" ", _without_parentheses(" ".join(text.split())))
    parts: list[str] = []
    for part in _MARK.split(line):
        group = _GROUP.match(part.lstrip())  # `for the RBC and UKQCD Collaborations` is one name
        parts += [part.lstrip()[group.end() :]] if group else _AND.split(part)
    names: list[list[str]] = []  # each with its suffixes, joined at the end: a line may have a million
    for part in parts:
        name = tex_to_text(_OTHERS.sub("", part.strip()).strip())
        if names and _SUFFIX.fullmatch(name):
            names[-1].append(name)
        elif any(map(str.isalpha, name)):
            names.append([name])
    return [" ".join(words) for words in names]


def _without_parentheses(text: str) -> str:
    """The text outside of parentheses.

    One that is never closed ends at the next comma.
    """
    outside: list[str] = []
    depth = 0
    for part in re.split(r"([()])", text):
        if part == "(":
            depth += 1
        elif part == ")":
            depth = max(0, depth - 1)
        elif not depth:
            outside.append(part)
    return " ".join(outside) if not depth else re.sub(r"\([^,()]*|\)", " ", text)
