"""A data set as a folder: `papers.jsonl[.gz]` and `votes.tsv[.gz]`, read as rows, each wrong one with its line."""

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
FIELDS = ("title", "abstract", "authors", "categories", "tags", "bow")


@dataclass(frozen=True)
class FolderPaper:
    """One paper of a data set; `id` is its name there."""

    id: str
    text: PaperText
    day: date | None
    year: int | None = None


@dataclass(frozen=True)
class FolderVote:
    """One vote of a data set, by the names that readers and papers have there."""

    line: int
    reader: str
    paper: str
    value: int
    at: datetime | None


def papers_file(folder: Path) -> Path:
    return _one_of(folder, "papers.jsonl", "papers.jsonl.gz")


def votes_file(folder: Path) -> Path:
    return _one_of(folder, "votes.tsv", "votes.tsv.gz")


def read_papers(folder: Path, told: PositionReport = lambda position: None) -> Iterator[FolderPaper | Rejected]:
    """Every paper, or a rejection with its line."""
    for number, line in enumerate(lines_of(papers_file(folder), told), start=1):
        if line.strip():
            try:
                yield _paper(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                yield Rejected(number, str(error)[:300])


def read_votes(folder: Path, told: PositionReport = lambda position: None) -> Iterator[FolderVote | Rejected]:
    """Every vote, or a rejection with its line. Raises WrongFile when the header is not `reader paper value [time]`."""
    lines = enumerate(lines_of(votes_file(folder), told), start=1)
    _, header = next(lines, (1, ""))
    columns = header.rstrip("\r\n").split("\t")
    if columns[:3] != ["reader", "paper", "value"] or columns[3:] not in ([], ["time"]):
        raise WrongFile(f"{votes_file(folder).name}: the first line is reader, paper, value [, time] with tabs between")
    for number, line in lines:
        if line.strip():
            try:
                yield _vote(number, line.rstrip("\r\n").split("\t"), len(columns))
            except ValueError as error:
                yield Rejected(number, str(error)[:300])


def _paper(row: Any) -> FolderPaper:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        raise ValueError("id: it is missing")
    name = _name("id", str(row["id"]))
    return FolderPaper(name, _text(row), date.fromisoformat(row["day"]) if row.get("day") else None, _year(row))


def _year(row: dict[str, Any]) -> int | None:
    year = row.get("year")
    if year is not None and not (type(year) is int and MINYEAR <= year <= MAXYEAR):
        raise ValueError(f"year: a whole number from {MINYEAR} to {MAXYEAR} is wanted, got {str(year)[:40]!r}")
    return year


def _text(row: dict[str, Any]) -> PaperText:
    bow = row.get("bow") or {}
    if not isinstance(bow, dict) or not all(type(count) is int and count > 0 for count in bow.values()):
        raise ValueError("bow: an object of words and their counts is wanted")
    if not all(map(is_text, bow)):
        raise ValueError("bow: words in UTF-8 are wanted")
    if sum(bow.values()) > MOST_WORDS:  # they are written out where there is no abstract
        raise ValueError(f"bow: a paper has at most {MOST_WORDS:,} words, this one {sum(bow.values()):,}")
    return PaperText(
        title=_line(row, "title"),
        abstract=_line(row, "abstract"),
        authors=_lines(row, "authors"),
        categories=_lines(row, "categories"),
        tags=_lines(row, "tags"),
        bow=tuple((word.replace("\x00", ""), count) for word, count in bow.items()),
    )


def _line(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str) or not is_text(value):
        raise ValueError(f"{name}: text in UTF-8 is wanted")
    return one_line(value)


def _lines(row: dict[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name) or []
    if not isinstance(value, list) or not all(isinstance(entry, str) and is_text(entry) for entry in value):
        raise ValueError(f"{name}: a list of texts is wanted")
    return tuple(text for entry in value if (text := one_line(entry)))


def _vote(number: int, cells: list[str], columns: int) -> FolderVote:
    if len(cells) != columns:
        raise ValueError(f"{columns} columns are wanted, {len(cells)} are there")
    reader, paper, value = cells[:3]
    if value not in ("1", "-1", "+1"):
        raise ValueError(f"value: a vote is 1 or -1, got {value[:40]!r}; leave the line out where there is no vote")
    at = _time(cells[3]) if columns == 4 else None
    return FolderVote(number, _name("reader", reader), _name("paper", paper), int(value), at)


def _name(column: str, name: str) -> str:
    if not name.strip() or "\x00" in name or not is_text(name):
        raise ValueError(f"{column}: it is empty, not UTF-8 or holds a null byte")
    return name


def _time(text: str) -> datetime:
    """Seconds since 1970 or an ISO time."""
    try:
        seconds = float(text)
    except ValueError:
        return _utc(datetime.fromisoformat(text))
    if not math.isfinite(seconds):
        raise ValueError(f"time: {text[:40]!r} is no time")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError(f"time: {text[:40]!r} is out of range") from None


def _utc(moment: datetime) -> datetime:
    """The moment in UTC, which it is in already where it names no zone."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"time: {moment} is out of range in UTC") from None


def _one_of(folder: Path, *names: str) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise WrongFile(f"{folder} holds neither {' nor '.join(names)}; a data set is a folder with both of its files")
    return found
