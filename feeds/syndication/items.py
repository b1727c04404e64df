"""An entry in the words of any feed: a title, HTML, names, addresses; without what XML cannot hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from feeds import wording
from feeds.latex.html import plain

from .catalogue import Feed, absolute
from .contents import Entry

SITE_SINCE = "2026-01-01"  # a day on which the site's name was ours, as RFC 4151 wants one; never another
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Item:
    """One entry as every format says it; `html` is ready to be shown, all else plain text."""

    id: str
    url: str
    source_url: str
    title: str
    html: str
    authors: Sequence[str]
    categories: Sequence[str]
    published_at: datetime
    changed_at: datetime


def item_of(entry: Entry) -> Item:
    paper = entry.paper
    page = absolute(paper.get_absolute_url())
    authors = [name for name in (clean(plain(author)).strip(" :") for author in paper.authors) if name]
    words = {
        "paper": paper,
        "authors": authors,
        "abstract": plain(paper.abstract),
        "why": entry.why,
        "links": [("Paperboy: vote, save", page), *wording.links(paper)],
    }
    return Item(
        id=tag_uri(entry.day.isoformat(), f"paper/{paper.public_id}"),
        url=page,
        source_url=paper.arxiv_url,
        title=clean(plain(paper.title)) or paper.public_id,
        html=clean(render_to_string("feeds/syndication/entry.html", words)).strip(),
        authors=authors,
        categories=[clean(code) for code in paper.categories],
        published_at=entry.published_at,
        changed_at=max(entry.changed_at, entry.published_at).replace(microsecond=0),
    )


def id_of(feed: Feed) -> str:
    """Names the feed for good: its secret may become another."""
    if feed.key is None:
        return tag_uri(SITE_SINCE, f"feed/{feed.name}")
    return tag_uri(feed.key.made_at.date().isoformat(), f"feed/{feed.key.public_id}/{feed.name}")


def tag_uri(day: str, specific: str) -> str:
    """A name that nobody else gives, RFC 4151."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{day}:{specific}"


def clean(text: str) -> str:
    """The text without control characters, halves of characters and the like."""
    return _NOT_IN_XML.sub("", text)
