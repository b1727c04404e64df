"""The settings page of a reader's feeds: their addresses, other ones, none any more, and all in one file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from feeds.http.authentication import reader_of

from . import catalogue
from .keys import key_of, renew, withdraw
from .listing import DAYS, MOST, USUAL
from .opml import as_opml

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
    "make": (renew, "Your feeds have addresses now."),
    "change": (renew, "Your feeds have other addresses now; the old ones stopped working."),
    "withdraw": (withdraw, "Your private feeds are gone; their addresses stopped working."),
}
