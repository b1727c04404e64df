"""The Hugging Face Daily Papers page saved as HTML: the data that it carries for its script, else its cards."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from bs4 import BeautifulSoup, Tag, UnicodeDammit

from recommender.paper_ids import arxiv_id_in_link
from recommender.textfiles import Rejected, WrongFile

from . import fields, huggingface
from .fields import BadRow
from .json_entries import whole_number
from .record import PaperRecord, Rows
from .xml import opening

LARGEST_PAGE = 30_000_000  # bytes; a page of a hundred papers has one million
CHUNK = 65_536
_CARRIES_DATA = "div[data-props]"
_CARD = "article"


def read(stream: BinaryIO) -> Rows:
    """A record for each paper; the line of a rejection is the place of its card, from 1.

    The embedded data have all that Hugging Face says; a card alone gives title, id and up-votes.
    Raises WrongFile when the page is too large or shows no papers.
    """
    page = _whole(stream)
    text = _text(page).replace("<![", "&lt;![")  # html.parser gives up a whole page over one that it does not know
    soup = BeautifulSoup(text, "html.parser")
    rows = _embedded(soup) or _cards(soup)
    if not rows:
        raise WrongFile(f"no Daily Papers page: it shows no papers; it begins with {opening(page[:1000])}")
    yield from rows


def _whole(stream: BinaryIO) -> bytes:
    page = bytearray()
    while chunk := stream.read(CHUNK):
        page += chunk
        if len(page) > LARGEST_PAGE:
            raise WrongFile(f"a page of more than {LARGEST_PAGE:,} bytes is no Daily Papers page")
    return bytes(page)


def _text(page: bytes) -> str:
    """UTF-8 whatever the page declares, as browsers save it; for other bytes what Beautiful Soup detects."""
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        return UnicodeDammit(page, is_html=True).unicode_markup or page.decode("utf-8", errors="replace")


def _embedded(soup: BeautifulSoup) -> list[PaperRecord | Rejected]:
    """Papers out of the properties that the page hands to its script."""
    for holder in soup.select(_CARRIES_DATA):
        properties = _parsed(str(holder.get("data-props")))
        day = _day(properties)
        if rows := [_row(place, entry, day) for place, entry in enumerate(_entries(properties), start=1)]:
            return rows
    return []


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_int=whole_number)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _entries(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """A day's list, or the one paper of its own page."""
    listed = properties.get("dailyPapers")
    if not isinstance(listed, list):
        listed = [properties] if isinstance(properties.get("paper"), dict) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _row(place: int, entry: dict[str, Any], day: date | None) -> PaperRecord | Rejected:
    try:
        return huggingface.record_from(entry, day)
    except BadRow as error:
        return fields.rejected(place, f"paper {place} of the page: {error}")


def _day(properties: dict[str, Any]) -> date | None:
    """The day that the page shows; a week or a month is none."""
    written = properties.get("dateString")
    if properties.get("periodType", "day") != "day" or not isinstance(written, str):
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _cards(soup: BeautifulSoup) -> list[PaperRecord | Rejected]:
    return [row for place, card in enumerate(soup.select(_CARD), start=1) for row in _card(place, card)]


def _card(place: int, card: Tag) -> Iterator[PaperRecord | Rejected]:
    links = [(link, arxiv_id_in_link(_with_host(str(link.get("href"))))) for link in card.select("a[href]")]
    named = [(fields.clean("title", link.get_text(" ")), found) for link, found in links if found]
    if not named:
        return
    title, found = max(named, key=lambda pair: len(pair[0]))
    if title:
        yield PaperRecord(str(found), title, "saved_page", source_upvotes=_upvotes(card))
    else:
        yield fields.rejected(place, f"card {place} of the page links to {found} and has no title")


def _with_host(link: str) -> str:
    """Saved by a browser, a link has its host; as it was sent, only its path."""
    return f"https://huggingface.co{link}" if link.startswith("/papers/") else link


def _upvotes(card: Tag) -> int:
    shown = card.select_one("label .leading-none")
    text = shown.get_text().strip() if shown else ""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 8 else 0
