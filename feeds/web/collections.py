"""Pages of the reading list and collections, also shared ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from feeds.entries import Entry, entries, votes_of, with_provenance
from feeds.http.authentication import reader_of
from feeds.transfer.export_collection import FORMATS, exported
from recommender import collections
from recommender.collections import NAME_LENGTH, NOTE_LENGTH, collections_of, saved_in, saved_pks
from recommender.models import Collection, Paper, Saved
from recommender.paper_ids import canonical
from recommender.ranking.collections import SORTS, SPEAKING, WINDOWS, arranged, more_like

PAGE = 50
SHORT = 10  # papers among which nobody needs to search
SORT_NAMES = {"added": "Recently added", "day": "Newest papers", "mine": "For you"}
WINDOW_NAMES = {"day": "Newest day", "week": "Last seven days"}
form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Row:
    """One paper of a collection, as the page shows it."""

    saved: Saved
    entry: Entry


class CollectionForm(forms.Form):
    """The name and the note of a collection; what else is wrong with them, `collecting` says."""

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
def one(request: HttpRequest, public_id: str = Collection.READING_LIST) -> HttpResponse:
    """What is in one collection; without an id, in the reading list."""
    collection = _mine(request, public_id)
    sort = request.GET.get("sort", "added")
    words = request.GET.get("q", "").strip()[:200]
    order = arranged(collection, words, sort if sort in SORTS else "added")
    page = Paginator(order.saved_pks, PAGE).get_page(request.GET.get("page"))
    context = {
        "collection": collection,
        "collections": collections_of(reader_of(request)),
        "rows": _rows(reader_of(request), page),
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
    """A new collection; with `paper`, one that begins with it."""
    form = CollectionForm(request.POST or None)
    named = request.POST.get("paper") or request.GET.get("paper")
    first = get_object_or_404(Paper, public_id=canonical(named) or "") if named else None
    made = _tried(form, lambda data: collections.create(reader_of(request), **data))
    if made is None:
        return render(request, "feeds/saved_form.html", {"form": form, "paper": first})
    collections.save(made, [first] if first else [])
    return redirect(made)


@login_required
@form_page
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another name and note; the reading list has its note alone to change."""
    collection = _mine(request, public_id)
    kept = {"name": collection.name, "note": collection.note}
    data = {**request.POST.dict(), "name": collection.name} if collection.is_reading_list else request.POST
    form = CollectionForm(data if request.method == "POST" else None, initial=kept)
    if collection.is_reading_list:
        form.fields["name"].disabled = True
        form.fields["name"].help_text = "The reading list cannot be renamed."
    changed = _tried(form, lambda data: collections.change(collection, **data))
    if changed is not None:
        return redirect(changed)
    return render(request, "feeds/saved_form.html", {"form": form, "collection": collection})


@login_required
@form_page
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks first; the papers stay in the catalogue."""
    collection = _mine(request, public_id)
    if collection.is_reading_list:
        raise Http404("the reading list cannot be deleted")
    if request.method == "POST":
        collections.delete(collection)
        messages.success(request, f"Collection “{collection}” deleted.")
        return redirect("saved")
    return render(request, "feeds/saved_delete.html", {"collection": collection})


@login_required
@require_POST
def act(request: HttpRequest, public_id: str) -> HttpResponse:
    """Remove the papers that are ticked, or the one whose button was pressed, or move or copy them elsewhere."""
    collection = _mine(request, public_id)
    one_alone = request.POST.get("remove")
    named = [one_alone] if one_alone else request.POST.getlist("papers")
    papers = list(Paper.objects.filter(public_id__in=filter(None, map(canonical, named[:PAGE]))))
    action = "remove" if one_alone else request.POST.get("action", "")
    if not papers:
        messages.error(request, "No papers selected. Select papers first.")
    elif action == "remove":
        count = collections.remove(collection, [paper.pk for paper in papers])
        messages.success(request, f"{_papers(count)} removed from “{collection}”.")
    elif action in ("move", "copy"):
        _put_elsewhere(request, collection, papers, is_move=action == "move")
    else:
        return HttpResponse("action must be remove, move or copy", status=400, content_type="text/plain")
    return redirect(request.POST["next"] if _is_of(collection, request.POST.get("next", "")) else collection)


@login_required
@require_POST
def note(request: HttpRequest, public_id: str, paper_id: str) -> HttpResponse:
    """What the reader notes on a paper of the collection; an empty text takes the note away."""
    collection = _mine(request, public_id)
    paper = get_object_or_404(Paper, public_id=paper_id)
    try:
        collections.write_note(collection, paper, request.POST.get("note", ""))
    except Saved.DoesNotExist:
        raise Http404(f"{paper_id} is not in this collection") from None
    except ValidationError as error:
        messages.error(request, f"Your note was not saved: {error.messages[0]}.")
    else:
        messages.success(request, "Note saved.")
    return redirect(request.POST["next"] if _is_of(collection, request.POST.get("next", "")) else collection)


@login_required
@require_safe
def export(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    collection = _mine(request, public_id)
    if form not in FORMATS:
        raise Http404(f"{form!r} is no form of export; there are {', '.join(FORMATS)}")
    return exported(collection, form)


@login_required
@require_safe
def more(request: HttpRequest, public_id: str) -> HttpResponse:
    """New papers that are most like those of the collection, and which of them each is like."""
    collection = _mine(request, public_id)
    window = request.GET.get("window", "week")
    window = window if window in WINDOWS else "week"
    found = more_like(collection, window, timezone.now().date())
    context = {
        "collection": collection,
        "ranking": found.ranking,
        "reason": found.reason,
        "entries": entries(found.ranking, reader_of(request), 0, PAGE) if found.ranking else [],
        "window": window,
        "windows": WINDOW_NAMES,
        "speaking": min(collection.size, SPEAKING),
    }
    return render(request, "feeds/saved_more.html", context)


def _mine(request: HttpRequest, public_id: str) -> Collection:
    try:
        return collections.find(reader_of(request), public_id)
    except Collection.DoesNotExist as error:
        raise Http404(str(error)) from None


def _rows(reader: User, page: Page[int]) -> list[Row]:
    """The page's papers with public and own votes: a fixed number of queries."""
    saved = Saved.objects.in_bulk(list(page.object_list))
    pks = [one.paper_id for one in saved.values()]
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    mine = votes_of(reader, pks)
    return [
        Row(saved[pk], Entry(0, papers[saved[pk].paper_id], None, (), mine.get(saved[pk].paper_id, 0)))
        for pk in page.object_list
        if pk in saved
    ]


def _tried(form: forms.Form, work: Any) -> Collection | None:
    """What the work on the form's data gives; None, with the error beside its field, where it cannot be done."""
    if not form.is_valid():
        return None
    try:
        found: Collection = work(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    return found


def _put_elsewhere(request: HttpRequest, source: Collection, papers: Sequence[Paper], *, is_move: bool) -> None:
    target = _mine(request, request.POST.get("to", ""))
    try:
        if is_move:
            count = collections.move(source, target, [paper.pk for paper in papers])
        else:
            count = collections.save(target, papers)
    except ValidationError as error:
        messages.error(request, f"Nothing was changed: {error.messages[0]}.")
        return
    messages.success(request, f"{_papers(count)} {'moved' if is_move else 'copied'} to “{target}”.")


def _is_of(collection: Collection, address: str) -> bool:
    """Whether this is the collection's own page, with whatever sort and search."""
    return address.partition("?")[0] == collection.get_absolute_url()


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"


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
            messages.success(request, "Link revoked. It no longer works.")
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
