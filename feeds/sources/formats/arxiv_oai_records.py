"""One paper in OAI-PMH's formats `arXiv` (authors in parts) and `arXivRaw` (all versions, authors as one text)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import Element

from . import fields
from .arxiv_calendar import announcement_day
from .names import names_of
from .record import PaperRecord, Version
from .tex import tex_to_text
from .withdrawn import is_withdrawn

ARXIV = "{http://arxiv.org/OAI/arXiv/}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_NOTHING = re.compile(r"0(?:\.0+)?\s*kb", re.IGNORECASE)
_IGNORED = "I"  # source type of a version whose files arXiv does not show: a withdrawal


def _from_arxiv(paper: Element) -> PaperRecord:
    created = fields.day("created", paper.findtext(f"{ARXIV}created"))
    return PaperRecord(**_shared(paper, ARXIV), authors=_authors(paper), day=_announced(created))


def _from_raw(paper: Element) -> PaperRecord:
    elements = paper.findall(f"{RAW}version")
    versions = [version for element in elements if (version := _version(element))]
    versions.sort(key=lambda version: version.number)
    first = next((version.at for version in versions if version.number == 1), None)
    shared = _shared(paper, RAW)
    shared["withdrawn"] = shared["withdrawn"] or bool(elements and _is_withdrawal(elements[-1]))
    authors = names_of(fields.clean("authors", paper.findtext(f"{RAW}authors")))
    return PaperRecord(
        **shared,
        authors=fields.names("authors", authors),
        day=_announced(first),
        published_at=first,
        versions=versions,
    )


READERS: dict[str, Callable[[Element], PaperRecord]] = {f"{ARXIV}arXiv": _from_arxiv, f"{RAW}arXivRaw": _from_raw}


def _shared(paper: Element, space: str) -> dict[str, Any]:
    def text(name: str) -> str:
        return fields.clean(name, paper.findtext(f"{space}{name}"))

    return {
        "public_id": fields.public_id(paper.findtext(f"{space}id")),
        "title": fields.title(paper.findtext(f"{space}title")),
        "source": "arxiv_oai",
        "abstract": text("abstract"),
        "categories": fields.categories(text("categories").split()),
        "comment": text("comments"),
        "journal_ref": text("journal-ref"),
        "doi": fields.doi(text("doi")),
        "license_url": fields.url(text("license")),
        "withdrawn": is_withdrawn(text("comments"), text("abstract")),
    }


def _announced(submitted: datetime | date | None) -> date | None:
    return announcement_day(submitted) if submitted else None


def _authors(paper: Element) -> list[str]:
    """Forenames, surname and suffix of each, in that order; some have a surname only."""
    parts = ("forenames", "keyname", "suffix")
    written = [
        " ".join(fields.names("author", [author.findtext(f"{ARXIV}{part}") for part in parts]))
        for author in paper.iterfind(f"{ARXIV}authors/{ARXIV}author")
    ]
    return [tex_to_text(name) for name in fields.names("author", written)]


def _version(element: Element) -> Version | None:
    number = fields.version_number(element.get("version"))
    return Version(number, fields.timestamp("version date", element.findtext(f"{RAW}date"))) if number else None


def _is_withdrawal(version: Element) -> bool:
    size, kind = version.findtext(f"{RAW}size", ""), version.findtext(f"{RAW}source_type", "")
    return bool(_NOTHING.fullmatch(size.strip())) or _IGNORED in kind
