"""Read a list of arXiv ids as people write it.

It may have versions, prefixes, links and comments, and several ids on a line.
"""

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
    """Each id once, in order and without its version.

    Other words are rejected with their line. Raises WrongFile when the list is empty.
    """
    ids: set[str] = set()
    is_empty = True
    for number, line in enumerate(lines, start=1):
        for word in words(line):
            is_empty = False
            arxiv_id = arxiv_id_in_link(word)
            if arxiv_id is None:
                yield fields.rejected(number, f"{word[:60]!r} is not an arXiv id such as 2607.21557 or hep-th/9901001")
            elif arxiv_id not in ids:
                ids.add(arxiv_id)
                yield arxiv_id
    if is_empty:
        raise WrongFile("the list of ids is empty")


def words(line: str) -> list[str]:
    """The words of a line, without comments and surrounding brackets.

    Quotes around a word are removed too.
    """
    bare = _COMMENT.sub("", line.lstrip("\ufeff").replace("\x00", ""))
    joined = _PREFIX.sub(r"\1:", _CLASS.sub(" ", bare))
    return [word for part in _BETWEEN.split(joined) if (word := part.strip(_WRAPPING))]
