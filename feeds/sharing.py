"""A collection that its reader shows to anybody who has the link: made, revoked, and what those see."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from recommender import collections
from recommender.collections import saved_in, saved_pks
from recommender.models import Collection, Paper

from .http.authentication import reader_of
from .presenting import Entry, votes_of
from .provenance import with_provenance

PAGE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, public_id: str) -> HttpResponse:
    """Shows the link, where there is one; makes it (1) or revokes it (0)."""
    try:
        collection = collections.find(reader_of(request), public_id)
    except Collection.DoesNotExist as error:
        raise Http404(str(error)) from None
    if request.method == "POST":
        if request.POST.get("shared") == "1":
            collections.share(collection)
        else:
            collections.revoke(collection)
            messages.success(request, "The link is revoked. Whoever has it sees nothing any more.")
        return redirect("collection-share", public_id)
    link = request.build_absolute_uri(reverse("shared", args=[collection.link])) if collection.link else ""
    return render(request, "feeds/saved_share.html", {"collection": collection, "link": link})


@require_safe
def shared(request: HttpRequest, link: str) -> HttpResponse:
    """The papers and what the collection is for; not the notes on papers, nor whose it is."""
    try:
        collection = collections.shared(link)
    except Collection.DoesNotExist:
        raise Http404("there is no such link, or it was revoked") from None
    reader = request.user if isinstance(request.user, User) else None
    page = Paginator(saved_in(collection).values_list("paper", flat=True), PAGE).get_page(request.GET.get("page"))
    context = {"collection": collection, "page": page, "entries": _entries(reader, list(page.object_list))}
    response = render(request, "feeds/saved_shared.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _entries(reader: User | None, pks: list[int]) -> list[Entry]:
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    votes, saved = votes_of(reader, pks), saved_pks(reader, pks)
    return [Entry(0, papers[pk], None, (), votes.get(pk, 0), is_saved=pk in saved) for pk in pks]
