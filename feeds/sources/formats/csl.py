"""Read CSL-JSON, as Zotero and others export it.

From each entry this takes the abstract and what identifies the paper.
"""

from typing import BinaryIO

from . import fields, references
from .fields import BadRow
from .json_entries import entries
from .json_rows import text_in
from .record import PaperRecord, Rows

SOURCE = "csl"  # not a source of the catalogue: nothing is stored from such a file
_MAY_NAME_AN_ID = ("DOI", "URL", "number", "archive_location", "note", "container-title")


def read(stream: BinaryIO) -> Rows:
    """A record for each entry.

    One without a title is rejected, with its place in the list as its line. Raises WrongFile when the bytes are not
    JSON, BrokenStream where they break off.
    """
    for place, entry in enumerate(entries(stream), start=1):
        try:
            title = fields.title(text_in(entry, "title"))
            texts = (fields.clean(name, str(entry.get(name, ""))) for name in _MAY_NAME_AN_ID)
            yield PaperRecord(
                public_id=references.paper_id(texts, title),
                title=title,
                source=SOURCE,
                abstract=text_in(entry, "abstract"),
                doi=fields.doi(text_in(entry, "DOI")),
            )
        except BadRow as error:
            yield fields.rejected(place, f"{str(entry.get('id', ''))[:40]!r}: {error}")
