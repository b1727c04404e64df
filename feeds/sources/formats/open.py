"""Open a file of papers with the matching reader.

The reader follows from the file's name and its first bytes.
"""

from collections.abc import Callable, Iterator
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, cast

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import BrokenStream, Rejected, WrongFile, lines_of, open_text

from . import (
    arxiv_api,
    arxiv_oai,
    arxiv_rss,
    bibtex,
    daily_papers_html,
    daily_papers_text,
    huggingface,
    id_list,
    jsonl,
    ris,
)
from .record import Rows

HEAD = 8192  # bytes that the format is recognized by
ENDINGS = (".jsonl", ".json", ".xml", ".rss", ".atom", ".html", ".htm", ".txt", ".bib", ".bibtex", ".ris")
_OF_LINES: dict[str, Callable[[Iterator[str]], Rows]] = {
    ".jsonl": jsonl.read,
    ".txt": daily_papers_text.read,
    ".bib": bibtex.read,
    ".bibtex": bibtex.read,
    ".ris": ris.read,
}


def open_papers(path: Path, report: Callable[[int], None] = lambda position: None) -> Rows:
    """The records of a file, read as they are consumed.

    `.gz` may follow any ending.

    report  is called from time to time with the position in the file, in bytes

    Raises WrongFile when the name has no known ending, the content is not what it says, or the file is a list of ids,
    which `open_ids` reads.
    """
    ending, head = _ending(path), _head(path)
    if ending == ".txt" and _begins_with_an_id(head):
        raise WrongFile(f"{path.name}: a list of arXiv ids; the papers themselves have to be fetched from arXiv")
    if reader := _OF_LINES.get(ending):
        return reader(lines_of(path, report))
    if ending == ".json":
        first, _, second = head.lstrip(b"\xef\xbb\xbf \r\n").partition(b"\n")
        if first.startswith(b"{") and first.rstrip().endswith(b"}") and second.lstrip().startswith(b"{"):
            return jsonl.read(lines_of(path, report))  # one object a line; a list, or one object alone, differs
    return _rows(path, _reader_of_bytes(ending, head), report)


def is_list_of_ids(path: Path) -> bool:
    """Whether this text file is a list of arXiv ids.

    Its first word, after comments, must be an arXiv id or a link to a paper there.
    """
    return _ending(path) == ".txt" and _begins_with_an_id(_head(path))


def open_ids(path: Path, report: Callable[[int], None] = lambda position: None) -> Iterator[str | Rejected]:
    """The arXiv ids of a list, each once.

    `report` is called with the position in the file, in bytes.
    """
    return id_list.read(lines_of(path, report))


class _ReportingStream:
    """A stream that reports how far its file has been read.

    It may return less than requested: of compressed data that end early, everything before the end.
    """

    def __init__(self, stream: BufferedReader | GzipFile, raw: IO[bytes], report: Callable[[int], None]) -> None:
        self.stream, self.raw, self.report = stream, raw, report

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read1(size)
        self.report(self.raw.tell())
        return chunk


def _rows(path: Path, reader: Callable[[BinaryIO], Rows], report: Callable[[int], None]) -> Rows:
    with open_text(path) as (stream, raw):
        yield from reader(cast(BinaryIO, _ReportingStream(stream, raw, report)))


def _reader_of_bytes(ending: str, head: bytes) -> Callable[[BinaryIO], Rows]:
    """The reader for HTML, JSON or an XML format.

    They differ by their first bytes only.
    """
    if ending in (".html", ".htm"):
        return daily_papers_html.read
    if ending == ".json":
        return lambda stream: huggingface.read(stream, None)
    if b"<OAI-PMH" in head or b"<record" in head:
        return lambda stream: arxiv_oai.read(stream).rows
    is_query = b"<feed" in head and b"oai:arXiv.org:" not in head and b"rss.arxiv.org" not in head
    return arxiv_api.read if is_query else arxiv_rss.read


def _ending(path: Path) -> str:
    """The known ending of the name, without `.gz`.

    Raise WrongFile if there is none.
    """
    name = path.name.removesuffix(".gz")
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), None)
    if ending is None:
        raise WrongFile(f"{path.name}: no reader for this ending; use one of {', '.join(ENDINGS)}, each also with .gz")
    return ending


def _head(path: Path) -> bytes:
    """The first bytes of the content.

    Empty if they cannot be read, so that the reader reports why.
    """
    try:
        with open_text(path) as (stream, _):
            return stream.read(HEAD)
    except BrokenStream:
        return b""


def _begins_with_an_id(head: bytes) -> bool:
    lines = head.decode("utf-8", errors="replace").splitlines()
    first = next((word for line in lines for word in id_list.words(line)), "")
    return arxiv_id_in_link(first) is not None
