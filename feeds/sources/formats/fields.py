"""Clean and check single fields of a record, whatever source they come from."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import Rejected, is_text, one_line

LONGEST_ID, LONGEST_URL, LONGEST_NAME, LONGEST_DOI = 64, 500, 200, 300
LONGEST_REASON, MOST_NAMES = 300, 5000
EARLIEST, LATEST = 1600, 2200  # years; anything else is a typing error
_CONTROL = dict.fromkeys({*range(32), *range(127, 160)} - {9, 10, 11, 12, 13, 28, 29, 30, 31, 133})
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2}|\.[a-z]+(?:-[a-z]+)*)?")
_OAI = re.compile(r"oai:arxiv\.org:", re.IGNORECASE)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2}, +)?\d{1,2} [A-Z][a-z]{2} [12]\d{3} ")
_VERSION = re.compile(r"v([1-9]\d{0,3})$")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
T = TypeVar("T")


class BadRow(ValueError):
    """What is wrong with one record: the field, its value and what is expected."""


def rejected(line: int, reason: str) -> Rejected:
    """Make a rejection with a reason of limited length.

    The reason fits a message, a log and a table, whatever the source sent.
    """
    plain = reason.encode("utf-8", errors="replace").decode().translate(_CONTROL)
    return Rejected(line, one_line(plain)[:LONGEST_REASON])


def by_library(library: str, read: Callable[[], T]) -> T:
    """What a library makes of one record.

    Raise BadRow for any error in it, so that one record that it cannot digest does not end the file.
    """
    try:
        return read()
    except Exception as error:
        raise BadRow(f"{library} cannot read this record ({type(error).__name__}: {str(error)[:100]})") from error


def clean(name: str, value: str | None) -> str:
    """Collapse white space and drop control characters.

    Raise BadRow for bytes that are not UTF-8.
    """
    if not value:
        return ""
    if not is_text(value):
        raise BadRow(f"{name}: it contains bytes that are not UTF-8")
    return one_line(value.translate(_CONTROL))


def names(name: str, values: Iterable[str | None]) -> list[str]:
    """The texts that are not empty, in order.

    Raise BadRow if there are more than `MOST_NAMES`.
    """
    texts = [text for value in values if (text := clean(name, value))]
    if len(texts) > MOST_NAMES:
        raise BadRow(f"{name}: {len(texts):,} entries; at most {MOST_NAMES:,} are accepted")
    return texts


def title(value: str | None) -> str:
    """The title; raise BadRow if it is missing or empty."""
    text = clean("title", value)
    if not text:
        raise BadRow("title: missing or empty")
    return text


def arxiv_id(value: str | None) -> str:
    """The arXiv id without its version.

    From an id, an `oai:` identifier or a URL. Raises BadRow for anything else.
    """
    text = (value or "").strip()
    paper_id = arxiv_id_in_link(_OAI.sub("", text[:200]))
    if paper_id is None or len(paper_id) > LONGEST_ID:
        raise BadRow(f"id: {text[:80]!r} is not an arXiv id such as 2607.21557 or hep-th/9901001")
    return paper_id


def version_number(value: str | None) -> int | None:
    """3 for `http://arxiv.org/abs/2607.21557v3`; None if it names no version."""
    suffix = _VERSION.search((value or "").strip())
    return int(suffix[1]) if suffix else None


def shortened(name: str, value: str | None) -> str:
    """A name that fits its column.

    A longer one ends in an ellipsis.
    """
    text = clean(name, value)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def url(value: str | None) -> str:
    """The URL if it is http(s) and fits its column.

    Otherwise empty, since a shortened URL leads nowhere.
    """
    text = (value or "").strip()
    is_url = text.startswith(("https://", "http://")) and text.isprintable() and " " not in text
    return text if is_url and len(text) <= LONGEST_URL else ""


def doi(value: str | None) -> str:
    """The first DOI in the text, without `doi:` or a URL prefix.

    Empty if there is none or it is too long.
    """
    match = _DOI.search(clean("doi", value))
    return match[0].rstrip(".,;") if match and len(match[0]) <= LONGEST_DOI else ""


def categories(values: Iterable[str | None], primary: str | None = "") -> list[str]:
    """arXiv's categories, the primary one first, each once.

    The ACM and MSC classes that the query API adds (`I.2.7; H.3.3`, `68T07`) are left out.
    """
    codes = [primary or "", *(value or "" for value in values)]
    return list(dict.fromkeys(text for code in codes if len(text := code.strip()) <= 20 and _CATEGORY.fullmatch(text)))


def timestamp(name: str, value: str | None) -> datetime | None:
    """Parse an ISO 8601 time or a mail date as UTC.

    A time without a zone counts as UTC. Returns None for an empty value and raises BadRow for anything else.
    """
    text = (value or "").strip()
    if not text:
        return None
    at = _parse_date(text)
    if at is None or not EARLIEST <= at.year <= LATEST:
        raise BadRow(f"{name}: {text[:40]!r} is not a time such as 2026-11-23T08:00:00Z")
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def day(name: str, value: str | None) -> date | None:
    """The date as it is written, in its own time zone.

    Returns None for an empty value, BadRow for anything else.
    """
    text = (value or "").strip()
    if not text:
        return None
    at = _parse_date(text)
    if at is None or not EARLIEST <= at.year <= LATEST:
        raise BadRow(f"{name}: {text[:40]!r} is not a day such as 2026-11-23")
    return at.date()


def _parse_date(text: str) -> datetime | None:
    is_mail = _MAIL.match(text)  # the parser for mails would read the year 0000 as 2000
    try:
        return parsedate_to_datetime(text[:60]) if is_mail else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
