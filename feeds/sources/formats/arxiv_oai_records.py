"""Read one paper in OAI-PMH's formats `arXiv` and `arXivRaw`.

`arXiv` has authors in parts; `arXivRaw` has all versions, and authors in one text.
"""

import re
from collections.abc import Callable
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
_NAME_PARTS = ("forenames", "keyname", "suffix")
_NO_SIZE = re.compile(r"0(?:\.0+)?\s*kb", re.IGNORECASE)
_IGNORED = "I"  # source type of a version whose files arXiv does not show: a withdrawal


def _read_arxiv(paper: Element) -> PaperRecord:
    """Authors come as forenames, surname and suffix; some have a surname only."""
    created = fields.day("created", paper.findtext(f"{ARXIV}created"))
    names = [
        " ".join(fields.names("author", [author.findtext(f"{ARXIV}{part}") for part in _NAME_PARTS]))
        for author in paper.iterfind(f"{ARXIV}authors/{ARXIV}author")
    ]
    return PaperRecord(
        **_shared_fields(paper, ARXIV),
        authors=[tex_to_text(name) for name in fields.names("author", names)],
        day=announcement_day(created) if created else None,
    )


def _read_arxiv_raw(paper: Element) -> PaperRecord:
    """Read the format `arXivRaw`.

    A paper whose newest version has no files, or files that arXiv does not show, is withdrawn.
    """
    elements = paper.findall(f"{RAW}version")
    versions = [
        Version(number, fields.timestamp("version date", element.findtext(f"{RAW}date")))
        for element in elements
        if (number := fields.version_number(element.get("version")))
    ]
    versions.sort(key=lambda version: version.number)
    first = next((version.at for version in versions if version.number == 1), None)

    shared = _shared_fields(paper, RAW)
    if elements:
        size, kind = elements[-1].findtext(f"{RAW}size", ""), elements[-1].findtext(f"{RAW}source_type", "")
        shared["withdrawn"] |= bool(_NO_SIZE.fullmatch(size.strip())) or _IGNORED in kind
    authors = names_of(fields.clean("authors", paper.findtext(f"{RAW}authors")))
    return PaperRecord(
        **shared,
        authors=fields.names("authors", authors),
        day=announcement_day(first) if first else None,
        published_at=first,
        versions=versions,
    )


READERS: dict[str, Callable[[Element], PaperRecord]] = {
    f"{ARXIV}arXiv": _read_arxiv,
    f"{RAW}arXivRaw": _read_arxiv_raw,
}


def _shared_fields(paper: Element, namespace: str) -> dict[str, Any]:
    def text(name: str) -> str:
        return fields.clean(name, paper.findtext(f"{namespace}{name}"))

    return {
        "public_id": fields.arxiv_id(paper.findtext(f"{namespace}id")),
        "title": fields.title(paper.findtext(f"{namespace}title")),
        "source": "arxiv_oai",
        "abstract": text("abstract"),
        "categories": fields.categories(text("categories").split()),
        "comment": text("comments"),
        "journal_ref": text("journal-ref"),
        "doi": fields.doi(text("doi")),
        "license_url": fields.url(text("license")),
        "withdrawn": is_withdrawn(text("comments"), text("abstract")),
    }
