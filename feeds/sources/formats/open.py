"""Opening a file of papers: which reader its name and its first bytes ask for."""

from collections.abc import Callable, Iterator
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, cast

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import BrokenStream, PositionReport, Rejected, WrongFile, lines_of, open_text

from . import arxiv_api, arxiv_oai, arxiv_rss, daily_papers_html, daily_papers_text, huggingface, id_list, jsonl
from .bibliography import bibtex, ris
from .record import Rows

HEAD = 8192  # bytes that tell what a file is
ENDINGS = (".jsonl", ".json", ".xml", ".rss", ".atom", ".html", ".htm", ".txt", ".bib", ".bibtex", ".ris")
_OF_LINES: dict[str, Callable[[Iterator[str]], Rows]] = {
    ".jsonl": jsonl.read,
    ".txt": daily_papers_text.read,
    ".bib": bibtex.read,
    ".bibtex": bibtex.read,
    ".ris": ris.read,
}


def open_papers(path: Path, told: PositionReport = lambda position: None) -> Rows:
    """The records of a file, read as they are asked for; `.gz` may follow any ending.

    told  is given the position in the file, in bytes, from time to time

    Raises WrongFile when the name has no known ending, the content is not what it says, or the file is a list of ids,
    which `open_ids` reads.
    """
    ending, head = _ending(path), _head(path)
    if ending == ".txt" and _begins_with_an_id(head):
        raise WrongFile(f"{path.name}: a list of arXiv ids; the papers themselves have to be fetched from arXiv")
    if ending == ".json" and _is_json_lines(head):
        return jsonl.read(lines_of(path, told))
    if reader := _OF_LINES.get(ending):
        return reader(lines_of(path, told))
    return _rows(path, _reader_of_bytes(ending, head), told)


def is_list_of_ids(path: Path) -> bool:
    """Whether this is a text file whose first word, past comments, is an arXiv id or a link to a paper there."""
    return _ending(path) == ".txt" and _begins_with_an_id(_head(path))


def open_ids(path: Path, told: PositionReport = lambda position: None) -> Iterator[str | Rejected]:
    """The arXiv ids of a list, each once."""
    return id_list.read(lines_of(path, told))


class _Counted:
    """A stream that tells how far its file has been read.

    It gives what there is, perhaps less than was asked for: of compressed data that end early, everything before.
    """

    def __init__(self, stream: BufferedReader | GzipFile, raw: IO[bytes], told: PositionReport) -> None:
        self.stream, self.raw, self.told = stream, raw, told

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read1(size)
        self.told(self.raw.tell())
        return chunk


def _rows(path: Path, reader: Callable[[BinaryIO], Rows], told: PositionReport) -> Rows:
    with open_text(path) as (stream, raw):
        yield from reader(cast(BinaryIO, _Counted(stream, raw, told)))


def _reader_of_bytes(ending: str, head: bytes) -> Callable[[BinaryIO], Rows]:
    if ending in (".html", ".htm"):
        return daily_papers_html.read
    if ending == ".json":
        return lambda stream: huggingface.read(stream, None)
    if b"<OAI-PMH" in head or b"<record" in head:
        return lambda stream: arxiv_oai.read(stream).rows
    is_query = b"<feed" in head and b"oai:arXiv.org:" not in head and b"rss.arxiv.org" not in head
    return arxiv_api.read if is_query else arxiv_rss.read


def _ending(path: Path) -> str:
    plain = path.name.removesuffix(".gz")
    ending = next((ending for ending in ENDINGS if plain.endswith(ending)), None)
    if ending is None:
        raise WrongFile(f"{path.name}: no reader for this ending; known are {', '.join(ENDINGS)}, each also with .gz")
    return ending


def _head(path: Path) -> bytes:
    """The first bytes of the content; none where they cannot be had, so that the reader says why."""
    try:
        with open_text(path) as (stream, _):
            return stream.read(HEAD)
    except BrokenStream:
        return b""


def _begins_with_an_id(head: bytes) -> bool:
    lines = head.decode("utf-8", errors="replace").splitlines()
    first = next((word for line in lines for word in id_list.words(line)), "")
    return arxiv_id_in_link(first) is not None


def _is_json_lines(head: bytes) -> bool:
    """Whether objects stand a line each; a list, or one object alone, does not look so."""
    first, _, second = head.lstrip(b"\xef\xbb\xbf \r\n").partition(b"\n")
    return first.startswith(b"{") and first.rstrip().endswith(b"}") and second.lstrip().startswith(b"{")
