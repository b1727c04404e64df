"""Pages of the reading list and of collections, shared ones included."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feeds.entries import Entry, entries, votes_of, with_provenance
from feeds.http.authentication import reader_of
from feeds.paper_search import reader_or_none
from feeds.transfer.export_collection import FORMATS, export_collection
from recommender import collections
from recommender.collections import NAME_LENGTH, NOTE_LENGTH, collections_of, saved_in, saved_pks
from recommender.models import Collection, Paper, Saved
from recommender.paper_ids import canonical
from recommender.ranking.collections import EXAMPLES, SORTS, WINDOWS, papers_like_collection, sort_collection

PAGE = 50
SHORT = 10  # a collection of at most this many papers has no search field
SORT_NAMES = {"added": "Recently added", "day": "Newest papers", "mine": "For you"}
WINDOW_NAMES = {"day": "Newest day", "week": "Last seven days"}
form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class CollectionRow:
    """One paper of a collection on its page."""

    saved: Saved
    entry: Entry


class CollectionForm(forms.Form):
    """The name and the note of a collection; `recommender.collections` validates the rest."""

    name = forms.CharField(
        max_length=NAME_LENGTH, strip=True, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    note = forms.CharField(
        max_length=NOTE_LENGTH,
        required=False,
        help_text="Optional. Only you see it, unless you share the collection.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@login_required
@require_safe
def detail(request: HttpRequest, public_id: str = Collection.READING_LIST) -> HttpResponse:
    """The papers of one collection, or of the reading list."""
    reader = reader_of(request)
    collection = _find_or_404(request, public_id)
    sort = request.GET.get("sort", "added")
    words = request.GET.get("q", "").strip()[:200]
    order = sort_collection(collection, words, sort if sort in SORTS else "added")
    page = Paginator(order.saved_pks, PAGE).get_page(request.GET.get("page"))

    saved = Saved.objects.in_bulk(list(page.object_list))
    paper_pks = [row.paper_id for row in saved.values()]
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(paper_pks)
    own_votes = votes_of(reader, paper_pks)
    rows = []
    for row in (saved[pk] for pk in page.object_list if pk in saved):
        entry = Entry(0, papers[row.paper_id], None, (), own_votes.get(row.paper_id, 0))
        rows.append(CollectionRow(row, entry))

    context = {
        "collection": collection,
        "collections": collections_of(reader),
        "rows": rows,
        "page": page,
        "order": order,
        "words": words,
        "sort": sort,
        "sorts": SORT_NAMES,
        "formats": FORMATS,
        "is_long": collection.size > SHORT or bool(words),
    }
    return render(request, "feeds/saved.html", context)


@login_required
@form_page
def new(request: HttpRequest) -> HttpResponse:
    """Create a collection; `paper` names a first paper for it."""
    form = CollectionForm(request.POST or None)
    paper_id = request.POST.get("paper") or request.GET.get("paper")
    paper = get_object_or_404(Paper, public_id=canonical(paper_id) or "") if paper_id else None
    collection = _save(form, lambda name, note: collections.create(reader_of(request), name, note))
    if collection is None:
        return render(request, "feeds/saved_form.html", {"form": form, "paper": paper})
    collections.save(collection, [paper] if paper else [])
    return redirect(collection)


@login_required
@form_page
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change the name and the note.

    The reading list only has a note to change.
    """
    collection = _find_or_404(request, public_id)
    initial = {"name": collection.name, "note": collection.note}
    data = {**request.POST.dict(), "name": collection.name} if collection.is_reading_list else request.POST
    form = CollectionForm(data if request.method == "POST" else None, initial=initial)
    if collection.is_reading_list:
        form.fields["name"].disabled = True
        form.fields["name"].help_text = "The reading list cannot be renamed."
    changed = _save(form, lambda name, note: collections.change(collection, name, note))
    if changed is not None:
        return redirect(changed)
    return render(request, "feeds/saved_form.html", {"form": form, "collection": collection})


@login_required
@form_page
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for confirmation, then delete the collection.

    Its papers stay in the catalogue.
    """
    collection = _find_or_404(request, public_id)
    if collection.is_reading_list:
        raise Http404("the reading list cannot be deleted")
    if request.method == "POST":
        collections.delete(collection)
        messages.success(request, f"Collection “{collection}” deleted.")
        return redirect("saved")
    return render(request, "feeds/saved_delete.html", {"collection": collection})


@login_required
@require_POST
def act_on_papers(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove, move or copy papers of a collection.

    These are the selected papers, or the one whose button was pressed.
    """
    collection = _find_or_404(request, public_id)
    if single := request.POST.get("remove"):
        action, paper_ids = "remove", [single]
    else:
        action, paper_ids = request.POST.get("action", ""), request.POST.getlist("papers")[:PAGE]
    papers = list(Paper.objects.filter(public_id__in=filter(None, map(canonical, paper_ids))))
    pks = [paper.pk for paper in papers]

    if not papers:
        messages.error(request, "No papers selected. Select papers first.")
    elif action == "remove":
        count = collections.remove(collection, pks)
        messages.success(request, f"{count:,} paper{pluralize(count)} removed from “{collection}”.")
    elif action in ("move", "copy"):
        target = _find_or_404(request, request.POST.get("to", ""))
        try:
            count = collections.move(collection, target, pks) if action == "move" else collections.save(target, papers)
        except ValidationError as error:
            messages.error(request, f"Nothing was changed: {error.messages[0]}.")
        else:
            change = "moved" if action == "move" else "copied"
            messages.success(request, f"{count:,} paper{pluralize(count)} {change} to “{target}”.")
    else:
        return HttpResponse("action must be remove, move or copy", status=400, content_type="text/plain")
    return _redirect_back(request, collection)


