"""The page of a paper, its abstract as text and its citation as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from feeds.citations import FORMATS, file_name
from feeds.entries import Entry, votes_of, with_provenance
from feeds.http.negotiation import also_markdown, markdown_response, prefers_markdown
from feeds.markdown import paper_as_markdown
from feeds.paper_search import reader_or_none
from feeds.sources.duplicates import nearly_the_same
from recommender.collections import saved_pks
from recommender.models import Paper
from recommender.ranking.similar import similar_papers

from .impressions import record_opening


@require_safe
def cite(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    """`cite.bib`, `cite.ris` or `cite.json`."""
    if form not in FORMATS:
        raise Http404(f"{form!r} is not a citation format; use {', '.join(FORMATS)}")
    paper = get_object_or_404(Paper, public_id=public_id)
    media_type, write = FORMATS[form]
    response = HttpResponse(write([paper]), content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, file_name(paper, form))
    return response


@require_safe
@also_markdown
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """One paper in full, with the reader's vote and similar papers."""
    paper = get_object_or_404(with_provenance(Paper.objects.with_public_votes()), public_id=public_id)
    if prefers_markdown(request):
        return markdown_response(paper_as_markdown(paper, request))
    reader = reader_or_none(request)
    own_vote = votes_of(reader, [paper.pk]).get(paper.pk, 0)
    is_saved = paper.pk in saved_pks(reader, [paper.pk])
    context = {
        "entry": Entry(0, paper, None, (), own_vote, is_saved=is_saved),
        "paper": paper,
        "alike": nearly_the_same(paper),
        "similar": similar_papers(paper),
        "noted": record_opening(request, reader, paper),
    }
    return render(request, "feeds/paper.html", context)


@require_safe
def abstract(request: HttpRequest, public_id: str) -> HttpResponse:
    """The complete abstract of a paper, as its source wrote it."""
    paper = get_object_or_404(Paper, public_id=public_id)
    return HttpResponse(paper.abstract, content_type="text/plain; charset=utf-8")
