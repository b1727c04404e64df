"""Read pages of arXiv's OAI-PMH, ListRecords and GetRecord, in the formats `arXiv` and `arXivRaw`."""

from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from recommender.textfiles import WrongFile

from . import fields
from .arxiv_oai_records import READERS
from .fields import BadRow
from .record import PaperRecord, Rows
from .xml import elements, too_large

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_VERBS_WITH_PAPERS = ("ListRecords", "GetRecord")
_OTHER_VERBS = {f"{OAI}{verb}" for verb in ("Identify", "ListSets", "ListIdentifiers", "ListMetadataFormats")}


@dataclass(frozen=True)
class OaiError:
    """What the repository reports about the request: `badResumptionToken`, `noRecordsMatch` and so on."""

    code: str
    text: str


@dataclass
class Page:
    """One response.

    The token and the error are set once the rows are exhausted.

    resumption_token  names the next page; empty when the list is complete
    error             what is wrong with the request, if anything is
    """

    rows: Rows = field(default_factory=lambda: iter(()))
    resumption_token: str = ""
    error: OaiError | None = None


def read(stream: BinaryIO) -> Page:
    """The page.

    Its rows are read from the stream as they are consumed. A deleted record is a rejection. Reading the rows raises
    WrongFile when this is not OAI-PMH, answers another request or is in a format without categories, and BrokenStream
    where it breaks off.
    """
    page = Page()
    page.rows = _rows(stream, page)
    return page


def _rows(stream: BinaryIO, page: Page) -> Rows:
    """Yield the rows of the stream and set the page's token and error."""
    tags = [f"{OAI}record", "record", f"{OAI}error", f"{OAI}resumptionToken", *_OTHER_VERBS]
    for piece in elements(stream, [f"{OAI}OAI-PMH", f"{OAI}record", "record"], tags):
        name, element = piece.tag.removeprefix(OAI), piece.element
        if piece.tag in _OTHER_VERBS:
            raise WrongFile(f"it answers {name}; papers come in answers to {' and '.join(_VERBS_WITH_PAPERS)}")
        if element is None:
            yield too_large(piece)
        elif name == "error":
            page.error = OaiError(element.get("code", ""), fields.clean("error", element.text)[:300])
        elif name == "resumptionToken":
            page.resumption_token = (element.text or "").strip()
        else:
            header = _child(element, "header")
            header = Element("header") if header is None else header
            identifier = (header.findtext(f"{OAI}identifier") or header.findtext("identifier") or "").strip()
            if header.get("status") == "deleted":
                yield fields.rejected(piece.line, f"{identifier}: arXiv has deleted this record")
                continue
            try:
                yield _record(element, identifier)
            except BadRow as error:
                yield fields.rejected(piece.line, f"{identifier[-40:]}: {error}")


def _record(record: Element, identifier: str) -> PaperRecord:
    """The paper in the record's metadata, with the reader of its format."""
    metadata = _child(record, "metadata")
    if metadata is None or not len(metadata):
        raise BadRow("metadata: missing")
    tag = metadata[0].tag
    reader = READERS.get(tag)
    if reader is None:
        namespace, _, name = tag.rpartition("}")  # {http://www.openarchives.org/OAI/2.0/oai_dc/}dc is oai_dc
        format_name = (namespace.rstrip("/").rpartition("/")[2] or name)[:40]
        raise WrongFile(
            f"{identifier} is in the format {format_name!r}, which lacks the categories' codes;"
            " request metadataPrefix=arXivRaw or arXiv"
        )
    return reader(metadata[0])


def _child(parent: Element, name: str) -> Element | None:
    """OAI's element, or the one without a namespace in a record saved by itself."""
    child = parent.find(f"{OAI}{name}")
    return parent.find(name) if child is None else child
