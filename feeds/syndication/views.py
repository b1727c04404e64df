"""The addresses that feed readers poll: private feeds by secret, public feeds by name."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, urlencode
from django.views.decorators.http import require_safe

from feeds.http import params
from feeds.http.json import JSONRenderer
from feeds.http.problems import PROBLEM_TYPE, Problem, problem

from . import catalogue
from .catalogue import FeedDescription, NoSuchFeed
from .contents import contents
from .formats import FORMATS, FeedDocument, item_of
from .keys import WrongSecret, find_key
from .listing import DEFAULT_PAPERS, MAX_PAPERS

MAX_AGE = 300  # seconds
NO_FEED = "there is no such feed, or its address has changed"


@require_safe
def private(request: HttpRequest, secret: str, name: str, form: str) -> HttpResponseBase:
    """A reader's feed, for anybody who has its address.

    A wrong address gives no hint of a right one.
    """
    try:
        feed = catalogue.private_feed(find_key(secret, name), name)
    except (WrongSecret, NoSuchFeed):
        raise Http404(NO_FEED) from None
    response = _respond(request, feed, form)
    response["Cache-Control"] = f"private, max-age={MAX_AGE}"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def popular(request: HttpRequest, form: str) -> HttpResponseBase:
    return _respond_publicly(request, catalogue.popular(), form)


@require_safe
def trending(request: HttpRequest, form: str) -> HttpResponseBase:
    return _respond_publicly(request, catalogue.trending(), form)


@require_safe
def category(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    try:
        return _respond_publicly(request, catalogue.category(code), form)
    except NoSuchFeed:
        raise Http404(f"{code!r} is not an arXiv category such as cs.LG") from None


def _respond_publicly(request: HttpRequest, feed: FeedDescription, form: str) -> HttpResponseBase:
    response = _respond(request, feed, form)
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


def _respond(request: HttpRequest, feed: FeedDescription, form: str) -> HttpResponseBase:
    """Respond with the feed, a 304, or a 400.

    304 if the program has the present state, 400 if `?n=` is invalid.
    """
    if form not in FORMATS:
        raise Http404(f"{form!r} is not a feed format; use one of {', '.join(FORMATS)}")
    try:
        most = params.whole_number("n", request.GET.get("n", str(DEFAULT_PAPERS)), 1, MAX_PAPERS)
    except Problem as error:
        body = JSONRenderer().render(problem(400, str(error)))
        return HttpResponse(body, status=400, content_type=PROBLEM_TYPE)
    current = contents(feed, most, timezone.now())
    etag = f'W/"{current.tag[:32]}-{form}-{most}"'
    changed = int(current.changed_at.timestamp())
    response = get_conditional_response(request, etag, changed)
    if response is None:
        items = [item_of(entry) for entry in current.entries]
        url = feed.address(form) + (f"?{urlencode({'n': most})}" if most != DEFAULT_PAPERS else "")
        body = FORMATS[form].write(FeedDocument(feed, url, items, datetime.fromtimestamp(changed, UTC)))
        response = HttpResponse(body, content_type=f"{FORMATS[form].media_type}; charset=utf-8")
    response["ETag"], response["Last-Modified"] = etag, http_date(changed)
    return response
