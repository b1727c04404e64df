"""Pages of arXiv's OAI-PMH in the formats `arXiv` and `arXivRaw`: ListRecords and GetRecord."""

from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from recommender.textfiles import Rejected, WrongFile

from . import arxiv_oai_records as formats
from . import fields
from .fields import BadRow
from .record import PaperRecord, Rows
from .xml import ElementPiece, elements, too_large

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_ANSWERS = ("ListRecords", "GetRecord")
_VERBS = {f"{OAI}{verb}" for verb in ("Identify", "ListSets", "ListIdentifiers", "ListMetadataFormats")}


@dataclass(frozen=True)
class OaiError:
    """What the repository says is wrong with the request: `badResumptionToken`, `noRecordsMatch` and the like."""

    code: str
    text: str


@dataclass
class Page:
    """One answer; the token and the error are there once the rows are exhausted.

    resumption_token  names the next page; empty when the list is complete
    error             what is wrong with the request, if anything is
    """

    rows: Rows = field(default_factory=lambda: iter(()))
    resumption_token: str = ""
    error: OaiError | None = None


def read(stream: BinaryIO) -> Page:
    """The page; its rows are read from the stream as they are asked for.

    A deleted record is a rejection. Reading the rows raises WrongFile when this is no OAI-PMH, answers another request
    or is in a format without categories, and BrokenStream where it breaks off.
    """
    page = Page()
    page.rows = _rows(stream, page)
    return page


def _rows(stream: BinaryIO, page: Page) -> Rows:
    wanted = [f"{OAI}record", "record", f"{OAI}error", f"{OAI}resumptionToken", *_VERBS]
    for piece in elements(stream, [f"{OAI}OAI-PMH", f"{OAI}record", "record"], wanted):
        name = piece.tag.removeprefix(OAI)
        if piece.tag in _VERBS:
            raise WrongFile(f"it answers {name}; papers come in answers to {' and '.join(_ANSWERS)}")
        if piece.element is None:
            yield too_large(piece)
        elif name == "record":
            yield _row(piece, piece.element)
        elif name == "error":
            page.error = OaiError(piece.element.get("code", ""), fields.clean("error", piece.element.text)[:300])
        else:
            page.resumption_token = (piece.element.text or "").strip()


def _row(piece: ElementPiece, record: Element) -> PaperRecord | Rejected:
    header = _child(record, "header")
    identifier = "" if header is None else _text(header, "identifier")
    if header is not None and header.get("status") == "deleted":
        return fields.rejected(piece.line, f"{identifier}: arXiv has deleted this record")
    try:
        return _record(record, identifier)
    except BadRow as error:
        return fields.rejected(piece.line, f"{identifier[-40:]}: {error}")


def _record(record: Element, identifier: str) -> PaperRecord:
    metadata = _child(record, "metadata")
    if metadata is None or not len(metadata):
        raise BadRow("metadata: it is missing")
    reader = formats.READERS.get(metadata[0].tag)
    if reader is None:
        raise WrongFile(
            f"{identifier} is in the format {_format(metadata[0].tag)!r}, which lacks the categories' codes;"
            " ask for metadataPrefix=arXivRaw or arXiv"
        )
    return reader(metadata[0])


def _format(tag: str) -> str:
    """`oai_dc` for `{http://www.openarchives.org/OAI/2.0/oai_dc/}dc`."""
    namespace, _, name = tag.rpartition("}")
    return (namespace.rstrip("/").rpartition("/")[2] or name)[:40]


def _child(parent: Element, name: str) -> Element | None:
    """OAI's element, or the same without a namespace in a record that stands alone."""
    found = parent.find(f"{OAI}{name}")
    return parent.find(name) if found is None else found


def _text(parent: Element, name: str) -> str:
    child = _child(parent, name)
    return "" if child is None else (child.text or "").strip()
