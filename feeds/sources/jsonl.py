"""JSON lines, one paper a line: the form of Paperboy's own dumps and of dated arXiv and Daily Papers collections."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from recommender.identifiers import canonical, own_id
from recommender.textfiles import Rejected, WrongFile, is_text, one_line

from .records import PaperRecord, Rows

LONGEST_ID, LONGEST_URL, MOST_NAMES = 64, 500, 5000


class BadRow(ValueError):
    """What is wrong with one line."""


def read(lines: Iterator[str]) -> Rows:
    """A record or a rejection for each line; blank lines are passed over.

    A file whose first line does not begin an object is no JSON lines at all and raises WrongFile.
    """
    begun = False
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        if not begun and not text.startswith("{"):
            raise WrongFile(f"line {number}: not JSON lines; a line begins with {{, this one with {text[:20]!r}")
        begun = True
        yield _row(number, text)
    if not begun:
        raise WrongFile("the file is empty")


def record_from(row: Any) -> PaperRecord:
    """One paper from its JSON object; raises BadRow with the field, the value and what is wanted."""
    if not isinstance(row, dict):
        raise BadRow(f"a line is a JSON object, this one is {type(row).__name__}")
    title = _text(row, "title")
    if not title:
        raise BadRow("title: it is missing or empty")
    said = row.get("hf")
    hugging: dict[str, Any] = said if isinstance(said, dict) else {}
    return PaperRecord(
        public_id=_public_id(row, title),
        title=title,
        source="huggingface" if hugging else "arxiv",
        abstract=_text(row, "abstract"),
        authors=_names(row, "authors"),
        categories=_names(row, "categories"),
        tags=_names(hugging or row, "keywords"),
        comment=_text(row, "comment"),
        day=_day(row),
        published_at=_time(row, "published_at"),
        source_upvotes=_count(hugging, "upvotes"),
        code_url=_url(hugging, "github_repo"),
        project_url=_url(hugging, "project_page"),
    )


def _row(number: int, text: str) -> PaperRecord | Rejected:
    try:
        return record_from(json.loads(text))
    except (BadRow, ValueError, RecursionError) as error:
        return Rejected(number, str(error)[:300])


def _public_id(row: dict[str, Any], title: str) -> str:
    given = row.get("arxiv_id") or row.get("id")
    if given is None:
        return own_id(title)
    found = canonical(given) if isinstance(given, str) and len(given) <= LONGEST_ID else None
    if found is None:
        raise BadRow(f"arxiv_id: {str(given)[:80]!r} is no arXiv id such as 2607.21557 or hep-th/9901001")
    return found


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: text is wanted, not {type(value).__name__}")
    if not is_text(value):
        raise BadRow(f"{name}: it holds bytes that are not UTF-8")
    return one_line(value)


def _names(row: dict[str, Any], name: str) -> list[str]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value) or len(value) > MOST_NAMES:
        raise BadRow(f"{name}: a list of texts is wanted, at most {MOST_NAMES}")
    if not all(map(is_text, value)):
        raise BadRow(f"{name}: it holds bytes that are not UTF-8")
    return [text for entry in value if (text := one_line(entry))]


def _day(row: dict[str, Any]) -> date | None:
    value = row.get("date") or row.get("day")
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadRow(f"date: {str(value)[:40]!r} is no day such as 2026-11-23") from None


def _time(row: dict[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadRow(f"{name}: {str(value)[:40]!r} is no time such as 2026-11-23T08:00:00Z") from None


def _count(row: dict[str, Any], name: str) -> int:
    value = row.get(name) or 0
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadRow(f"{name}: a count is wanted, not {str(value)[:40]!r}")
    return value


def _url(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: an address is wanted, not {type(value).__name__}")
    is_address = value.startswith(("https://", "http://")) and value.isprintable() and " " not in value
    return value if is_address and len(value) <= LONGEST_URL else ""
