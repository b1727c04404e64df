"""Lines of text files, plain or gzip-compressed, and what can be wrong with them."""

import gzip
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO

LONGEST_LINE = 20_000_000  # bytes; a longer one is not a paper
MOST_MARKS = 30  # accents on one letter, the limit of Unicode's Stream-Safe Text Format (UAX 15)
_MAY_BE_MARKS = re.compile(rf"[^\x00-\u02ff]{{{MOST_MARKS + 1}}}")  # all marks are above, but so is all of Chinese
_GZIP_MAGIC = b"\x1f\x8b"

PositionReport = Callable[[int], None]


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read: where it stands, and why."""

    line: int
    reason: str


class WrongFile(Exception):
    """The file is not what its name says; nothing of it was taken."""


class BrokenStream(Exception):
    """The file stops making sense at some place; what came before is good."""


@contextmanager
def open_text(path: Path) -> Iterator[tuple[BufferedReader | gzip.GzipFile, IO[bytes]]]:
    """The content of a file, decompressed where its name ends in .gz, and the file itself, which knows the position.

    Raises WrongFile when the first bytes are not what the name says, BrokenStream where compressed data ends early.
    """
    compressed = path.name.endswith(".gz")
    with path.open("rb") as raw:
        if (raw.peek(2)[:2] == _GZIP_MAGIC) != compressed:
            said = "gzip-compressed" if compressed else "plain text"
            raise WrongFile(f"{path.name}: its name says {said}, its first bytes say otherwise")
        try:
            yield (gzip.GzipFile(fileobj=raw) if compressed else raw), raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenStream(f"{path.name}: the compressed data ends or breaks here: {error}") from error


def lines_of(path: Path, told: PositionReport = lambda position: None) -> Iterator[str]:
    """Lines of a file of text, as `opened` gives it; bytes that are not UTF-8 become surrogates."""
    with open_text(path) as (stream, raw):
        yield from _decoded(stream, raw, path, told)


def _decoded(stream: IO[bytes] | gzip.GzipFile, raw: IO[bytes], path: Path, told: PositionReport) -> Iterator[str]:
    first = True
    while line := stream.readline(LONGEST_LINE):
        if first and b"\x00" in line:
            raise WrongFile(f"{path.name}: it begins with null bytes; it is not text")
        first = False
        told(raw.tell())
        yield line.decode("utf-8", errors="surrogateescape")


def one_line(text: str) -> str:
    """Collapse white space; leave out null bytes, which no database takes, and accents in excess."""
    line = " ".join(text.replace("\x00", "").split())
    return line if line.isascii() or not _MAY_BE_MARKS.search(line) else _with_few_marks(line)


def _with_few_marks(text: str) -> str:
    """Keep at most `MOST_MARKS` combining marks in a row: sorting them takes the square of their number."""
    in_a_row = 0
    letters = []
    for letter in text:
        in_a_row = in_a_row + 1 if unicodedata.combining(letter) else 0
        if in_a_row <= MOST_MARKS:
            letters.append(letter)
    return "".join(letters)


def is_text(value: str) -> bool:
    """No half of a character pair, which is what bytes that are not UTF-8 become on the way in."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
