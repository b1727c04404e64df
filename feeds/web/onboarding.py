"""The first steps of a new reader: name interests, then vote on a few papers."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feeds.entries import add_provenance
from feeds.http.authentication import reader_of
from feeds.http.rate_limits import spend_votes
from recommender import votes
from recommender.categories import CODES
from recommender.models import Paper
from recommender.ranking.interest_notes import with_notes
from recommender.ranking.onboarding import ENOUGH, MOST_SKIPPED, next_questions

from .forms.account import interest_forms, save_interest

QUESTIONS = 5  # on one page
SKIPPED = "welcome_skipped"  # session key: primary keys of the papers skipped
ANSWERS = {"1": 1, "-1": -1, "skip": 0}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def interests(request: HttpRequest) -> HttpResponse:
    """The first step: topics, categories, papers and authors.

    All of them are optional.
    """
    reader = reader_of(request)
    forms = interest_forms(request.POST if request.method == "POST" else None)
    if save_interest(forms, reader):
        return redirect("welcome")
    context = {"interests": with_notes(reader.interests.all()), "forms": forms, "codes": CODES}
    return render(request, "feeds/welcome_interests.html", context)


@login_required
@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """The second step: the papers whose votes are most informative.

    They are chosen again after every answer.
    """
    questionnaire = next_questions(reader_of(request), skipped_pks(request), QUESTIONS, timezone.now().date())
    add_provenance(question.paper for question in questionnaire.questions)
    context = {"asking": questionnaire, "enough": ENOUGH, "is_enough": questionnaire.answered >= ENOUGH}
    return render(request, "feeds/welcome_papers.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Vote up (1), down (-1) or skip.

    A skipped paper does not appear again in this session.
    """
    paper = get_object_or_404(Paper, public_id=public_id)
    value = ANSWERS.get(request.POST.get("value", ""))
    if value is None:
        return HttpResponse("value must be 1, -1 or skip", status=400, content_type="text/plain")
    reader = reader_of(request)
    if value:
        spend_votes(reader, 1)
        votes.cast(reader, paper, value)
    else:
        others = [pk for pk in skipped_pks(request) if pk != paper.pk]
        request.session[SKIPPED] = [*others, paper.pk][-MOST_SKIPPED:]
    return redirect("welcome-papers")


def skipped_pks(request: HttpRequest) -> list[int]:
    return list(request.session.get(SKIPPED, []))
