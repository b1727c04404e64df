"""A collection as a file: for reference managers, for spreadsheets, and JSON with everything."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify

from feeds import citations
from feeds.http.downloads import as_csv, download
from feeds.markdown import escaped, link
from recommender.collections import saved_in
from recommender.models import Collection, Paper, Saved


@dataclass(frozen=True)
class ExportFormat:
    """One form of the file: what readers call it, its media type, the ending of its name, and who writes it."""

    label: str
    media_type: str
    ending: str
    write: Callable[[Collection, Sequence[Saved]], str]


def export_collection(collection: Collection, form: str) -> HttpResponse:
    """The whole collection for download, the newest addition first; raises KeyError for an unknown form."""
    found = FORMATS[form]
    saved = list(saved_in(collection).select_related("paper"))
    name = f"{slugify(collection.name) or 'collection'}.{found.ending}"
    return download(found.write(collection, saved), found.media_type, name)


def as_json(collection: Collection, saved: Sequence[Saved]) -> str:
    """The collection's name and note, and of each paper what is known and noted."""
    whole = {"name": collection.name, "note": collection.note, "papers": [_row(one) for one in saved]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def as_table(collection: Collection, saved: Sequence[Saved]) -> str:
    """A line for each paper; lists have semicolons between."""
    return as_csv(list(_COLUMNS), (_row(one) for one in saved))


def as_markdown(collection: Collection, saved: Sequence[Saved]) -> str:
    """The collection's name and note, and a line for each paper with its note below."""
    said = [escaped(line) for line in collection.note.splitlines()]
    head = [f"# {escaped(collection.name)}", "", *([*said, ""] if said else [])]
    return "\n".join(head) + "\n" + "".join(_in_markdown(one) for one in saved)


def as_bibtex(collection: Collection, saved: Sequence[Saved]) -> str:
    return "\n".join(
        citations.bibtex(paper).replace(f"{{{citations.key(paper)},", f"{{{key},", 1) for paper, key in _keyed(saved)
    )


def as_ris(collection: Collection, saved: Sequence[Saved]) -> str:
    return "".join(
        citations.ris(paper).replace(f"ID  - {citations.key(paper)}\r\n", f"ID  - {key}\r\n", 1)
        for paper, key in _keyed(saved)
    )


def as_csl(collection: Collection, saved: Sequence[Saved]) -> str:
    items = [citations.csl(paper) | {"id": key} for paper, key in _keyed(saved)]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _keyed(saved: Sequence[Saved]) -> Iterator[tuple[Paper, str]]:
    """Each paper with its key in this file: of papers whose keys are equal the second gets `-2`, and so on."""
    met: Counter[str] = Counter()
    for one in saved:
        key = citations.key(one.paper)
        met[key] += 1
        yield one.paper, key if met[key] == 1 else f"{key}-{met[key]}"


_COLUMNS: dict[str, Callable[[Saved], Any]] = {
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

FORMATS = {
    "bib": ExportFormat("BibTeX", "application/x-bibtex", "bib", as_bibtex),
    "ris": ExportFormat("RIS", "application/x-research-info-systems", "ris", as_ris),
    "csl": ExportFormat("CSL-JSON", "application/vnd.citationstyles.csl+json", "csl.json", as_csl),
    "json": ExportFormat("JSON", "application/json", "json", as_json),
    "csv": ExportFormat("CSV", "text/csv", "csv", as_table),
    "md": ExportFormat("Markdown", "text/markdown", "md", as_markdown),
}


def _row(saved: Saved) -> dict[str, Any]:
    return {name: value_of(saved) for name, value_of in _COLUMNS.items()}


def _in_markdown(saved: Saved) -> str:
    paper = saved.paper
    who = escaped(", ".join(paper.authors))
    about = f"{link(escaped(paper.title), citations.address(paper))}  \n  {who} ({paper.day})".replace("  (", "(")
    note = [f"  > {escaped(line)}".rstrip() for line in saved.note.splitlines()]
    return "\n".join([f"- {about}", *(["", *note, ""] if note else [])]) + "\n"
