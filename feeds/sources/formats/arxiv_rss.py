"""Read arXiv's daily announcement, in RSS 2.0 or Atom.

It has the new, cross-listed and replaced papers of one day.
"""

import re
from typing import BinaryIO
from xml.etree.ElementTree import Element

from . import fields
from .fields import BadRow
from .names import names_of
from .record import Event, PaperRecord, Rows, Version
from .withdrawn import is_withdrawn
from .xml import elements, too_large

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_ITEMS = ("item", f"{ATOM}entry")
_DATES = ("pubDate", f"{ATOM}updated")  # of the whole feed; those inside of an item come with it
# RSS's element -> Atom's
_NAMES = {"guid": "id", "description": "summary", "pubDate": "published"}
_HEAD = re.compile(r"\s*(?:arXiv:\S+\s+)?(?:Announce Type:\s*(?P<event>[\w-]+)\s+)?(?:Abstract:\s*)?", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")  # it stops at the next `<`: a name may be a million of them
_PARAGRAPH = re.compile(r"</?p\s*/?>", re.IGNORECASE)


def read(stream: BinaryIO) -> Rows:
    """A record for each item, with the announced day, event and version.

    An empty feed, as on weekends and holidays, yields nothing.
    Raises WrongFile when this is not a feed, BrokenStream where it breaks off.
    """
    feed_date = ""
    for piece in elements(stream, ["rss", f"{ATOM}feed"], [*_ITEMS, *_DATES]):
        item = piece.element
        if piece.tag in _DATES:
            feed_date = feed_date if item is None else item.text or ""
        elif item is None:
            yield too_large(piece)
        else:
            links = [link.get("href") or link.text or "" for link in _all(item, "link")]
            item_id = (_text(item, "guid").strip() or next(iter(links), "")).strip()
            try:
                yield _record(item, item_id, feed_date)
            except BadRow as error:
                yield fields.rejected(piece.line, f"{item_id[-40:]}: {error}")


def _record(item: Element, item_id: str, feed_date: str) -> PaperRecord:
    """One paper.

    `feed_date` is the date of the whole feed, for an item without its own.
    """
    description = _PARAGRAPH.sub(" ", _text(item, "description"))
    head = _HEAD.match(description)
    announce_type = (item.findtext(f"{ARXIV}announce_type") or (head and head["event"]) or "").strip()
    try:
        event = Event(announce_type.lower())
    except ValueError:
        events = ", ".join(event for event in Event if event)
        raise BadRow(f"announce_type: {announce_type[:40]!r} is none of {events}") from None
    abstract = fields.clean("description", description[head.end() :] if head else description)

    creators = [element.text or "" for element in item.iterfind(f"{DUBLIN_CORE}creator")]
    creators += [element.findtext(f"{ATOM}name") or "" for element in item.iterfind(f"{ATOM}author")]
    author_lines = [_TAG.sub("", fields.clean("creator", creator)) for creator in creators]
    number = fields.version_number(item_id)
    return PaperRecord(
        public_id=fields.arxiv_id(item_id),
        title=fields.title(_text(item, "title")),
        source="arxiv_feed",
        abstract=abstract,
        authors=fields.names("creator", [name for line in author_lines for name in names_of(line)]),
        categories=fields.categories(category.get("term") or category.text for category in _all(item, "category")),
        journal_ref=fields.clean("journal_reference", item.findtext(f"{ARXIV}journal_reference")),
        doi=fields.doi(item.findtext(f"{ARXIV}DOI")),
        license_url=fields.url(item.findtext(f"{DUBLIN_CORE}rights")),
        day=fields.day("pubDate", _text(item, "pubDate") or feed_date),
        event=event,
        versions=[Version(number)] if number else [],
        withdrawn=is_withdrawn("", abstract),
    )


def _all(item: Element, name: str) -> list[Element]:
    """The elements by RSS's or Atom's name.

    The names may differ; Atom's are always in a namespace.
    """
    return [*item.findall(name), *item.findall(f"{ATOM}{_NAMES.get(name, name)}")]


def _text(item: Element, name: str) -> str:
    """The text of the first such element that is not empty."""
    return next((element.text for element in _all(item, name) if element.text), "")
