"""The page of a reader's feed URLs, also as OPML.

OPML 2.0 is specified at http://opml.org/spec2.opml.
"""

from collections.abc import Sequence
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.feedgenerator import rfc2822_date
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from feeds.http.authentication import reader_of
from feeds.models import FeedKey
from feeds.syndication import catalogue
from feeds.syndication.catalogue import FeedDescription, absolute
from feeds.syndication.formats import clean
from feeds.syndication.keys import key_of, renew, revoke
from feeds.syndication.listing import DAYS, DEFAULT_PAPERS, MAX_PAPERS

FORM = "atom"
PUBLIC = (catalogue.popular, catalogue.trending)
ACTIONS = {
    "make": (renew, "Your feeds are ready."),
    "change": (renew, "Your feeds have new addresses. The old ones no longer work."),
    "withdraw": (revoke, "Your private feeds are deleted. Their addresses no longer work."),
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feeds(request: HttpRequest) -> HttpResponseBase:
    """List every feed URL.

    The buttons create the private ones (`make`), change or remove them (`withdraw`).
    """
    reader = reader_of(request)
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            return HttpResponse(f"action must be {', '.join(ACTIONS)}", status=400, content_type="text/plain")
        act, message = ACTIONS[action]
        act(reader)
        messages.success(request, message)
        return redirect("settings-feeds")
    key = key_of(reader)
    context = {
        "key": key,
        "mine": catalogue.feeds_of(key) if key else [],
        "everybodys": [describe() for describe in PUBLIC],
        "days": DAYS,
        "usual": DEFAULT_PAPERS,
        "most": MAX_PAPERS,
    }
    return render(request, "feeds/syndication/feeds.html", context)


@login_required
@never_cache
@require_safe
def opml(request: HttpRequest) -> HttpResponseBase:
    """Download all of the reader's feeds for programs that import OPML."""
    key = key_of(reader_of(request))
    if key is None:
        raise Http404("you have no private feeds; create them under Settings, Feeds")
    response = HttpResponse(as_opml(catalogue.feeds_of(key), key), content_type="text/x-opml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="paperboy.opml"'
    return response


def as_opml(feeds: Sequence[FeedDescription], key: FeedKey) -> bytes:
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
        title = clean(feed.title)
        attributes = {
            "type": "rss",  # for every format; the specification has no other value
            "text": title,
            "title": title,
            "description": clean(feed.about),
            "xmlUrl": feed.address(FORM),
            "htmlUrl": absolute(feed.page),
        }
        xml.addQuickElement("outline", "", attributes)
    for element in ("outline", "body", "opml"):
        xml.endElement(element)
    return out.getvalue().encode()
