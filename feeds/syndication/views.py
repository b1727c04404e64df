"""Feeds as programs poll them: private ones by the secret in their address, public ones by their name."""

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
from .formats import FORMATS, Whole
from .items import item_of
from .keys import WrongSecret, opened
from .listing import MOST, USUAL

MAX_AGE = 300  # seconds
NO_FEED = "there is no such feed, or its address is another now"


@require_safe
def private(request: HttpRequest, secret: str, name: str, form: str) -> HttpResponseBase:
    """A feed of a reader's; whoever has its address can read it, and nobody learns whether a wrong one was near."""
    try:
        feed = catalogue.private_feed(opened(secret, name), name)
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
        most = params.whole_number("n", request.GET.get("n", str(USUAL)), 1, MOST)
    except Problem as error:
        return _refusal(str(error))
    found = contents(feed, most, timezone.now())
    etag = f'W/"{found.tag[:32]}-{form}-{most}"'
    changed = int(found.changed_at.timestamp())
    answer = get_conditional_response(request, etag, changed)
    if answer is None:
        items = [item_of(entry) for entry in found.entries]
        url = feed.address(form) + (f"?{urlencode({'n': most})}" if most != USUAL else "")
        body = FORMATS[form].write(Whole(feed, url, items, datetime.fromtimestamp(changed, UTC)))
        answer = HttpResponse(body, content_type=f"{FORMATS[form].media_type}; charset=utf-8")
    answer["ETag"], answer["Last-Modified"] = etag, http_date(changed)
    return answer


def _refusal(detail: str) -> HttpResponse:
    return HttpResponse(JSONRenderer().render(problem(400, detail)), status=400, content_type=PROBLEM_TYPE)
