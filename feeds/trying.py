"""The page that tries a vote: the day's first papers as they are and as they would be, before anything is kept."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.models import User
from recommender.models import Paper
from recommender.paper_ids import canonical
from recommender.ranking.rank import day_to_show, rank
from recommender.ranking.what_if import SHOWN, what_if

from .http.authentication import reader_of

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
        problem = f"“{name[:60]}” is no paper of this catalogue; write an id such as 2607.21557 or hep-th/9901001."
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
