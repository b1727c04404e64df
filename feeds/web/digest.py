"""The reader's own digest pages.

Settings, preview, sending one now, and digests that were sent.
"""

from allauth.core import ratelimit
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from feeds.digest.compose import Digest, compose, wish_of
from feeds.digest.mail import write_mail
from feeds.digest.schedule import local_day
from feeds.digest.send import send_now
from feeds.entries import Entry, entries_at
from feeds.http.authentication import reader_of
from feeds.models import Delivery, DeliveryState, DigestWish, new_link_key

from .forms.digest import DigestForm

LISTED_DELIVERIES = 10
MOST_PER_HOUR = 3
OUTCOMES = {
    DeliveryState.SENT: "Your digest was sent to {address}.",
    DeliveryState.EMPTY: "There is nothing new since your last digest, so nothing was sent.",
    DeliveryState.WAITING: "Your digest could not be sent yet and will be retried: {error}",
    DeliveryState.UNCERTAIN: "Your digest may have been sent to {address}; the mail server did not confirm it.",
    DeliveryState.REFUSED: "The mail server refused your digest: {error}",
}
OWN_STYLE = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "base-uri": ["'self'"],
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The reader's digest settings and their last deliveries."""
    reader = reader_of(request)
    wish = wish_of(reader)
    form = DigestForm(request.POST or None, instance=wish)
    if form.is_valid():
        saved = form.save_wish(timezone.now())
        messages.success(request, "Your digest is on." if saved.is_on else "Saved. Your digest is off.")
        return redirect("settings-digest")
    wish = wish_of(reader) if form.is_bound else wish  # validation wrote the invalid values to the instance
    context = {"form": form, "wish": wish, "deliveries": reader.deliveries.all()[:LISTED_DELIVERIES]}
    return render(request, "feeds/digest/settings.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def now(request: HttpRequest) -> HttpResponse:
    """Send a digest at once and report what became of it."""
    reader = reader_of(request)
    if not ratelimit.consume(request, action="digest_now", user=reader):
        messages.error(request, f"You can send at most {MOST_PER_HOUR} an hour. Try again later.")
        return redirect("settings-digest")
    DigestWish.objects.get_or_create(reader=reader)
    delivery = send_now(reader)
    state = DeliveryState(delivery.state)
    message = OUTCOMES.get(state, "Your digest was not sent: {error}")
    level = messages.SUCCESS if state in (DeliveryState.SENT, DeliveryState.EMPTY) else messages.ERROR
    messages.add_message(request, level, message.format(address=delivery.address, error=delivery.error))
    return redirect("settings-digest")


@login_required
@require_POST
def new_links(request: HttpRequest) -> HttpResponse:
    """Invalidate the links of earlier mails, except those to unsubscribe."""
    DigestWish.objects.filter(reader=reader_of(request)).update(link_key=new_link_key())
    messages.success(request, "Vote and save links in earlier digests no longer work.")
    return redirect("settings-digest")


@login_required
@never_cache
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """The mail as it would be sent now.

    Headers and text, and the HTML in a frame.
    """
    digest = _compose(reader_of(request))
    message = write_mail(digest, Delivery(day=digest.day))
    return render(request, "feeds/digest/preview.html", {"digest": digest, "message": message})


@csp_replace(OWN_STYLE)
@xframe_options_sameorigin
@login_required
@never_cache
@require_safe
def preview_mail(request: HttpRequest) -> HttpResponse:
    """The HTML of the mail alone, for the frame.

    Its links open outside the frame.
    """
    digest = _compose(reader_of(request))
    html = str(write_mail(digest, Delivery(day=digest.day)).alternatives[0][0])
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


@login_required
@never_cache
@require_safe
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of a sent digest, as cards to vote on.

    They are in the order of the mail. There are no cards once the digest's ranking has been pruned.
    """
    reader = reader_of(request)
    delivery = get_object_or_404(reader.deliveries.select_related("ranking__model"), pk=pk)
    if not delivery.paper_pks:
        raise Http404("this digest had no papers")
    entries: list[Entry] = []
    if delivery.ranking is not None:
        place_of = {paper_pk: place for place, paper_pk in enumerate(delivery.ranking.order.tolist())}
        places = [place_of[paper_pk] for paper_pk in delivery.paper_pks if paper_pk in place_of]
        entries = entries_at(delivery.ranking, reader, places)
    return render(request, "feeds/digest/sent.html", {"delivery": delivery, "entries": entries})


def _compose(reader: User) -> Digest:
    moment = timezone.now()
    return compose(reader, local_day(wish_of(reader).time_zone, moment), moment)
