"""A feed as Atom (RFC 4287), as RSS 2.0 and as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

import orjson
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

from .catalogue import FeedDescription, absolute
from .items import Item, clean, id_of

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
LANGUAGE = "en"
ASK_AGAIN_MINUTES = 60


@dataclass(frozen=True)
class FeedDocument:
    """All that a format says: the feed, where it was asked for, its items, and when any of it last changed."""

    feed: FeedDescription
    url: str
    items: Sequence[Item]
    changed_at: datetime


class _Atom(Atom1Feed):
    """Django's Atom, with every author, the time of the last change, and HTML as content instead of a summary."""

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
    """Django's RSS, with every author and the time of the last change."""

    def latest_post_date(self) -> datetime:
        return self.feed["changed_at"]

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:dc": DUBLIN_CORE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.addQuickElement("dc:creator", name)


def as_atom(whole: FeedDocument) -> bytes:
    return _as_xml(_Atom, whole)


def as_rss(whole: FeedDocument) -> bytes:
    return _as_xml(_Rss, whole)


def as_json(whole: FeedDocument) -> bytes:
    feed = whole.feed
    return orjson.dumps({
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(feed.title),
        "home_page_url": absolute(feed.page),
        "feed_url": whole.url,
        "description": clean(feed.about),
        "language": LANGUAGE,
        "authors": [{"name": "Paperboy", "url": absolute("/")}],
        "items": [_json_item(item) for item in whole.items],
    })  # fmt: skip


@dataclass(frozen=True)
class FeedFormat:
    """A format's media type, and who writes it."""

    media_type: str
    write: Callable[[FeedDocument], bytes]


FORMATS = {
    "atom": FeedFormat("application/atom+xml", as_atom),
    "rss": FeedFormat("application/rss+xml", as_rss),
    "json": FeedFormat("application/feed+json", as_json),
}


def _as_xml(kind: type[SyndicationFeed], whole: FeedDocument) -> bytes:
    feed = whole.feed
    made = kind(
        title=clean(feed.title),
        link=absolute(feed.page),
        description=clean(feed.about),
        subtitle=clean(feed.about),
        language=LANGUAGE,
        author_name="Paperboy",
        author_link=absolute("/"),
        feed_url=whole.url,
        feed_guid=id_of(feed),
        ttl=ASK_AGAIN_MINUTES,
        changed_at=whole.changed_at,
    )
    for item in whole.items:
        made.add_item(
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
    return made.writeString("utf-8").encode()


def _json_item(item: Item) -> dict[str, Any]:
    found = {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": rfc3339_date(item.published_at),
        "date_modified": rfc3339_date(item.changed_at),
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.categories),
    }
    return found | ({"external_url": item.source_url} if item.source_url else {})
