"""CSL-JSON files, as Zotero and others export them; of an entry what names its paper, and its abstract."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from recommender.textfiles import Rejected

from . import fields, references
from .fields import BadRow
from .json_entries import entries
from .json_rows import text_in
from .record import PaperRecord, Rows

SOURCE = "csl"  # no source of the catalogue: nothing is stored from such a file
_NAMES_AN_ID = ("DOI", "URL", "number", "archive_location", "note", "container-title")


def read(stream: BinaryIO) -> Rows:
    """A record for each entry; one that lacks a title is rejected, its line being its place in the list.

    Raises WrongFile when the bytes are no JSON, BrokenStream where they break off.
    """
    yield from _rows(entries(stream))


def _rows(found: Iterator[dict[str, Any]]) -> Iterator[PaperRecord | Rejected]:
    for place, entry in enumerate(found, start=1):
        try:
            yield _record(entry)
        except BadRow as error:
            yield fields.rejected(place, f"{str(entry.get('id', ''))[:40]!r}: {error}")


def _record(entry: dict[str, Any]) -> PaperRecord:
    title = fields.title(text_in(entry, "title"))
    places = (fields.clean(name, str(entry.get(name, ""))) for name in _NAMES_AN_ID)
    return PaperRecord(
        public_id=references.public_id(places, title),
        title=title,
        source=SOURCE,
        abstract=text_in(entry, "abstract"),
        doi=fields.doi(text_in(entry, "DOI")),
    )
