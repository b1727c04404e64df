"""The pages of "My taste".

The reader's profile in words, mutes, sliders, starting over, and trying a vote.
"""

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

from accounts.models import MuteKind, User
from feeds.http.authentication import reader_of
from recommender import interests, mutes
from recommender.categories import CODES
from recommender.models import Paper, TrainedModel
from recommender.mutes import count_hidden, with_counts, would_hide
from recommender.paper_ids import canonical
from recommender.ranking.rank import latest_day, rank
from recommender.ranking.taste import learned_taste
from recommender.ranking.what_if import SHOWN, what_if
from recommender.reset import forget as delete_taste
from recommender.spans import pool_of

from .forms.taste import ForgetForm, MuteForm, OwnPapersForm, SlidersForm

SUGGESTED = 6  # of the reader's votes, and of the day's papers
VALUES = {"1": 1, "-1": -1, "0": 0}
read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    """The whole page.

    `?mute=category:cs.CV` fills in the form and says how many papers that mute would hide.
    """
    kind, _, text = request.GET.get("mute", "").partition(":")
    initial = {"kind": kind, "text": text[:100]} if kind in MuteKind.values else {}
    preview: dict[str, Any] | None = None
    day = latest_day(timezone.now().date())
    if initial.get("text") and day is not None:
        try:
            preview = initial | {"hides": would_hide(kind, mutes.clean(**initial), pool_of(day))}
        except ValidationError as error:
            preview = initial | {"problem": error.messages[0]}
    return _render(request, {"asked": preview, "mute_form": MuteForm(initial=initial, label_suffix="")})


@login_required
@require_POST
def sliders(request: HttpRequest) -> HttpResponse:
    form = SlidersForm(reader_of(request), request.POST)
    if not form.is_valid():
        return _render(request, {"sliders": form})
    form.save()
    messages.success(request, "Saved. Your next list uses the new settings.")
    return redirect("taste")


@login_required
@require_POST
def own_papers(request: HttpRequest) -> HttpResponse:
    form = OwnPapersForm(reader_of(request), request.POST)
    if not form.is_valid():
        return _render(request, {"own_papers": form})
    form.save()
    messages.success(request, "Saved. Your next list uses the new settings.")
    return redirect("taste")


@login_required
@require_POST
def mute(request: HttpRequest) -> HttpResponse:
    form = MuteForm(request.POST, label_suffix="")
    if not form.is_valid() or form.save(reader_of(request)) is None:
        return _render(request, {"mute_form": form})
    return redirect(f"{reverse('taste')}#mute")


@login_required
@require_POST
def unmute(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(reader_of(request).mutes, pk=pk).delete()
    return redirect(f"{reverse('taste')}#mute")


@login_required
@require_POST
def remove_interest(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    interest = get_object_or_404(reader.interests, pk=pk)
    interests.remove(reader, interest)
    messages.success(request, f"Interest “{interest}” removed.")
    return redirect("taste")


@login_required
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Pause personalisation (1) or resume it (0)."""
    value = request.POST.get("paused", "")
    if value not in ("0", "1"):
        return HttpResponse("paused must be 0 or 1", status=400, content_type="text/plain")
    User.objects.filter(pk=reader_of(request).pk).update(is_paused=value == "1")
    messages.success(request, "Personalisation is paused." if value == "1" else "Personalisation is on again.")
    return redirect("taste")


@login_required
@read_or_post
def forget(request: HttpRequest) -> HttpResponse:
    """Delete votes and interests, after the reader has typed a word to confirm."""
    reader = reader_of(request)
    form = ForgetForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        deleted = delete_taste(reader)
        messages.success(request, f"Deleted {deleted.votes} votes and {deleted.interests} interests.")
        return redirect("welcome")
    context = {"form": form, "votes": reader.votes.count(), "interests": reader.interests.count()}
    return render(request, "feeds/taste_forget.html", context)


@login_required
@require_safe
def try_vote(request: HttpRequest) -> HttpResponse:
    """Show what a vote would change.

    The URL has `?paper=2607.21557&value=-1`; without a paper, the page suggests some to try.
    """
    reader = reader_of(request)
    name = request.GET.get("paper", "").strip()
    day = latest_day(timezone.now().date())
    paper = Paper.objects.filter(public_id=canonical(name) or "").first() if name else None
    if paper is None or day is None:
        pks = rank(reader, day).order[:SUGGESTED].tolist() if day else []
        papers = Paper.objects.in_bulk(pks)
        context = {
            "name": name,
            "mine": reader.votes.select_related("paper")[:SUGGESTED],
            "newest": [papers[pk] for pk in pks if pk in papers],
        }
        if name and day:
            context["problem"] = f"“{name[:60]}” is not in this catalogue. Enter an id such as 2607.21557."
        return render(request, "feeds/taste_what_if.html", context)

    value = VALUES.get(request.GET.get("value", ""))
    if value is None:
        opposite = 0 if reader.votes.filter(paper=paper).exists() else 1
        return redirect(f"{request.path}?{urlencode({'paper': paper.public_id, 'value': str(opposite)})}")
    result = what_if(reader, paper, value, day)
    return render(request, "feeds/taste_what_if.html", {"found": result, "shown": SHOWN, "name": paper.public_id})


def _render(request: HttpRequest, overrides: dict[str, Any]) -> HttpResponse:
    """Render the page.

    `overrides` replaces forms with those that have errors or initial values.
    """
    reader, today = reader_of(request), timezone.now().date()
    day = latest_day(today)
    papers = pool_of(day) if day else None
    context = {
        "taught": learned_taste(reader, today),
        "model": TrainedModel.objects.serving_order().first(),
        "votes": reader.votes.count(),
        "interests": reader.interests.count(),
        "papers": papers,
        "mutes": with_counts(reader.mutes.all(), papers) if papers else reader.mutes.all(),
        "hiding": count_hidden(reader, papers) if papers else None,
        "mute_form": MuteForm(label_suffix=""),
        "sliders": SlidersForm(reader),
        "own_papers": OwnPapersForm(reader),
        "codes": CODES,
    }
    return render(request, "feeds/taste.html", context | overrides)
