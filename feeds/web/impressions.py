"""Record which places came into view and which papers were opened.

A script reports the places that were in view for a second, and the outgoing links that were followed. Without scripts,
an image that the browser loads last reports all places of the page, and a link to a paper's own page names the list.
Nothing is recorded for readers who turned usage statistics off, nor for pages that a browser loads in advance.
"""

import re

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from feeds.http.authentication import reader_of
from recommender import impressions
from recommender.models import Paper, Ranking

MOST = 200  # places in one request
PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)  # one transparent pixel
_NAME = re.compile(r"[\w-]{1,32}", re.ASCII)
_PLACES = re.compile(r"[1-9]\d{0,3}(?:,[1-9]\d{0,3}){0,199}", re.ASCII)
PLACES_FORM = f"places must be 1 to {MOST} places of the ranking, counted from 1 and separated by commas, such as 1,2,5"


def ranking_name(text: str | None) -> str:
    """The public id of a ranking.

    Empty for a text that cannot be one.
    """
    return text if text and _NAME.fullmatch(text) else ""


def is_prefetch(request: HttpRequest) -> bool:
    """Whether a browser loads the page in advance, before anybody looks at it."""
    purposes = [request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    return any("prefetch" in purpose or "prerender" in purpose for purpose in purposes)


def record_opening(request: HttpRequest, reader: User | None, paper: Paper) -> str:
    """Record that a paper's page was opened from a list.

    Returns the name of the reader's list, or "".
    """
    name = ranking_name(request.GET.get("from"))
    if reader is not None and request.method == "GET" and not is_prefetch(request):
        impressions.note_click(reader, name, paper, timezone.now())
    return name


@login_required
@require_POST
def shown(request: HttpRequest) -> HttpResponse:
    """Record the places of a list that were in view."""
    error = _record_places(request, request.POST.get("ranking"), request.POST.get("places", ""))
    return error or HttpResponse(status=204)


@never_cache
@login_required
@require_safe
def picture(request: HttpRequest, name: str, places: str) -> HttpResponse:
    """A transparent image for browsers without scripts.

    Loading it records the places in its URL.
    """
    if request.method == "GET" and not is_prefetch(request) and (error := _record_places(request, name, places)):
        return error
    return HttpResponse(PICTURE, content_type="image/gif")


@login_required
@require_POST
def followed(request: HttpRequest) -> HttpResponse:
    """Record that an outgoing link of a paper was followed from a list."""
    text = request.POST.get("paper", "")
    paper = get_object_or_404(Paper, pk=int(text) if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) else 0)
    impressions.note_click(reader_of(request), ranking_name(request.POST.get("ranking")), paper, timezone.now())
    return HttpResponse(status=204)


def _record_places(request: HttpRequest, name: str | None, text: str) -> HttpResponse | None:
    """Record the places.

    Return a 400 if the text or a place is not valid.
    """
    reader = reader_of(request)
    ranking = Ranking.objects.filter(reader=reader, public_id=ranking_name(name)).first()
    if ranking is None:
        raise Http404("you have no such ranking")
    try:
        if not _PLACES.fullmatch(text):
            raise ValueError(f"got {text[:60]!r}")
        impressions.note_shown(reader, ranking, [int(place) for place in text.split(",")], timezone.now())
    except ValueError as error:
        return HttpResponse(f"{PLACES_FORM}: {error}", status=400, content_type="text/plain")
    return None