@login_required
@require_POST
def note(request: HttpRequest, public_id: str, paper_id: str) -> HttpResponse:
    """Save the reader's note on a paper of the collection.

    An empty text deletes the note.
    """
    collection = _find_or_404(request, public_id)
    paper = get_object_or_404(Paper, public_id=paper_id)
    try:
        collections.write_note(collection, paper, request.POST.get("note", ""))
    except Saved.DoesNotExist:
        raise Http404(f"{paper_id} is not in this collection") from None
    except ValidationError as error:
        messages.error(request, f"Your note was not saved: {error.messages[0]}.")
    else:
        messages.success(request, "Note saved.")
    return _redirect_back(request, collection)


@login_required
@require_safe
def export(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    collection = _find_or_404(request, public_id)
    if form not in FORMATS:
        raise Http404(f"{form!r} is not an export format; use {', '.join(FORMATS)}")
    return export_collection(collection, form)


@login_required
@require_safe
def more(request: HttpRequest, public_id: str) -> HttpResponse:
    """New papers that are most similar to those of the collection.

    Each has the papers that it is similar to.
    """
    collection = _find_or_404(request, public_id)
    window = request.GET.get("window", "week")
    window = window if window in WINDOWS else "week"
    similar = papers_like_collection(collection, window, timezone.now().date())
    context = {
        "collection": collection,
        "ranking": similar.ranking,
        "reason": similar.reason,
        "entries": entries(similar.ranking, reader_of(request), 0, PAGE) if similar.ranking else [],
        "window": window,
        "windows": WINDOW_NAMES,
        "speaking": min(collection.size, EXAMPLES),
    }
    return render(request, "feeds/saved_more.html", context)


@login_required
@form_page
def share(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the public link, if there is one.

    Create it (`shared=1`) or revoke it (`shared=0`).
    """
    collection = _find_or_404(request, public_id)
    if request.method == "POST":
        value = request.POST.get("shared", "")
        if value == "1":
            collections.share(collection)
        elif value == "0":
            collections.revoke(collection)
            messages.success(request, "Link revoked. It no longer works.")
        else:
            return HttpResponse("shared must be 0 or 1", status=400, content_type="text/plain")
        return redirect("collection-share", public_id)
    link = request.build_absolute_uri(reverse("shared", args=[collection.link])) if collection.link else ""
    return render(request, "feeds/saved_share.html", {"collection": collection, "link": link})


@require_safe
def shared(request: HttpRequest, link: str) -> HttpResponse:
    """The name, note and papers of a shared collection.

    Neither the notes on papers nor the name of its reader.
    """
    try:
        collection = collections.find_shared(link)
    except Collection.DoesNotExist:
        raise Http404("this link does not exist or was revoked") from None
    reader = reader_or_none(request)
    page = Paginator(saved_in(collection).values_list("paper", flat=True), PAGE).get_page(request.GET.get("page"))
    pks = list(page.object_list)
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    own_votes, saved = votes_of(reader, pks), saved_pks(reader, pks)
    rows = [Entry(0, papers[pk], None, (), own_votes.get(pk, 0), is_saved=pk in saved) for pk in pks]
    response = render(request, "feeds/saved_shared.html", {"collection": collection, "page": page, "entries": rows})
    response["X-Robots-Tag"] = "noindex"
    return response


def _find_or_404(request: HttpRequest, public_id: str) -> Collection:
    try:
        return collections.find(reader_of(request), public_id)
    except Collection.DoesNotExist as error:
        raise Http404(str(error)) from None


def _save(form: CollectionForm, save: Callable[[str, str], Collection]) -> Collection | None:
    """Save the collection of a form.

    Returns None, with the errors in the form, if it is not valid.
    """
    if not form.is_valid():
        return None
    try:
        return save(form.cleaned_data["name"], form.cleaned_data["note"])
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _redirect_back(request: HttpRequest, collection: Collection) -> HttpResponse:
    """Redirect to the collection's page.

    Sort and search of `next` are kept if that is the same page.
    """
    url = request.POST.get("next", "")
    is_same_page = url.partition("?")[0] == collection.get_absolute_url()
    return redirect(url if is_same_page else collection)
