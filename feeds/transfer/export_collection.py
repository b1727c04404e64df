"""A collection as a file.

For reference managers and spreadsheets, as Markdown, and as JSON with everything.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify

from feeds import citations
from feeds.http.downloads import as_csv, download
from feeds.markdown import escaped, link
from recommender.collections import saved_in
from recommender.models import Collection, Saved

COLUMNS: dict[str, Callable[[Saved], Any]] = {
    "id": lambda saved: saved.paper.public_id,
    "title": lambda saved: saved.paper.title,
    "authors": lambda saved: saved.paper.authors,
    "abstract": lambda saved: saved.paper.abstract,
    "categories": lambda saved: saved.paper.categories,
    "day": lambda saved: saved.paper.day.isoformat(),
    "doi": lambda saved: saved.paper.doi,
    "journal_ref": lambda saved: saved.paper.journal_ref,
    "url": lambda saved: saved.paper.arxiv_url,
    "note": lambda saved: saved.note,
    "added_at": lambda saved: saved.added_at.isoformat(),
}


@dataclass(frozen=True)
class ExportFormat:
    """A file format, with its media type and writer.

    It also has a name for readers and a file extension.
    """

    label: str
    media_type: str
    ending: str
    write: Callable[[Collection, Sequence[Saved]], str]


def as_json(collection: Collection, saved: Sequence[Saved]) -> str:
    """The collection's name and note, and its papers with all columns."""
    whole = {"name": collection.name, "note": collection.note, "papers": _rows(saved)}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def as_table(collection: Collection, saved: Sequence[Saved]) -> str:
    """A CSV line for each paper.

    Items of a list are separated by semicolons.
    """
    return as_csv(list(COLUMNS), _rows(saved))


def _rows(saved: Sequence[Saved]) -> list[dict[str, Any]]:
    return [{name: value_of(one) for name, value_of in COLUMNS.items()} for one in saved]


def as_markdown(collection: Collection, saved: Sequence[Saved]) -> str:
    """The collection as Markdown.

    Name and note, then a list item for each paper with its note.
    """
    lines = [f"# {escaped(collection.name)}", ""]
    if collection.note:
        lines += [*[escaped(line) for line in collection.note.splitlines()], ""]
    for one in saved:
        paper = one.paper
        byline = f"{escaped(', '.join(paper.authors))} ({paper.day})".strip()
        lines += [f"- {link(escaped(paper.title), citations.address(paper))}  ", f"  {byline}"]
        if one.note:
            lines += ["", *[f"  > {escaped(line)}".rstrip() for line in one.note.splitlines()], ""]
    return "\n".join(lines) + "\n"


FORMATS = {
    "bib": ExportFormat(
        "BibTeX", "application/x-bibtex", "bib", lambda _, saved: citations.bibtex_file(one.paper for one in saved)
    ),
    "ris": ExportFormat(
        "RIS",
        "application/x-research-info-systems",
        "ris",
        lambda _, saved: citations.ris_file(one.paper for one in saved),
    ),
    "csl": ExportFormat(
        "CSL-JSON",
        "application/vnd.citationstyles.csl+json",
        "csl.json",
        lambda _, saved: citations.csl_file(one.paper for one in saved),
    ),
    "json": ExportFormat("JSON", "application/json", "json", as_json),
    "csv": ExportFormat("CSV", "text/csv", "csv", as_table),
    "md": ExportFormat("Markdown", "text/markdown", "md", as_markdown),
}


def export_collection(collection: Collection, form: str) -> HttpResponse:
    """The whole collection as a download, newest addition first.

    Raises KeyError for an unknown form.
    """
    file_format = FORMATS[form]
    saved = list(saved_in(collection).select_related("paper"))
    name = f"{slugify(collection.name) or 'collection'}.{file_format.ending}"
    return download(file_format.write(collection, saved), file_format.media_type, name)
