"""arXiv's daily announcement, as RSS 2.0 and as Atom: what is new, cross-listed and replaced on one day."""

import re
from typing import BinaryIO
from xml.etree.ElementTree import Element

from recommender.textfiles import Rejected

from . import fields
from .fields import BadRow
from .names import names_of
from .record import Event, PaperRecord, Rows, Version
from .withdrawn import is_withdrawn
from .xml import ElementPiece, elements, too_large

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_ITEMS = ("item", f"{ATOM}entry")
_DATES = ("pubDate", f"{ATOM}updated")  # of the whole feed; those inside of an item come with it
# RSS's element -> Atom's
_NAMES = {"guid": "id", "description": "summary", "pubDate": "published"}
_HEAD = re.compile(r"\s*(?:arXiv:\S+\s+)?(?:Announce Type:\s*(?P<event>[\w-]+)\s+)?(?:Abstract:\s*)?", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</?p\s*/?>", re.IGNORECASE)


def read(stream: BinaryIO) -> Rows:
    """A record for each item, with the day, the event and the version that are announced.

    An empty feed, as on weekends and holidays, gives nothing.
    Raises WrongFile when this is no feed, BrokenStream where it breaks off.
    """
    written = ""
    for piece in elements(stream, ["rss", f"{ATOM}feed"], [*_ITEMS, *_DATES]):
        if piece.tag in _ITEMS:
            yield _row(piece, written)
        elif piece.element is not None:
            written = piece.element.text or ""


def _row(piece: ElementPiece, written: str) -> PaperRecord | Rejected:
    item = piece.element
    if item is None:
        return too_large(piece)
    given = _raw(item, "guid").strip() or _link(item)
    try:
        return _record(item, given, written)
    except BadRow as error:
        return fields.rejected(piece.line, f"{given[-40:]}: {error}")


def _record(item: Element, given: str, written: str) -> PaperRecord:
    """One paper; `written` is the date of the whole feed, for an item without its own."""
    event, abstract = _description(item)
    number = fields.version_number(given)
    return PaperRecord(
        public_id=fields.public_id(given),
        title=fields.title(_raw(item, "title")),
        source="arxiv_feed",
        abstract=abstract,
        authors=_authors(item),
        categories=fields.categories(category.get("term") or category.text for category in _all(item, "category")),
        journal_ref=fields.clean("journal_reference", item.findtext(f"{ARXIV}journal_reference")),
        doi=fields.doi(item.findtext(f"{ARXIV}DOI")),
        license_url=fields.url(item.findtext(f"{DUBLIN_CORE}rights")),
        day=fields.day("pubDate", _raw(item, "pubDate") or written),
        event=event,
        versions=[Version(number)] if number else [],
        withdrawn=is_withdrawn("", abstract),
    )


def _all(item: Element, name: str) -> list[Element]:
    """RSS names an element so, Atom perhaps otherwise and always in its namespace."""
    return [*item.findall(name), *item.findall(f"{ATOM}{_NAMES.get(name, name)}")]


def _raw(item: Element, name: str) -> str:
    return next((element.text for element in _all(item, name) if element.text), "")


def _link(item: Element) -> str:
    links = [link.get("href") or link.text or "" for link in _all(item, "link")]
    return links[0].strip() if links else ""


def _description(item: Element) -> tuple[Event, str]:
    """What is announced, and the abstract without the line that says so."""
    text = _PARAGRAPH.sub(" ", _raw(item, "description"))
    head = _HEAD.match(text)
    told = item.findtext(f"{ARXIV}announce_type") or (head and head["event"]) or ""
    return _event(told.strip().lower()), fields.clean("description", text[head.end() :] if head else text)


def _event(told: str) -> Event:
    try:
        return Event(told)
    except ValueError:
        known = ", ".join(event for event in Event if event)
        raise BadRow(f"announce_type: {told[:40]!r} is none of {known}") from None


def _authors(item: Element) -> list[str]:
    """Names joined by commas in one element, or one a element."""
    creators = [element.text or "" for element in item.iterfind(f"{DUBLIN_CORE}creator")]
    creators += [element.findtext(f"{ATOM}name") or "" for element in item.iterfind(f"{ATOM}author")]
    plain = [re.sub(r"<[^>]*>", "", fields.clean("creator", creator)) for creator in creators]
    return fields.names("creator", [name for creator in plain for name in names_of(creator)])
