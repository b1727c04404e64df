"""A list of arXiv ids as people keep one: bare ids, versions, prefixes, links, one a line or several, with comments."""

import re
from collections.abc import Iterator

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import Rejected, WrongFile

from . import fields

_COMMENT = re.compile(r"(?:^|\s)#.*")
_CLASS = re.compile(r"\[[\w.-]+\]")  # `arXiv:2607.21557 [cs.LG]`, as arXiv writes it
_BETWEEN = re.compile(r"[\s,;|]+")
_PREFIX = re.compile(r"\b(arxiv|doi):\s+", re.IGNORECASE)
_WRAPPING = "\"'`<>()[]{}."


def read(lines: Iterator[str]) -> Iterator[str | Rejected]:
    """Each id once, without its version, in its order; what is no id is rejected with its line.

    Raises WrongFile when the list is empty.
    """
    seen: set[str] = set()
    begun = False
    for number, line in enumerate(lines, start=1):
        for word in words(line):
            begun = True
            found = arxiv_id_in_link(word)
            if found is None:
                yield fields.rejected(number, f"{word[:60]!r} is no arXiv id such as 2607.21557 or hep-th/9901001")
            elif found not in seen:
                seen.add(found)
                yield found
    if not begun:
        raise WrongFile("the list of ids is empty")


def words(line: str) -> list[str]:
    """What a line names, without its comment and the marks around each."""
    bare = _COMMENT.sub("", line.lstrip("\ufeff").replace("\x00", ""))
    joined = _PREFIX.sub(r"\1:", _CLASS.sub(" ", bare))
    return [word for part in _BETWEEN.split(joined) if (word := part.strip(_WRAPPING))]
