"""A paper's citation as a file to download, in the format that the address names."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from recommender.models import Paper

from .citing import FORMATS, file_name


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
