"""Authors written as one text -> names in their order: commas, `and`, affiliations, collaborations, TeX accents."""

import re
from collections.abc import Iterator

from .tex import tex_to_text

_TEX_SPACE = re.compile(r"\\[,;:!]")
_MARK = re.compile(r"[,;:]|\s(?=(?:for|on behalf of) the\s)")
_AND = re.compile(r"(?:^|\s)(?:and|&)\s")
_GROUP = re.compile(r"(?:and\s+)?(?:for|on behalf of) the\s+")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_OTHERS = re.compile(r"\s*\b(?:et\.? al\b\.?|others)$", re.IGNORECASE)


def names_of(text: str) -> list[str]:
    """The names of arXiv's author line.

    `CDF Collaboration: T. Aaltonen et al` names a collaboration and a person; `R. Roe, Jr.` is one person; what stands
    in parentheses, however deep, is an affiliation and no name.
    """
    bare = _TEX_SPACE.sub(" ", _without_parentheses(" ".join(text.split())))
    found: list[list[str]] = []  # each with its suffixes, joined at the end: a line may have a million
    for part in _parts(bare):
        name = tex_to_text(_OTHERS.sub("", part.strip()).strip())
        if found and _SUFFIX.fullmatch(name):
            found[-1].append(name)
        elif any(map(str.isalpha, name)):
            found.append([name])
    return [" ".join(words) for words in found]


def _parts(text: str) -> Iterator[str]:
    """What may be a name; `for the RBC and UKQCD Collaborations` is one."""
    for part in _MARK.split(text):
        group = _GROUP.match(part.lstrip())
        yield from [part.lstrip()[group.end() :]] if group else _AND.split(part)


def _without_parentheses(text: str) -> str:
    """What stands outside of them; one that is never closed ends at the next comma."""
    kept: list[str] = []
    depth = 0
    for part in re.split(r"([()])", text):
        if part == "(":
            depth += 1
        elif part == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(part)
    return " ".join(kept) if not depth else re.sub(r"\([^,()]*|\)", " ", text)
