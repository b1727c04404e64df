"""A paper in Semantic Scholar's JSON, with the requested fields."""

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework.request import Request

from feeds.compat.base import published_at
from feeds.http.problems import Problem
from recommender.models import Paper

FIELDS_OF_STUDY = {
    "cs": "Computer Science", "math": "Mathematics", "stat": "Mathematics", "math-ph": "Physics", "astro-ph": "Physics",
    "cond-mat": "Physics", "gr-qc": "Physics", "hep-ex": "Physics", "hep-lat": "Physics", "hep-ph": "Physics",
    "hep-th": "Physics", "nlin": "Physics", "nucl-ex": "Physics", "nucl-th": "Physics", "physics": "Physics",
    "quant-ph": "Physics", "q-bio": "Biology", "q-fin": "Economics", "econ": "Economics", "eess": "Engineering",
}  # fmt: skip
DEFAULT_FIELDS = ("paperId", "title")
AUTHOR_FIELDS = (
    "authorId", "name", "externalIds", "url", "affiliations", "homepage", "paperCount", "citationCount", "hIndex"
)  # fmt: skip
DEFAULT_AUTHOR_FIELDS = ("authorId", "name")
ALWAYS_NULL = (
    "corpusId", "venue", "publicationVenue", "referenceCount", "citationCount", "influentialCitationCount",
    "publicationTypes", "citationStyles", "tldr", "embedding", "embedding.specter_v1", "embedding.specter_v2",
)  # fmt: skip


def fields_of(text: str) -> list[str]:
    """Parse a comma-separated list of fields.

    Raises Problem for one that Semantic Scholar does not have.
    """
    names = list(map(str.strip, text.split(","))) if text else DEFAULT_FIELDS
    fields = list(dict.fromkeys(["paperId", *names]))
    known = {*FIELDS, *ALWAYS_NULL, "authors", *(f"authors.{part}" for part in AUTHOR_FIELDS)}
    if unknown := [name for name in fields if name not in known]:
        listed = ", ".join(name[:40] for name in unknown[:10])
        raise Problem("fields", text, f"Unrecognized or unsupported fields: [{listed}]")
    return fields


def paper_json(paper: Paper, fields: Sequence[str], request: Request) -> dict[str, Any]:
    """Return the paper with these fields only.

    Authors only have names here.
    """
    document: dict[str, Any] = {name.partition(".")[0]: None for name in fields if name in ALWAYS_NULL}
    document |= {name: FIELDS[name](paper, request) for name in fields if name in FIELDS}
    parts = [name.removeprefix("authors.") for name in fields if name.startswith("authors.")]
    if parts or "authors" in fields:
        columns = ("authorId", *parts) if parts else DEFAULT_AUTHOR_FIELDS
        document["authors"] = [
            {column: name if column == "name" else None for column in columns} for name in paper.authors
        ]
    return document


def _external_ids(paper: Paper) -> dict[str, str]:
    ids = {"ArXiv": paper.public_id if paper.has_arxiv_id else "", "DOI": paper.doi}
    return {kind: value for kind, value in ids.items() if value}


def _fields_of_study(paper: Paper) -> list[str]:
    archives = (code.partition(".")[0] for code in paper.categories)
    return list(dict.fromkeys(FIELDS_OF_STUDY[archive] for archive in archives if archive in FIELDS_OF_STUDY))


def _open_pdf(paper: Paper) -> dict[str, str | None] | None:
    """The PDF of an arXiv paper, all of which are open.

    Null for other papers, about which nothing is known.
    """
    return {"url": paper.pdf_url, "status": "GREEN", "license": paper.license_url or None} if paper.pdf_url else None


FIELDS: dict[str, Callable[[Paper, Request], Any]] = {
    "paperId": lambda paper, _: paper.public_id,
    "externalIds": lambda paper, _: _external_ids(paper),
    "url": lambda paper, request: request.build_absolute_uri(paper.get_absolute_url()),
    "title": lambda paper, _: paper.title,
    "abstract": lambda paper, _: paper.abstract or None,
    "year": lambda paper, _: published_at(paper).year,
    "publicationDate": lambda paper, _: published_at(paper).date().isoformat(),
    "journal": lambda paper, _: {"name": paper.journal_ref} if paper.journal_ref else None,
    "fieldsOfStudy": lambda paper, _: _fields_of_study(paper),
    "s2FieldsOfStudy": lambda paper, _: [
        {"category": field, "source": "external"} for field in _fields_of_study(paper)
    ],
    "isOpenAccess": lambda paper, _: True if paper.pdf_url else None,
    "openAccessPdf": lambda paper, _: _open_pdf(paper),
}
