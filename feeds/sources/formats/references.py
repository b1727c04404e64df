"""Fields that BibTeX, RIS and CSL share.

The paper's id, keywords, names and where it appeared.
"""

import re
from collections.abc import Iterable

from recommender.paper_ids import arxiv_id, arxiv_id_in_link, own_id

from . import fields

_MARKED = re.compile(r"(?:\barxiv:\s*|\barxiv\.org/\w+/|\b10\.48550/arxiv\.|\bpapers/|\babs/)([\w./-]+)", re.IGNORECASE)
_KEYWORDS = re.compile(r"[;,\n]")


def paper_id(texts: Iterable[str], title: str) -> str:
    """The first arXiv id in the texts, or our own id.

    An arXiv id may be an id, a link or follow `arXiv:`; our own id is made from the title.
    """
    for text in texts:
        if linked := arxiv_id_in_link(text):
            return linked
        marked = _MARKED.search(text)
        if marked and (bare := arxiv_id(marked[1].removesuffix(".pdf").rstrip("./"))):
            return bare
    return own_id(title)


def keywords(texts: Iterable[str]) -> list[str]:
    """Each keyword once, in order.

    A text may hold one keyword, or many separated by commas or semicolons.
    """
    return list(dict.fromkeys(word for text in texts for word in fields.names("keywords", _KEYWORDS.split(text))))


def first_name_first(name: str) -> str:
    """`Lovelace, Ada` -> `Ada Lovelace`; `Roe, Richard, Jr.` -> `Richard Roe Jr.`"""
    last, _, rest = (part.strip() for part in name.partition(","))
    first, _, suffix = (part.strip() for part in rest.partition(","))
    return " ".join(part for part in (first, last, suffix) if part)


def journal_ref(where: str, volume: str, year: str, pages: str) -> str:
    """A reference such as `Nature 521 (2015) 436-444`.

    It is made from the parts that are known; empty for a preprint.
    """
    parts = [where, volume, f"({year})" if year else "", pages]
    is_journal = where and where != "CoRR" and "arxiv" not in where.lower()
    return " ".join(part for part in parts if part) if is_journal else ""
