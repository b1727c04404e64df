"""Lines of text files, plain or gzip-compressed, and their errors."""

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

PositionReport = Callable[[int], None]  # receives the position in the file, in bytes


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read: its line, and why."""

    line: int
    reason: str


class WrongFile(Exception):
    """The content of the file does not match its name.

    Nothing of it was imported.
    """


class BrokenStream(Exception):
    """The file cannot be read beyond some place.

    What came before is good.
    """


@contextmanager
def open_text(path: Path) -> Iterator[tuple[BufferedReader | gzip.GzipFile, IO[bytes]]]:
    """Open a text file, decompressed if its name ends in .gz.

    Yields the content and the file itself, which knows the position. Raises WrongFile if the first bytes do not match
    the name, BrokenStream if compressed data ends early.
    """
    compressed = path.name.endswith(".gz")
    with path.open("rb") as raw:
        if (raw.peek(2)[:2] == _GZIP_MAGIC) != compressed:
            expected = "gzip-compressed" if compressed else "plain text"
            raise WrongFile(f"{path.name}: its name says {expected}, its first bytes say otherwise")
        try:
            yield (gzip.GzipFile(fileobj=raw) if compressed else raw), raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BrokenStream(f"{path.name}: the compressed data ends or breaks here: {error}") from error


def lines_of(path: Path, report: PositionReport = lambda position: None) -> Iterator[str]:
    """Lines of a file that `open_text` opens.

    Bytes that are not UTF-8 become surrogates.
    """
    with open_text(path) as (stream, raw):
        first = True
        while line := stream.readline(LONGEST_LINE):
            if first and b"\x00" in line:
                raise WrongFile(f"{path.name}: it begins with null bytes; it is not text")
            first = False
            report(raw.tell())
            yield line.decode("utf-8", errors="surrogateescape")


def one_line(text: str) -> str:
    """Collapse white space.

    Leave out null bytes, which no database stores, and accents in excess. Of combining marks in a row `MOST_MARKS`
    stay: sorting them takes the square of their number.
    """
    line = " ".join(text.replace("\x00", "").split())
    if line.isascii() or not _MAY_BE_MARKS.search(line):
        return line
    in_a_row, letters = 0, []
    for letter in line:
        in_a_row = in_a_row + 1 if unicodedata.combining(letter) else 0
        if in_a_row <= MOST_MARKS:
            letters.append(letter)
    return "".join(letters)


def is_text(value: str) -> bool:
    """Whether the text has no surrogates, which bytes that are not UTF-8 become."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
