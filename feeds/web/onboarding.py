"""The pages that start a new reader: say what you care about, then answer a handful of questions about papers."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feeds.entries import add_provenance
from feeds.http.authentication import reader_of
from recommender import interests as interests_of
from recommender import votes
from recommender.categories import CODES
from recommender.models import Paper
from recommender.ranking.onboarding import ENOUGH, MOST_SKIPPED, next_questions

from .forms.account import added, interest_forms

AT_A_TIME = 5
SKIPPED = "welcome_skipped"  # the session's papers that were passed over, as primary keys
ANSWERS = {"1": 1, "-1": -1, "skip": 0}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def interests(request: HttpRequest) -> HttpResponse:
    """The first step: interests, seed papers, authors; any of them or none."""
    reader = reader_of(request)
    forms = interest_forms(request.POST if request.method == "POST" else None)
    if added(forms, reader):
        return redirect("welcome")
    context = {"interests": interests_of.with_notes(reader.interests.all()), "forms": forms, "codes": CODES}
    return render(request, "feeds/welcome_interests.html", context)


@login_required
@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """The second step: the papers whose votes teach most, chosen anew after every answer."""
    asking = next_questions(reader_of(request), skipped(request), AT_A_TIME, timezone.now().date())
    add_provenance(asked.paper for asked in asking.questions)
    context = {"asking": asking, "enough": ENOUGH, "is_enough": asking.answered >= ENOUGH}
    return render(request, "feeds/welcome_papers.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Vote up (1), down (-1) or skip: a skipped paper is not asked about again while the session lasts."""
    found = get_object_or_404(Paper, public_id=public_id)
    value = ANSWERS.get(request.POST.get("value", ""))
    if value is None:
        return HttpResponse("An answer is 1, -1 or skip.", status=400, content_type="text/plain")
    if value:
        votes.cast(reader_of(request), found, value)
    else:
        passed = [pk for pk in skipped(request) if pk != found.pk]
        request.session[SKIPPED] = [*passed, found.pk][-MOST_SKIPPED:]
    return redirect("welcome-papers")


def skipped(request: HttpRequest) -> list[int]:
    return list(request.session.get(SKIPPED, []))
