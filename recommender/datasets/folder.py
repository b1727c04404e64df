"""Read a data set folder, `papers.jsonl[.gz]` and `votes.tsv[.gz]`.

Lines become rows, or rejections with their line number.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from pathlib import Path
from typing import Any

from recommender.engine.data import PaperText
from recommender.textfiles import PositionReport, Rejected, WrongFile, is_text, lines_of, one_line

MOST_WORDS = 1_000_000
VOTES_FILES = ("votes.tsv", "votes.tsv.gz", "authored.tsv", "authored.tsv.gz")
RATINGS_FILES = ("ratings.tsv", "ratings.tsv.gz")
VOTE_COLUMNS = ["reader", "paper", "value"]
OWN_PAPERS = ["user", "paper"]  # columns of a file whose every line is an up-vote on a paper of one's own
RATING_COLUMNS = (["reader", "paper", "rating"], ["user", "paper", "expertise"])
FIELDS = ("title", "abstract", "authors", "categories", "tags", "bow")


@dataclass(frozen=True)
class FolderPaper:
    """One paper of a data set.

    `id` is its id in the data set, not in the catalogue.
    """

    id: str
    text: PaperText
    day: date | None
    year: int | None = None


@dataclass(frozen=True)
class FolderVote:
    """One vote of a data set.

    Reader and paper are ids in the data set.
    """

    line: int
    reader: str
    paper: str
    value: int
    at: datetime | None


@dataclass(frozen=True)
class FolderRating:
    """One rating of a data set; a higher value is better."""

    line: int
    reader: str
    paper: str
    value: float


def papers_file(folder: Path) -> Path:
    """The file of papers; raises WrongFile when there is none."""
    return _one_of(folder, "papers.jsonl", "papers.jsonl.gz")


def votes_file(folder: Path) -> Path:
    """The file of votes; raises WrongFile when there is none."""
    return _one_of(folder, *VOTES_FILES)


def ratings_file(folder: Path) -> Path | None:
    """The file of ratings, None when there is none."""
    return next((folder / name for name in RATINGS_FILES if (folder / name).is_file()), None)


def _one_of(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise WrongFile(f"{folder} holds neither {' nor '.join(names)}; a data set is a folder with both of its files")


def read_papers(folder: Path, report: PositionReport = lambda position: None) -> Iterator[FolderPaper | Rejected]:
    """Every paper, or a rejection with its line.

    report  called with the position in the file in bytes
    """
    for number, line in enumerate(lines_of(papers_file(folder), report), start=1):
        if line.strip():
            try:
                yield _paper(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                yield Rejected(number, str(error)[:300])


def read_votes(folder: Path, report: PositionReport = lambda position: None) -> Iterator[FolderVote | Rejected]:
    """Every vote, or a rejection with its line.

    report  called with the position in the file in bytes

    Raises WrongFile when the header is neither `reader paper value [time]` nor `user paper`, whose lines are up-votes.
    """
    lines = enumerate(lines_of(votes_file(folder), report), start=1)
    _, header = next(lines, (1, ""))
    columns = header.rstrip("\r\n").split("\t")
    if columns not in (OWN_PAPERS, VOTE_COLUMNS, [*VOTE_COLUMNS, "time"]):
        raise WrongFile(
            f"{votes_file(folder).name}: the first line must be reader, paper, value [, time], separated by tabs"
        )
    for number, line in lines:
        if line.strip():
            cells = line.rstrip("\r\n").split("\t")
            try:
                yield _own_paper(number, cells) if columns == OWN_PAPERS else _vote(number, cells, len(columns))
            except ValueError as error:
                yield Rejected(number, str(error)[:300])


def read_ratings(file: Path) -> Iterator[FolderRating | Rejected]:
    """Every rating, or a rejection with its line.

    Raises WrongFile when the header is neither `reader paper rating` nor `user paper expertise`.
    """
    lines = enumerate(lines_of(file), start=1)
    _, header = next(lines, (1, ""))
    if header.rstrip("\r\n").split("\t") not in RATING_COLUMNS:
        raise WrongFile(f"{file.name}: the first line must be reader, paper, rating, separated by tabs")
    for number, line in lines:
        if line.strip():
            try:
                yield _rating(number, line.rstrip("\r\n").split("\t"))
            except ValueError as error:
                yield Rejected(number, str(error)[:300])


def _paper(row: Any) -> FolderPaper:
    """One paper from its JSON object.

    Raises ValueError or TypeError with the field's name.
    """
    key = row.get("id", row.get("paper")) if isinstance(row, dict) else None
    if not isinstance(key, str | int):
        raise ValueError("id: missing")
    paper_id = _id("id", str(key))
    bow = row.get("bow") or {}
    if not isinstance(bow, dict) or not all(type(count) is int and count > 0 for count in bow.values()):
        raise ValueError("bow: expected an object of words and their counts")
    if not all(map(is_text, bow)):
        raise ValueError("bow: expected words in UTF-8")
    if sum(bow.values()) > MOST_WORDS:  # they are written out where there is no abstract
        raise ValueError(f"bow: a paper has at most {MOST_WORDS:,} words, this one has {sum(bow.values()):,}")
    text = PaperText(
        title=_line(row, "title"),
        abstract=_line(row, "abstract"),
        authors=_lines(row, "authors"),
        categories=_lines(row, "categories"),
        tags=_lines(row, "tags"),
        bow=tuple((word.replace("\x00", ""), count) for word, count in bow.items()),
    )
    day = date.fromisoformat(row["day"]) if row.get("day") else None
    year = row.get("year")
    if year is not None and not (type(year) is int and MINYEAR <= year <= MAXYEAR):
        raise ValueError(f"year: expected a whole number from {MINYEAR} to {MAXYEAR}, got {str(year)[:40]!r}")
    return FolderPaper(paper_id, text, day, year)


def _line(row: dict[str, Any], field: str) -> str:
    value = row.get(field) or ""
    if not isinstance(value, str) or not is_text(value):
        raise ValueError(f"{field}: expected text in UTF-8")
    return one_line(value)


def _lines(row: dict[str, Any], field: str) -> tuple[str, ...]:
    value = row.get(field) or []
    if not isinstance(value, list) or not all(isinstance(entry, str) and is_text(entry) for entry in value):
        raise ValueError(f"{field}: expected a list of texts")
    return tuple(text for entry in value if (text := one_line(entry)))


def _id(field: str, value: str) -> str:
    if not value.strip() or "\x00" in value or not is_text(value):
        raise ValueError(f"{field}: empty, not UTF-8, or with a null byte")
    return value


def _vote(number: int, cells: list[str], columns: int) -> FolderVote:
    """One vote from the cells of its line.

    Raises ValueError with the column's name.
    """
    if len(cells) != columns:
        raise ValueError(f"expected {columns} columns, got {len(cells)}")
    reader, paper, value = cells[:3]
    if value not in ("1", "-1", "+1"):
        raise ValueError(f"value: a vote is 1 or -1, got {value[:40]!r}; leave the line out where there is no vote")
    at = _time(cells[3]) if columns == 4 else None
    return FolderVote(number, _id("reader", reader), _id("paper", paper), int(value), at)


def _own_paper(number: int, cells: list[str]) -> FolderVote:
    """The up-vote of an author on a paper of their own; raises ValueError with the column's name."""
    if len(cells) != 2:
        raise ValueError(f"expected 2 columns, got {len(cells)}")
    reader, paper = cells
    return FolderVote(number, _id("user", reader), _id("paper", paper), 1, None)


def _rating(number: int, cells: list[str]) -> FolderRating:
    """One rating from the cells of its line.

    Raises ValueError with the column's name.
    """
    if len(cells) != 3:
        raise ValueError(f"expected 3 columns, got {len(cells)}")
    reader, paper, text = cells
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"rating: expected a finite number, got {text[:40]!r}")
    return FolderRating(number, _id("reader", reader), _id("paper", paper), value)


def _time(text: str) -> datetime:
    """Parse a time from seconds since 1970 or an ISO time.

    It is in UTC unless it names an offset.
    """
    try:
        seconds = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        try:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except OverflowError:
            raise ValueError(f"time: {moment} is out of range in UTC") from None
    if not math.isfinite(seconds):
        raise ValueError(f"time: {text[:40]!r} is not a time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError(f"time: {text[:40]!r} is out of range") from None
