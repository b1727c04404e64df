"""Read responses of arXiv's query API in Atom.

Both of its serialisers are supported.
"""

from typing import BinaryIO
from xml.etree.ElementTree import Element

from . import fields
from .arxiv_calendar import announcement_day
from .fields import BadRow
from .record import PaperRecord, Rows, Version
from .tex import tex_to_text
from .withdrawn import is_withdrawn
from .xml import elements, too_large

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
_ERROR = "arxiv.org/api/errors"


def read(stream: BinaryIO) -> Rows:
    """Yield a record for each entry.

    An error entry of arXiv becomes a rejection with its text. Raises WrongFile when this is not Atom, BrokenStream
    where it breaks off.
    """
    for piece in elements(stream, [f"{ATOM}feed"], [f"{ATOM}entry"]):
        entry = piece.element
        if entry is None:
            yield too_large(piece)
            continue
        entry_id = entry.findtext(f"{ATOM}id", "").strip()
        try:
            if _ERROR in entry_id:
                yield fields.rejected(piece.line, f"arXiv answers: {_summary(entry) or entry_id}")
            else:
                yield _record(entry, entry_id)
        except BadRow as error:
            yield fields.rejected(piece.line, f"{entry_id[-40:]}: {error}")


def _record(entry: Element, entry_id: str) -> PaperRecord:
    """One paper.

    Its id names the newest version, whose time is `updated`; `published` is the time of the first version.
    """
    published = fields.timestamp("published", entry.findtext(f"{ATOM}published"))
    updated = fields.timestamp("updated", entry.findtext(f"{ATOM}updated"))
    times = {1: published, fields.version_number(entry_id): updated}
    names = fields.names("author", [author.findtext(f"{ATOM}name") for author in entry.iterfind(f"{ATOM}author")])
    primary = entry.find(f"{ARXIV}primary_category")
    codes = (category.get("term") for category in entry.iterfind(f"{ATOM}category"))
    licenses = (link.get("href") for link in entry.iterfind(f"{ATOM}link") if link.get("rel") == "license")
    comment = fields.clean("comment", entry.findtext(f"{ARXIV}comment"))
    abstract = _summary(entry)
    return PaperRecord(
        public_id=fields.arxiv_id(entry_id),
        title=fields.title(entry.findtext(f"{ATOM}title")),
        source="arxiv_api",
        abstract=abstract,
        authors=[tex_to_text(name) for name in names],
        categories=fields.categories(codes, None if primary is None else primary.get("term")),
        comment=comment,
        journal_ref=fields.clean("journal_ref", entry.findtext(f"{ARXIV}journal_ref")),
        doi=fields.doi(entry.findtext(f"{ARXIV}doi")),
        license_url=fields.url(next(licenses, "") or entry.findtext(f"{ATOM}rights")),
        day=announcement_day(published) if published else None,
        published_at=published,
        versions=[Version(number, at) for number, at in times.items() if number],
        withdrawn=is_withdrawn(comment, abstract),
    )


def _summary(entry: Element) -> str:
    return fields.clean("summary", entry.findtext(f"{ATOM}summary"))
