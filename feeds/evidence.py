"""The page of the public evidence: what readers open and vote on, whose papers they are shown, experiments."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recommender.evidence import record


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The figures of the newest record; nothing is counted while somebody waits."""
    found = record.newest()
    context = {"record": found, "figures": found.figures if found else {}, "experiments": record.experiments(found)}
    return render(request, "feeds/evidence.html", context)
