"""What pages notice: which places of a list came into view, and which papers were opened from it.

A script tells what was in view for a second, and which outgoing links were followed. Without scripts, a picture that
the browser loads after the page tells that all of its places were shown, and the link to a paper's own page says from
which list it comes. None of it is noted for who has asked not to be counted, or loads a page ahead of time.
"""

import re
from collections.abc import Sequence

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

MOST = 200  # places in one message
PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)  # one transparent point
_NAME = re.compile(r"[\w-]{1,32}", re.ASCII)
_PLACES = re.compile(r"[1-9]\d{0,3}(?:,[1-9]\d{0,3}){0,199}", re.ASCII)
WHAT_PLACES_ARE = f"places: up to {MOST} whole numbers from 1 that the ranking has, such as 1,2,5."


def named(text: str | None) -> str:
    """The name of a ranking as an address or a form has it; empty for what can be none."""
    return text if text and _NAME.fullmatch(text) else ""


def is_ahead_of_time(request: HttpRequest) -> bool:
    """Whether a browser asks for what nobody has looked at yet."""
    said = (request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return any("prefetch" in words or "prerender" in words for words in said)


def opened(request: HttpRequest, reader: User | None, paper: Paper) -> str:
    """Note that a paper's page was opened from a list of the reader's; the name of that list, or nothing."""
    name = named(request.GET.get("from"))
    if reader is not None and request.method == "GET" and not is_ahead_of_time(request):
        impressions.note_click(reader, name, paper, timezone.now())
    return name


@login_required
@require_POST
def shown(request: HttpRequest) -> HttpResponse:
    """Places of a list that were in view."""
    return _see(request, request.POST.get("ranking"), request.POST.get("places", "")) or HttpResponse(status=204)


@never_cache
@login_required
@require_safe
def picture(request: HttpRequest, name: str, places: str) -> HttpResponse:
    """A point that nobody sees, for browsers without scripts: the places of its address were shown."""
    if request.method == "GET" and not is_ahead_of_time(request) and (wrong := _see(request, name, places)):
        return wrong
    return HttpResponse(PICTURE, content_type="image/gif")


@login_required
@require_POST
def followed(request: HttpRequest) -> HttpResponse:
    """An outgoing link of a paper was followed from a list."""
    paper = get_object_or_404(Paper, pk=_number(request.POST.get("paper", "")))
    impressions.note_click(reader_of(request), named(request.POST.get("ranking")), paper, timezone.now())
    return HttpResponse(status=204)


def _see(request: HttpRequest, name: str | None, places: str) -> HttpResponse | None:
    """Note the places, or say what is wrong with them."""
    reader = reader_of(request)
    ranking = Ranking.objects.filter(reader=reader, public_id=named(name)).first()
    if ranking is None:
        raise Http404("there is no such ranking of yours")
    try:
        impressions.note_shown(reader, ranking, _positions(places), timezone.now())
    except ValueError as error:
        return HttpResponse(f"{WHAT_PLACES_ARE} {error}", status=400, content_type="text/plain")
    return None


def _positions(places: str) -> Sequence[int]:
    if not _PLACES.fullmatch(places):
        raise ValueError(f"{places[:60]!r} is something else.")
    return [int(place) for place in places.split(",")]


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) else 0
