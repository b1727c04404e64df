"""One field of a record, from whatever source: cleaned, held against its bounds, refused by name."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import Rejected, is_text, one_line

LONGEST_ID, LONGEST_URL, LONGEST_NAME, LONGEST_DOI = 64, 500, 200, 300
LONGEST_REASON, MOST_NAMES = 300, 5000
EARLIEST, LATEST = 1600, 2200  # years; anything else is a slip of the pen
_CONTROL = dict.fromkeys({*range(32), *range(127, 160)} - {9, 10, 11, 12, 13, 28, 29, 30, 31, 133})
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2}|\.[a-z]+(?:-[a-z]+)*)?")
_OAI = re.compile(r"oai:arxiv\.org:", re.IGNORECASE)
_MAIL = re.compile(r"(?:[A-Z][a-z]{2}, +)?\d{1,2} [A-Z][a-z]{2} [12]\d{3} ")
_VERSION = re.compile(r"v([1-9]\d{0,3})$")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


class BadRow(ValueError):
    """What is wrong with one record: the field, the value and what is wanted."""


def rejected(line: int, reason: str) -> Rejected:
    """A rejection whose reason fits a message, a log and a table, whatever the source wrote."""
    plain = reason.encode("utf-8", errors="replace").decode().translate(_CONTROL)
    return Rejected(line, one_line(plain)[:LONGEST_REASON])


def clean(name: str, value: str | None) -> str:
    """White space collapsed, control characters left out; raises BadRow for bytes that are not UTF-8."""
    if not value:
        return ""
    if not is_text(value):
        raise BadRow(f"{name}: it holds bytes that are not UTF-8")
    return one_line(value.translate(_CONTROL))


def names(name: str, values: Iterable[str | None]) -> list[str]:
    """The texts that are not empty, in their order."""
    found = [text for value in values if (text := clean(name, value))]
    if len(found) > MOST_NAMES:
        raise BadRow(f"{name}: {len(found):,} of them, at most {MOST_NAMES:,} are believed")
    return found


def title(value: str | None) -> str:
    found = clean("title", value)
    if not found:
        raise BadRow("title: it is missing or empty")
    return found


def public_id(value: str | None) -> str:
    """The arXiv id without its version, out of an id, an `oai:` identifier or an address."""
    given = (value or "").strip()
    found = arxiv_id_in_link(_OAI.sub("", given[:200]))
    if found is None or len(found) > LONGEST_ID:
        raise BadRow(f"id: {given[:80]!r} is no arXiv id such as 2607.21557 or hep-th/9901001")
    return found


def version_number(value: str | None) -> int | None:
    """3 for `http://arxiv.org/abs/2607.21557v3`; None where the version is not named."""
    found = _VERSION.search((value or "").strip())
    return int(found[1]) if found else None


def shortened(name: str, value: str | None) -> str:
    """A name that fits its column; a longer one ends in an ellipsis."""
    text = clean(name, value)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def url(value: str | None) -> str:
    """The address if a browser may follow it and it fits its column, else nothing: half an address leads nowhere."""
    text = (value or "").strip()
    is_address = text.startswith(("https://", "http://")) and text.isprintable() and " " not in text
    return text if is_address and len(text) <= LONGEST_URL else ""


def doi(value: str | None) -> str:
    """The first DOI in the text, without `doi:` or an address before it; nothing if it is none or fits no column."""
    found = _DOI.search(clean("doi", value))
    return found[0].rstrip(".,;") if found and len(found[0]) <= LONGEST_DOI else ""


def categories(values: Iterable[str | None], primary: str | None = "") -> list[str]:
    """arXiv's categories, the primary one first, each once.

    ACM and MSC classes, which the query API mixes in (`I.2.7; H.3.3`, `68T07`), are none.
    """
    given = [primary or "", *(value or "" for value in values)]
    return list(dict.fromkeys(text for code in given if len(text := code.strip()) <= 20 and _CODE.fullmatch(text)))


def timestamp(name: str, value: str | None) -> datetime | None:
    """A time in UTC from ISO 8601 or a mail's date; one without a zone is taken for UTC."""
    text = (value or "").strip()
    if not text:
        return None
    found = _parsed(text)
    if found is None or not EARLIEST <= found.year <= LATEST:
        raise BadRow(f"{name}: {text[:40]!r} is no time such as 2026-11-23T08:00:00Z")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def day(name: str, value: str | None) -> date | None:
    """The date as it is written there, in the zone that it is written in."""
    text = (value or "").strip()
    found = _parsed(text) if text else None
    if text and (found is None or not EARLIEST <= found.year <= LATEST):
        raise BadRow(f"{name}: {text[:40]!r} is no day such as 2026-11-23")
    return found.date() if found else None


def _parsed(text: str) -> datetime | None:
    is_mail = _MAIL.match(text)  # whose parser would take the year 0000 for 2000
    try:
        return parsedate_to_datetime(text[:60]) if is_mail else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
