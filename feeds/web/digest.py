"""The reader's own pages of the digest: the settings, a preview, one to be sent now, and those that were sent."""

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
from feeds.digest.mail import mail
from feeds.digest.schedule import local_day
from feeds.digest.send import send_now
from feeds.entries import Entry, entries_at
from feeds.http.authentication import reader_of
from feeds.models import Delivery, DigestWish, new_link_key

from .forms.digest import WishForm

SHOWN = 10  # of the last deliveries
TRIES_PER_HOUR = 3
TOLD = {
    Delivery.State.SENT: "It is on its way to {address}.",
    Delivery.State.EMPTY: "There is nothing new since your last digest, so nothing was sent.",
    Delivery.State.WAITING: "It could not be sent yet and will be tried again: {error}",
    Delivery.State.UNCERTAIN: "It may be on its way to {address}, but the mail server did not say so.",
    Delivery.State.REFUSED: "The mail server refused it: {error}",
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
    """What the reader wishes, and what was sent to them."""
    reader = reader_of(request)
    wish = wish_of(reader)
    form = WishForm(request.POST or None, instance=wish)
    if form.is_valid():
        kept = form.keep(timezone.now())
        messages.success(request, "Your digest is on." if kept.is_on else "Saved. Your digest is off.")
        return redirect("settings-digest")
    wish = wish_of(reader) if form.is_bound else wish  # validating wrote the refused values into the other one
    context = {"form": form, "wish": wish, "deliveries": reader.deliveries.all()[:SHOWN]}
    return render(request, "feeds/digest/settings.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def now(request: HttpRequest) -> HttpResponse:
    """Send one at once."""
    reader = reader_of(request)
    if not ratelimit.consume(request, action="digest_now", user=reader):
        messages.error(request, f"You can send at most {TRIES_PER_HOUR} an hour. Try again later.")
        return redirect("settings-digest")
    DigestWish.objects.get_or_create(reader=reader)
    _tell(request, send_now(reader))
    return redirect("settings-digest")


@login_required
@require_POST
def new_links(request: HttpRequest) -> HttpResponse:
    """Make the links of the mails that were sent void, but for the one to unsubscribe."""
    DigestWish.objects.filter(reader=reader_of(request)).update(link_key=new_link_key())
    messages.success(request, "Vote and save links in earlier digests no longer work.")
    return redirect("settings-digest")


@login_required
@never_cache
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """The mail as it would be now: its headers and text, and its HTML in a frame."""
    digest = _digest(reader_of(request))
    message = mail(digest, Delivery(day=digest.day))
    return render(request, "feeds/digest/preview.html", {"digest": digest, "message": message})


@csp_replace(OWN_STYLE)
@xframe_options_sameorigin
@login_required
@never_cache
@require_safe
def preview_mail(request: HttpRequest) -> HttpResponse:
    """The mail's HTML by itself, with nothing of the page's own; its links open beside it."""
    digest = _digest(reader_of(request))
    html = str(mail(digest, Delivery(day=digest.day)).alternatives[0][0])
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


@login_required
@never_cache
@require_safe
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of a digest that was sent, as cards to vote on."""
    reader = reader_of(request)
    delivery = get_object_or_404(reader.deliveries.select_related("ranking__model"), pk=pk)
    if not delivery.paper_pks:
        raise Http404("this digest held no papers")
    return render(request, "feeds/digest/sent.html", {"delivery": delivery, "entries": _entries(reader, delivery)})


def _digest(reader: User) -> Digest:
    moment = timezone.now()
    return compose(reader, local_day(wish_of(reader).time_zone, moment), moment)


def _entries(reader: User, delivery: Delivery) -> list[Entry]:
    """The papers in the order of the mail; of a ranking that is not kept any more, none."""
    if delivery.ranking is None:
        return []
    places = {pk: place for place, pk in enumerate(delivery.ranking.order.tolist())}
    return entries_at(delivery.ranking, reader, [places[pk] for pk in delivery.paper_pks if pk in places])


def _tell(request: HttpRequest, delivery: Delivery) -> None:
    state = Delivery.State(delivery.state)
    words = TOLD.get(state, "It was not sent: {error}").format(address=delivery.address, error=delivery.error)
    is_well = state in (Delivery.State.SENT, Delivery.State.EMPTY)
    (messages.success if is_well else messages.error)(request, words)
