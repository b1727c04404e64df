"""What BibTeX and RIS have in common: one entry's texts -> a record, with or without an arXiv id."""

import re
from collections.abc import Iterable

from recommender.paper_ids import arxiv_id, arxiv_id_in_link, own_id

from . import fields

_MARKED = re.compile(r"(?:\barxiv:\s*|\barxiv\.org/\w+/|\b10\.48550/arxiv\.|\bpapers/|\babs/)([\w./-]+)", re.IGNORECASE)
_KEYWORDS = re.compile(r"[;,\n]")


def public_id(places: Iterable[str], title: str) -> str:
    """The first arXiv id that a place names, as an id, a link or after `arXiv:`; our own from the title without one."""
    return next((found for place in places if (found := _named(place))), None) or own_id(title)


def keywords(texts: Iterable[str]) -> list[str]:
    """Each once, in their order, from texts that hold one each or many with commas or semicolons between."""
    return list(dict.fromkeys(word for text in texts for word in fields.names("keywords", _KEYWORDS.split(text))))


def first_name_first(name: str) -> str:
    """`Lovelace, Ada` -> `Ada Lovelace`; `Roe, Richard, Jr.` -> `Richard Roe Jr.`"""
    last, _, rest = (part.strip() for part in name.partition(","))
    first, _, suffix = (part.strip() for part in rest.partition(","))
    return " ".join(part for part in (first, last, suffix) if part)


def journal_ref(where: str, volume: str, year: str, pages: str) -> str:
    """`Nature 521 (2015) 436-444`, of what is known; nothing for a preprint."""
    parts = [where, volume, f"({year})" if year else "", pages]
    is_journal = where and where != "CoRR" and "arxiv" not in where.lower()
    return " ".join(part for part in parts if part) if is_journal else ""


def _named(place: str) -> str | None:
    if found := arxiv_id_in_link(place):
        return found
    marked = _MARKED.search(place)
    return arxiv_id(re.sub(r"\.pdf$|[./]+$", "", marked[1])) if marked else None
