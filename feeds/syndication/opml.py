"""A reader's feeds as one list, OPML 2.0 (http://opml.org/spec2.opml), as programs that read feeds take it in."""

from collections.abc import Sequence
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import rfc2822_date
from django.utils.xmlutils import SimplerXMLGenerator

from feeds.models import FeedKey

from .catalogue import Feed, absolute
from .items import clean

FORM = "atom"


def as_opml(feeds: Sequence[Feed], key: FeedKey) -> bytes:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("opml", AttributesImpl({"version": "2.0"}))
    xml.startElement("head", AttributesImpl({}))
    xml.addQuickElement("title", "My feeds from Paperboy")
    xml.addQuickElement("dateModified", rfc2822_date(key.changed_at))
    xml.endElement("head")
    xml.startElement("body", AttributesImpl({}))
    xml.startElement("outline", AttributesImpl({"text": "Paperboy"}))
    for feed in feeds:
        xml.addQuickElement("outline", "", _outline(feed))
    for element in ("outline", "body", "opml"):
        xml.endElement(element)
    return out.getvalue().encode()


def _outline(feed: Feed) -> dict[str, str]:
    title = clean(feed.title)
    return {
        "type": "rss",  # whatever its format; the specification knows no other
        "text": title,
        "title": title,
        "description": clean(feed.about),
        "xmlUrl": feed.address(FORM),
        "htmlUrl": absolute(feed.page),
    }
