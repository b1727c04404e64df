"""The page of a paper, its abstract as text and its citation as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from feeds.citations import FORMATS, file_name
from feeds.entries import Entry, votes_of, with_provenance
from feeds.http.negotiation import also_markdown, markdown_answer, prefers_markdown
from feeds.markdown import paper_as_markdown
from feeds.paper_search import reader_or_none
from feeds.sources.duplicates import nearly_the_same
from recommender.collections import saved_pks
from recommender.models import Paper
from recommender.ranking.similar import similar_papers

from .impressions import opened


@require_safe
def cite(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    """`cite.bib`, `cite.ris` or `cite.json`."""
    if form not in FORMATS:
        raise Http404(f"no citation in the format {form!r}; there is {', '.join(FORMATS)}")
    paper = get_object_or_404(Paper, public_id=public_id)
    media_type, written = FORMATS[form]
    response = HttpResponse(written([paper]), content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, file_name(paper, form))
    return response


@require_safe
@also_markdown
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper in full, with my vote."""
    found = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
    if prefers_markdown(request):
        return markdown_answer(paper_as_markdown(found, request))
    reader = reader_or_none(request)
    is_saved = found.pk in saved_pks(reader, [found.pk])
    entry = Entry(0, found, None, (), votes_of(reader, [found.pk]).get(found.pk, 0), is_saved=is_saved)
    context = {"entry": entry, "paper": found, "alike": nearly_the_same(found), "similar": similar_papers(found)}
    context["noted"] = opened(request, reader, found)
    return render(request, "feeds/paper.html", context)


@require_safe
def abstract(request: HttpRequest, public_id: str) -> HttpResponse:
    """A paper's abstract as its source gave it, however long."""
    found = get_object_or_404(Paper, public_id=public_id)
    return HttpResponse(found.abstract, content_type="text/plain; charset=utf-8")
