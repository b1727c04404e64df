"""Pages to import a library.

Paste or upload it, review the papers found, and vote for or save them.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from feeds.http.authentication import reader_of
from feeds.transfer.import_library import match_library
from feeds.transfer.library import LARGEST, MOST, read
from recommender import collections, votes
from recommender.collections import collections_of
from recommender.models import Collection, Paper, VoteValue
from recommender.paper_ids import canonical
from recommender.textfiles import BrokenStream, WrongFile

VOTES = "votes"  # the choice of `use` that is not the id of a collection


class LibraryForm(forms.Form):
    """A library, as text or as a file, and what to use it for."""

    text = forms.CharField(
        required=False,
        label="Paste ids, links, BibTeX or RIS",
        help_text="arXiv ids such as 2607.21557 or hep-th/9901001, links to papers, or DOIs; one or more per line.",
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LARGEST, "spellcheck": "false", "autocapitalize": "none"}),
    )
    file = forms.FileField(
        required=False,
        label="Or choose a file",
        help_text=f"BibTeX, RIS or CSL-JSON, as exported by Zotero and others; at most 1 MB and {MOST:,} entries.",
        widget=forms.FileInput(attrs={"accept": ".bib,.bibtex,.ris,.json,.txt,text/plain"}),
    )
    use = forms.ChoiceField(label="Use", help_text="Thumbs up change your ranking at once; saving does not.")

    def __init__(self, reader: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saving = [(collection.public_id, f"Save to “{collection}”") for collection in collections_of(reader)]
        self.fields["use"].choices = [(VOTES, "Thumbs up for each paper"), *saving]  # type: ignore[attr-defined]

    def clean_file(self) -> str:
        """The text of the file.

        Bytes that are not UTF-8 become surrogates, and their entries are rejected by name.
        """
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return ""
        if (file.size or 0) > LARGEST:
            raise ValidationError(f"“{file.name}” has {file.size:,} bytes; at most {LARGEST:,} can be imported at once")
        return file.read().decode("utf-8", "surrogateescape")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        texts = [text for text in (data.get("text"), data.get("file")) if text and text.strip()]
        if not texts and not self.errors:
            raise ValidationError("Paste text or choose a file.")
        if len(texts) > 1 and not self.errors:
            raise ValidationError("Paste text or choose a file, not both.")
        return data | {"library": texts[0] if texts else ""}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest) -> HttpResponse:
    """Paste or upload a library.

    The response lists the papers found, before anything is saved.
    """
    reader = reader_of(request)
    form = LibraryForm(reader, initial={"use": request.GET.get("into", VOTES)})
    if request.method == "POST":
        form = LibraryForm(reader, request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "feeds/library.html", {"form": form})
    try:
        rows = read(form.cleaned_data["library"])
    except (WrongFile, BrokenStream) as error:
        form.add_error(None, f"The import could not be read: {error}.")
        return render(request, "feeds/library.html", {"form": form})
    result = match_library(reader, rows, timezone.now(), may_ask=True)
    use = form.cleaned_data["use"]
    target = None if use == VOTES else collections.find(reader, use)
    return render(request, "feeds/library_found.html", {"brought": result, "use": use, "target": target})


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Vote for or save the papers found, without those that the reader left out."""
    reader = reader_of(request)
    left_out = set(request.POST.getlist("without"))
    names = [name for name in request.POST.get("papers", "").split()[:MOST] if name not in left_out]
    papers = list(Paper.objects.filter(public_id__in=filter(None, map(canonical, names))))
    use = request.POST.get("use", "")
    if not papers:
        messages.error(request, "All papers were left out.")
        return redirect("library")

    if use == VOTES:
        new = votes.cast_new(reader, papers, VoteValue.UP)
        old = len(papers) - new
        message = f"{new:,} paper{pluralize(new)} voted up. Your ranking is updated."
        if old:
            message += f" {old:,} paper{pluralize(old)} already had your vote, which was kept."
        messages.success(request, message)
        return redirect("today")

    try:
        target = collections.find(reader, use)
        new = collections.save(target, papers)
    except Collection.DoesNotExist as error:
        raise Http404(str(error)) from None
    except ValidationError as error:
        messages.error(request, f"Nothing was saved: {error.messages[0]}.")
        return redirect("library")
    old = len(papers) - new
    message = f"{new:,} paper{pluralize(new)} saved to “{target}”."
    if old:
        message += f" {old:,} paper{pluralize(old)} {pluralize(old, 'was,were')} already there."
    messages.success(request, message)
    return redirect(target)
