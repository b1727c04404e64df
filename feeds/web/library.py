"""The pages on which a reader brings a library: paste or upload, look at what was found, keep it as votes or saved."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from feeds.http.authentication import reader_of
from feeds.transfer.import_library import Found, look_through
from feeds.transfer.library import LARGEST, MOST, read
from recommender import collections, votes
from recommender.collections import collections_of
from recommender.models import Collection, Paper, Vote
from recommender.paper_ids import canonical
from recommender.textfiles import BrokenStream, WrongFile

VOTES = "votes"  # the use that is no collection


class LibraryForm(forms.Form):
    """A library, pasted or as a file, and what it is to be used for."""

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
        saved = [(found.public_id, f"Save them to “{found}”") for found in collections_of(reader)]
        self.fields["use"].choices = [(VOTES, "Thumbs up for each paper"), *saved]  # type: ignore[attr-defined]

    def clean_file(self) -> str:
        """The text of the file; bytes that are not UTF-8 become surrogates, and their entries are rejected by name."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return ""
        if (file.size or 0) > LARGEST:
            raise ValidationError(f"“{file.name}” has {file.size:,} bytes; at most {LARGEST:,} are read at once")
        return file.read().decode("utf-8", "surrogateescape")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        brought = [text for text in (data.get("text"), data.get("file")) if text and text.strip()]
        if len(brought) != 1 and not self.errors:
            wanted = "Paste text or choose a file." if not brought else "Paste text or choose a file, not both."
            raise ValidationError(wanted)
        return data | {"library": brought[0] if brought else ""}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest) -> HttpResponse:
    """Paste or upload; the answer says what was found and asks whether to keep it."""
    reader = reader_of(request)
    form = LibraryForm(reader, initial={"use": request.GET.get("into", VOTES)})
    if request.method == "POST":
        form = LibraryForm(reader, request.POST, request.FILES)
    if form.is_valid() and (brought := _brought(reader, form)):
        use = form.cleaned_data["use"]
        target = None if use == VOTES else collections.find(reader, use)
        return render(request, "feeds/library_found.html", {"brought": brought, "use": use, "target": target})
    return render(request, "feeds/library.html", {"form": form})


@login_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Make votes of the papers that were found, or save them; those that were left out stay out."""
    without = set(request.POST.getlist("without"))
    wanted = [canonical(name) for name in request.POST.get("papers", "").split()[:MOST] if name not in without]
    papers = list(Paper.objects.filter(public_id__in=filter(None, wanted)))
    use = request.POST.get("use", "")
    if not papers:
        messages.error(request, "All papers were left out.")
        return redirect("library")
    return _vote(request, papers) if use == VOTES else _save(request, use, papers)


def _brought(reader: User, form: LibraryForm) -> Found | None:
    """What was found; None, with the error in the form, where there is nothing to find."""
    try:
        rows = read(form.cleaned_data["library"])
    except (WrongFile, BrokenStream) as error:
        form.add_error(None, f"The import could not be read: {error}.")
        return None
    return look_through(reader, rows, timezone.now(), may_ask=True)


def _vote(request: HttpRequest, papers: list[Paper]) -> HttpResponse:
    new = votes.cast_new(reader_of(request), papers, Vote.Value.UP)
    before = len(papers) - new
    words = f"{_papers(new)} voted up. Your ranking is updated."
    messages.success(request, f"{words} {_papers(before)} already had your vote, which was kept." if before else words)
    return redirect("today")


def _save(request: HttpRequest, use: str, papers: list[Paper]) -> HttpResponse:
    try:
        target = collections.find(reader_of(request), use)
        new = collections.save(target, papers)
    except Collection.DoesNotExist as error:
        raise Http404(str(error)) from None
    except ValidationError as error:
        messages.error(request, f"Nothing was saved: {error.messages[0]}.")
        return redirect("library")
    before = len(papers) - new
    words = f"{_papers(new)} saved to “{target}”."
    messages.success(
        request, f"{words} {_papers(before)} {'was' if before == 1 else 'were'} already there." if before else words
    )
    return redirect(target)


def _papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"
