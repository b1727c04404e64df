"""Answers of arXiv's query API, in Atom, as both of its serialisers write them."""

from typing import BinaryIO
from xml.etree.ElementTree import Element

from recommender.textfiles import Rejected

from . import fields
from .arxiv_calendar import announcement_day
from .fields import BadRow
from .record import PaperRecord, Rows, Version
from .tex import tex_to_text
from .withdrawn import is_withdrawn
from .xml import ElementPiece, elements, too_large

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
_ERROR = "arxiv.org/api/errors"


def read(stream: BinaryIO) -> Rows:
    """A record for each entry; arXiv's own error entry is a rejection with its text.

    Raises WrongFile when this is no Atom, BrokenStream where it breaks off.
    """
    for piece in elements(stream, [f"{ATOM}feed"], [f"{ATOM}entry"]):
        yield _row(piece)


def _row(piece: ElementPiece) -> PaperRecord | Rejected:
    entry = piece.element
    if entry is None:
        return too_large(piece)
    given = entry.findtext(f"{ATOM}id", "").strip()
    if _ERROR in given:
        return fields.rejected(piece.line, f"arXiv answers: {_text(entry, 'summary') or given}")
    try:
        return _record(entry, given)
    except BadRow as error:
        return fields.rejected(piece.line, f"{given[-40:]}: {error}")


def _record(entry: Element, given: str) -> PaperRecord:
    published = fields.timestamp("published", entry.findtext(f"{ATOM}published"))
    comment = fields.clean("comment", entry.findtext(f"{ARXIV}comment"))
    abstract = _text(entry, "summary")
    return PaperRecord(
        public_id=fields.public_id(given),
        title=fields.title(entry.findtext(f"{ATOM}title")),
        source="arxiv_api",
        abstract=abstract,
        authors=_authors(entry),
        categories=_categories(entry),
        comment=comment,
        journal_ref=fields.clean("journal_ref", entry.findtext(f"{ARXIV}journal_ref")),
        doi=fields.doi(entry.findtext(f"{ARXIV}doi")),
        license_url=_license(entry),
        day=announcement_day(published) if published else None,
        published_at=published,
        versions=_versions(entry, given),
        withdrawn=is_withdrawn(comment, abstract),
    )


def _text(entry: Element, name: str) -> str:
    return fields.clean(name, entry.findtext(f"{ATOM}{name}"))


def _authors(entry: Element) -> list[str]:
    written = [author.findtext(f"{ATOM}name") for author in entry.iterfind(f"{ATOM}author")]
    return [tex_to_text(name) for name in fields.names("author", written)]


def _categories(entry: Element) -> list[str]:
    primary = entry.find(f"{ARXIV}primary_category")
    codes = (category.get("term") for category in entry.iterfind(f"{ATOM}category"))
    return fields.categories(codes, None if primary is None else primary.get("term"))


def _license(entry: Element) -> str:
    links = (link.get("href") for link in entry.iterfind(f"{ATOM}link") if link.get("rel") == "license")
    return fields.url(next(links, "") or entry.findtext(f"{ATOM}rights"))


def _versions(entry: Element, given: str) -> list[Version]:
    """The newest one, which the id names, with its time, and the first."""
    newest = fields.version_number(given)
    times = {
        1: fields.timestamp("published", entry.findtext(f"{ATOM}published")),
        newest: fields.timestamp("updated", entry.findtext(f"{ATOM}updated")),
    }
    return [Version(number, at) for number, at in times.items() if number]
