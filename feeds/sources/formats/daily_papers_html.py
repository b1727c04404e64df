"""Read a saved HTML page of Hugging Face Daily Papers.

The data embedded for its script are preferred to its cards.
"""

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
    """A record for each paper.

    The line of a rejection is the place of its card, from 1. The embedded data have everything that Hugging Face shows;
    a card alone has title, id and upvotes. Raises WrongFile when the page is too large or shows no papers.
    """
    page = bytearray()
    while chunk := stream.read(CHUNK):
        page += chunk
        if len(page) > LARGEST_PAGE:
            raise WrongFile(f"a page of more than {LARGEST_PAGE:,} bytes is not a Daily Papers page")
    try:
        text = page.decode("utf-8-sig")  # whatever the page declares, browsers save it in UTF-8
    except UnicodeDecodeError:
        text = UnicodeDammit(bytes(page), is_html=True).unicode_markup or page.decode("utf-8", errors="replace")
    text = text.replace("<![", "&lt;![")  # html.parser gives up the whole page over a declaration it does not know

    soup = BeautifulSoup(text, "html.parser")
    rows = _embedded_rows(soup) or [
        row for place, card in enumerate(soup.select(_CARD), start=1) for row in _card_rows(place, card)
    ]
    if not rows:
        raise WrongFile(f"not a Daily Papers page: it shows no papers; it begins with {opening(bytes(page[:1000]))}")
    yield from rows


def _embedded_rows(soup: BeautifulSoup) -> list[PaperRecord | Rejected]:
    """Papers from the properties that the page passes to its script.

    Empty without any.
    """
    for holder in soup.select(_CARRIES_DATA):
        try:
            properties = json.loads(str(holder.get("data-props")), parse_int=whole_number)
        except (ValueError, RecursionError):
            continue
        if not isinstance(properties, dict):
            continue
        entries = properties.get("dailyPapers")
        if not isinstance(entries, list):  # a paper's own page
            entries = [properties] if isinstance(properties.get("paper"), dict) else []
        rows: list[PaperRecord | Rejected] = []
        day = _day(properties)
        for place, entry in enumerate((entry for entry in entries if isinstance(entry, dict)), start=1):
            try:
                rows.append(huggingface.record_from(entry, day))
            except BadRow as error:
                rows.append(fields.rejected(place, f"paper {place} of the page: {error}"))
        if rows:
            return rows
    return []


def _day(properties: dict[str, Any]) -> date | None:
    """The day that the page shows.

    Returns None for the page of a week or a month.
    """
    day = properties.get("dateString")
    if properties.get("periodType", "day") != "day" or not isinstance(day, str):
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _card_rows(place: int, card: Tag) -> Iterator[PaperRecord | Rejected]:
    """The paper of a card, or a rejection if its link has no title.

    A card without a link to a paper yields nothing.
    """
    titles: list[tuple[str, str]] = []
    for link in card.select("a[href]"):
        href = str(link.get("href"))
        # A browser saves links with their host; as it was sent, the page has only paths.
        paper_id = arxiv_id_in_link(f"https://huggingface.co{href}" if href.startswith("/papers/") else href)
        if paper_id:
            titles.append((fields.clean("title", link.get_text(" ")), paper_id))
    if not titles:
        return
    title, paper_id = max(titles, key=lambda pair: len(pair[0]))
    if not title:
        yield fields.rejected(place, f"card {place} of the page links to {paper_id} and has no title")
        return
    label = card.select_one("label .leading-none")
    count = label.get_text().strip() if label else ""
    upvotes = int(count) if count.isdecimal() and count.isascii() and len(count) < 8 else 0
    yield PaperRecord(paper_id, title, "saved_page", source_upvotes=upvotes)
