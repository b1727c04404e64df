"""Feeds as programs poll them: private ones by the secret in their address, public ones by their name."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, urlencode
from django.views.decorators.http import require_safe

from feeds.http.json import JSONRenderer
from feeds.http.problems import PROBLEM_TYPE, problem

from . import catalogue
from .catalogue import FeedDescription, NoSuchFeed
from .contents import contents
from .formats import FORMATS, FeedDocument
from .items import item_of
from .keys import WrongSecret, find_key
from .listing import DEFAULT_PAPERS, MAX_PAPERS

MAX_AGE = 300  # seconds
NO_FEED = "there is no such feed, or its address is another now"


class _NoNumber(ValueError):
    """`?n=` is no number of papers that a feed has."""


@require_safe
def private(request: HttpRequest, secret: str, name: str, form: str) -> HttpResponseBase:
    """A feed of a reader's; whoever has its address can read it, and nobody learns whether a wrong one was near."""
    try:
        feed = catalogue.private_feed(find_key(secret, name), name)
    except (WrongSecret, NoSuchFeed):
        raise Http404(NO_FEED) from None
    answer = _answer(request, feed, form)
    answer["Cache-Control"] = f"private, max-age={MAX_AGE}"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
def popular(request: HttpRequest, form: str) -> HttpResponseBase:
    return _public(request, catalogue.popular(), form)


@require_safe
def trending(request: HttpRequest, form: str) -> HttpResponseBase:
    return _public(request, catalogue.trending(), form)


@require_safe
def category(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    try:
        return _public(request, catalogue.category(code), form)
    except NoSuchFeed:
        raise Http404(f"{code!r} is no arXiv category such as cs.LG") from None


def _public(request: HttpRequest, feed: FeedDescription, form: str) -> HttpResponseBase:
    answer = _answer(request, feed, form)
    answer["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return answer


def _answer(request: HttpRequest, feed: FeedDescription, form: str) -> HttpResponseBase:
    """The feed, or that it is as the asking program has it; ranked anew only where something has changed."""
    if form not in FORMATS:
        raise Http404(f"{form!r} is no form of a feed; there are {', '.join(FORMATS)}")
    try:
        most = _most(request.GET.get("n"))
    except _NoNumber as error:
        return _refusal(str(error))
    found = contents(feed, most, timezone.now())
    etag = f'W/"{found.tag[:32]}-{form}-{most}"'
    changed = int(found.changed_at.timestamp())
    answer = get_conditional_response(request, etag, changed)
    if answer is None:
        items = [item_of(entry) for entry in found.entries]
        url = feed.address(form) + (f"?{urlencode({'n': most})}" if most != DEFAULT_PAPERS else "")
        body = FORMATS[form].write(FeedDocument(feed, url, items, datetime.fromtimestamp(changed, UTC)))
        answer = HttpResponse(body, content_type=f"{FORMATS[form].media_type}; charset=utf-8")
    answer["ETag"], answer["Last-Modified"] = etag, http_date(changed)
    return answer


def _most(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAPERS
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MAX_PAPERS):
        raise _NoNumber(f"n: {text[:40]!r} is no number of papers of a day; give a whole number from 1 to {MAX_PAPERS}")
    return int(text)


def _refusal(detail: str) -> HttpResponse:
    return HttpResponse(JSONRenderer().render(problem(400, detail)), status=400, content_type=PROBLEM_TYPE)
