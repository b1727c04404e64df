"""Write a feed as Atom, RSS or JSON Feed.

Atom is RFC 4287, RSS 2.0, JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax.xmlreader import AttributesImpl

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

from feeds import wording
from feeds.latex.html import plain

from .catalogue import FeedDescription, absolute
from .contents import FeedEntry

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
LANGUAGE = "en"
POLL_MINUTES = 60  # the interval that RSS suggests to feed readers
SITE_SINCE = "2026-01-01"  # a day on which the site owned its host name, as RFC 4151 requires; never change it
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Item:
    """One entry for all formats.

    `html` is ready to be shown, everything else is plain text.
    """

    id: str
    url: str
    source_url: str
    title: str
    html: str
    authors: Sequence[str]
    categories: Sequence[str]
    published_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class FeedDocument:
    """A feed with all that a format needs.

    The feed, its own address, its items, and the time of the last change.
    """

    feed: FeedDescription
    url: str
    items: Sequence[Item]
    changed_at: datetime


def item_of(entry: FeedEntry) -> Item:
    """Convert an entry.

    LaTeX becomes plain text, and characters that XML forbids are removed.
    """
    paper = entry.paper
    page = absolute(paper.get_absolute_url())
    authors = [name for name in (clean(plain(author)).strip(" :") for author in paper.authors) if name]
    context = {
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
        html=clean(render_to_string("feeds/syndication/entry.html", context)).strip(),
        authors=authors,
        categories=[clean(code) for code in paper.categories],
        published_at=entry.published_at,
        changed_at=max(entry.changed_at, entry.published_at).replace(microsecond=0),
    )


def id_of(feed: FeedDescription) -> str:
    """Return a permanent id of the feed, independent of its secret."""
    if feed.key is None:
        return tag_uri(SITE_SINCE, f"feed/{feed.name}")
    return tag_uri(feed.key.made_at.date().isoformat(), f"feed/{feed.key.public_id}/{feed.name}")


def tag_uri(day: str, specific: str) -> str:
    """Return a globally unique id (RFC 4151)."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{day}:{specific}"


def clean(text: str) -> str:
    """Remove characters that XML forbids: control characters, surrogates and noncharacters."""
    return _NOT_IN_XML.sub("", text)


class _Atom(Atom1Feed):
    """Django's Atom feed with more data.

    It has every author, the time of the last change, and HTML content instead of a summary.
    """

    def latest_post_date(self) -> datetime:
        return self.feed["changed_at"]

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        handler.addQuickElement("id", item["unique_id"])
        handler.addQuickElement("title", item["title"])
        handler.addQuickElement("link", "", {"rel": "alternate", "type": "text/html", "href": item["link"]})
        if item["source_url"]:
            handler.addQuickElement("link", "", {"rel": "related", "href": item["source_url"]})
        handler.addQuickElement("published", rfc3339_date(item["pubdate"]))
        handler.addQuickElement("updated", rfc3339_date(item["updateddate"]))
        for name in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            handler.endElement("author")
        for code in item["categories"]:
            handler.addQuickElement("category", "", {"term": code})
        handler.addQuickElement("content", item["description"], {"type": "html"})


class _Rss(Rss201rev2Feed):
    """Django's RSS feed with every author and the time of the last change."""

    def latest_post_date(self) -> datetime:
        return self.feed["changed_at"]

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:dc": DUBLIN_CORE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.addQuickElement("dc:creator", name)


def as_atom(document: FeedDocument) -> bytes:
    return _as_xml(_Atom, document)


def as_rss(document: FeedDocument) -> bytes:
    return _as_xml(_Rss, document)


def as_json(document: FeedDocument) -> bytes:
    feed = document.feed
    items = []
    for item in document.items:
        entry = {
            "id": item.id,
            "url": item.url,
            "title": item.title,
            "content_html": item.html,
            "date_published": rfc3339_date(item.published_at),
            "date_modified": rfc3339_date(item.changed_at),
            "authors": [{"name": name} for name in item.authors],
            "tags": list(item.categories),
        }
        items.append(entry | ({"external_url": item.source_url} if item.source_url else {}))
    return orjson.dumps({
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(feed.title),
        "home_page_url": absolute(feed.page),
        "feed_url": document.url,
        "description": clean(feed.about),
        "language": LANGUAGE,
        "authors": [{"name": "Paperboy", "url": absolute("/")}],
        "items": items,
    })  # fmt: skip


@dataclass(frozen=True)
class FeedFormat:
    """A format's media type, and the function that writes it."""

    media_type: str
    write: Callable[[FeedDocument], bytes]


FORMATS = {
    "atom": FeedFormat("application/atom+xml", as_atom),
    "rss": FeedFormat("application/rss+xml", as_rss),
    "json": FeedFormat("application/feed+json", as_json),
}


def _as_xml(kind: type[SyndicationFeed], document: FeedDocument) -> bytes:
    feed = document.feed
    generator = kind(
        title=clean(feed.title),
        link=absolute(feed.page),
        description=clean(feed.about),
        subtitle=clean(feed.about),
        language=LANGUAGE,
        author_name="Paperboy",
        author_link=absolute("/"),
        feed_url=document.url,
        feed_guid=id_of(feed),
        ttl=POLL_MINUTES,
        changed_at=document.changed_at,
    )
    for item in document.items:
        generator.add_item(
            title=item.title,
            link=item.url,
            description=item.html,
            pubdate=item.published_at,
            updateddate=item.changed_at,
            unique_id=item.id,
            unique_id_is_permalink=False,
            categories=item.categories,
            authors=item.authors,
            source_url=item.source_url,
        )
    return generator.writeString("utf-8").encode()
