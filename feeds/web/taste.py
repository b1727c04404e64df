"""The page "My taste": what was learned, mutes, sliders, and trying a vote."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Mute, User
from feeds.http.authentication import reader_of
from recommender import interests, mutes
from recommender.categories import CODES
from recommender.models import Paper, TrainedModel
from recommender.mutes import counted, hiding, would_hide
from recommender.paper_ids import canonical
from recommender.ranking.rank import day_to_show, rank
from recommender.ranking.taste import what_was_learned
from recommender.ranking.what_if import SHOWN, what_if
from recommender.reset import forget as forget_taste
from recommender.spans import Offer, look_at

from .forms.taste import ForgetForm, MuteForm, OwnPapersForm, SlidersForm

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    """Everything; `?mute=category:cs.CV` comes with the form for it filled in, and says what it would hide."""
    return _page(request, {"asked": _asked(request), "mute_form": MuteForm(initial=_wanted(request), label_suffix="")})


@login_required
@require_POST
def sliders(request: HttpRequest) -> HttpResponse:
    form = SlidersForm(reader_of(request), request.POST)
    if not form.is_valid():
        return _page(request, {"sliders": form})
    form.save()
    messages.success(request, "Saved. Your next list uses the new settings.")
    return redirect("taste")


@login_required
@require_POST
def own_papers(request: HttpRequest) -> HttpResponse:
    form = OwnPapersForm(reader_of(request), request.POST)
    if not form.is_valid():
        return _page(request, {"own_papers": form})
    form.save()
    messages.success(request, "Saved. Your next list uses the new settings.")
    return redirect("taste")


@login_required
@require_POST
def mute(request: HttpRequest) -> HttpResponse:
    form = MuteForm(request.POST, label_suffix="")
    if not form.is_valid() or form.save(reader_of(request)) is None:
        return _page(request, {"mute_form": form})
    return _to_mutes()


@login_required
@require_POST
def unmute(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(reader_of(request).mutes, pk=pk).delete()
    return _to_mutes()


@login_required
@require_POST
def remove_interest(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = get_object_or_404(reader.interests, pk=pk)
    interests.remove(reader, found)
    messages.success(request, f"Interest “{found}” removed.")
    return redirect("taste")


@login_required
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Pause personalisation (1) or go on with it (0)."""
    wish = request.POST.get("paused", "")
    if wish not in ("0", "1"):
        return HttpResponse("paused must be 0 or 1", status=400, content_type="text/plain")
    User.objects.filter(pk=reader_of(request).pk).update(is_paused=wish == "1")
    messages.success(request, "Personalisation is paused." if wish == "1" else "Personalisation is on again.")
    return redirect("taste")


@login_required
@read_or_post
def forget(request: HttpRequest) -> HttpResponse:
    """Start over, after saying so in a word of one's own typing."""
    reader = reader_of(request)
    form = ForgetForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        gone = forget_taste(reader)
        messages.success(request, f"Deleted {gone.votes} votes and {gone.interests} interests.")
        return redirect("welcome")
    context = {"form": form, "votes": reader.votes.count(), "interests": reader.interests.count()}
    return render(request, "feeds/taste_forget.html", context)


def _page(request: HttpRequest, forms: dict[str, Any]) -> HttpResponse:
    reader = reader_of(request)
    day = day_to_show(timezone.now().date())
    papers = look_at(day) if day else None
    context = {
        "taught": what_was_learned(reader, timezone.now().date()),
        "model": TrainedModel.objects.serving_order().first(),
        "votes": reader.votes.count(),
        "interests": reader.interests.count(),
        "papers": papers,
        "mutes": counted(reader.mutes.all(), papers) if papers else reader.mutes.all(),
        "hiding": hiding(reader, papers) if papers else None,
        "mute_form": MuteForm(label_suffix=""),
        "sliders": SlidersForm(reader),
        "own_papers": OwnPapersForm(reader),
        "codes": CODES,
    }
    return render(request, "feeds/taste.html", context | forms)


def _to_mutes() -> HttpResponse:
    """Back to the list of mutes, which shows what has changed."""
    return redirect(f"{reverse('taste')}#mute")


def _wanted(request: HttpRequest) -> dict[str, str]:
    """The mute that a link asks for: `category:cs.CV`; nothing where it names no kind."""
    kind, _, text = request.GET.get("mute", "").partition(":")
    return {"kind": kind, "text": text[:100]} if kind in Mute.Kind.values else {}


def _asked(request: HttpRequest) -> dict[str, Any] | None:
    """What the mute that a link asks for would hide today, or why it cannot be."""
    wanted, day = _wanted(request), day_to_show(timezone.now().date())
    if not wanted or not wanted["text"] or day is None:
        return None
    try:
        return wanted | {"hides": _would_hide(wanted, look_at(day))}
    except ValidationError as error:
        return wanted | {"problem": error.messages[0]}


def _would_hide(wanted: dict[str, str], papers: Offer) -> int:
    return would_hide(wanted["kind"], mutes.read(**wanted), papers)


SUGGESTED = 6  # of my votes, and of the day's papers
VALUES = {"1": 1, "-1": -1, "0": 0}


@login_required
@require_safe
def try_vote(request: HttpRequest) -> HttpResponse:
    """`?paper=2607.21557&value=-1` shows the change; without a paper, papers to try it with."""
    reader, name = reader_of(request), request.GET.get("paper", "").strip()
    day = day_to_show(timezone.now().date())
    if not name or day is None:
        return render(request, "feeds/taste_what_if.html", _suggestions(reader, name))
    paper = Paper.objects.filter(public_id=canonical(name) or "").first()
    if paper is None:
        problem = f"“{name[:60]}” is not in this catalogue. Enter an id such as 2607.21557 or hep-th/9901001."
        return render(request, "feeds/taste_what_if.html", _suggestions(reader, name) | {"problem": problem})
    value = VALUES.get(request.GET.get("value", ""))
    if value is None:
        mine = reader.votes.filter(paper=paper).first()
        return redirect(f"{request.path}?{urlencode({'paper': paper.public_id, 'value': 0 if mine else 1})}")
    found = what_if(reader, paper, value, day)
    return render(request, "feeds/taste_what_if.html", {"found": found, "shown": SHOWN, "name": paper.public_id})


def _suggestions(reader: User, name: str) -> dict[str, Any]:
    day = day_to_show(timezone.now().date())
    first = rank(reader, day).order[:SUGGESTED].tolist() if day else []
    papers = Paper.objects.in_bulk(first)
    return {
        "name": name,
        "mine": reader.votes.select_related("paper")[:SUGGESTED],
        "newest": [papers[pk] for pk in first if pk in papers],
    }
