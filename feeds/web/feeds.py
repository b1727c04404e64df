"""The page of a reader's feed addresses, and the addresses as OPML 2.0 (http://opml.org/spec2.opml)."""

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
from feeds.syndication.catalogue import Feed, absolute
from feeds.syndication.items import clean
from feeds.syndication.keys import key_of, renew, withdraw
from feeds.syndication.listing import DAYS, MOST, USUAL

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


PUBLIC = (catalogue.popular, catalogue.trending)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feeds(request: HttpRequest) -> HttpResponseBase:
    """Lists every address; the buttons make them (`make`), change them (`change`) or take them away (`withdraw`)."""
    if request.method == "POST":
        return _act(request)
    key = key_of(reader_of(request))
    context = {
        "key": key,
        "mine": catalogue.feeds_of(key) if key else [],
        "everybodys": [make() for make in PUBLIC],
        "days": DAYS,
        "usual": USUAL,
        "most": MOST,
    }
    return render(request, "feeds/syndication/feeds.html", context)


@login_required
@never_cache
@require_safe
def opml(request: HttpRequest) -> HttpResponseBase:
    """All of the reader's feeds for programs that take a list, as a download."""
    key = key_of(reader_of(request))
    if key is None:
        raise Http404("you have no private feeds yet; Settings, Feeds makes them")
    answer = HttpResponse(as_opml(catalogue.feeds_of(key), key), content_type="text/x-opml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="paperboy.opml"'
    return answer


def _act(request: HttpRequest) -> HttpResponse:
    action = request.POST.get("action", "")
    if action not in _ACTIONS:
        return HttpResponse(f"An action is {', '.join(_ACTIONS)}.", status=400, content_type="text/plain")
    work, words = _ACTIONS[action]
    work(reader_of(request))
    messages.success(request, words)
    return redirect("settings-feeds")


_ACTIONS = {
    "make": (renew, "Your feeds are ready."),
    "change": (renew, "Your feeds have new addresses. The old ones no longer work."),
    "withdraw": (withdraw, "Your private feeds are deleted. Their addresses no longer work."),
}
