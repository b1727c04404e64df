"""A paper in Semantic Scholar's fields: those asked for, null where it knows what nothing here does."""

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework.request import Request

from feeds.compat.base import published_at
from feeds.http.problems import Problem
from recommender.models import Paper

Read = Callable[[Paper, Request], Any]
FIELDS_OF_STUDY = {
    "cs": "Computer Science", "math": "Mathematics", "stat": "Mathematics", "math-ph": "Physics", "astro-ph": "Physics",
    "cond-mat": "Physics", "gr-qc": "Physics", "hep-ex": "Physics", "hep-lat": "Physics", "hep-ph": "Physics",
    "hep-th": "Physics", "nlin": "Physics", "nucl-ex": "Physics", "nucl-th": "Physics", "physics": "Physics",
    "quant-ph": "Physics", "q-bio": "Biology", "q-fin": "Economics", "econ": "Economics", "eess": "Engineering",
}  # fmt: skip
ALWAYS = ("paperId",)
UNASKED = ("paperId", "title")
OF_AUTHORS = (
    "authorId", "name", "externalIds", "url", "affiliations", "homepage", "paperCount", "citationCount", "hIndex"
)  # fmt: skip
UNASKED_OF_AUTHORS = ("authorId", "name")
UNKNOWN_HERE = (
    "corpusId", "venue", "publicationVenue", "referenceCount", "citationCount", "influentialCitationCount",
    "publicationTypes", "citationStyles", "tldr", "embedding", "embedding.specter_v1", "embedding.specter_v2",
)  # fmt: skip


def fields_of(text: str) -> list[str]:
    """The fields that a comma-separated list names; raises Problem for one that Semantic Scholar does not have."""
    asked = list(dict.fromkeys([*ALWAYS, *(map(str.strip, text.split(",")) if text else UNASKED)]))
    known = {*KNOWN_HERE, *UNKNOWN_HERE, "authors", *(f"authors.{part}" for part in OF_AUTHORS)}
    unknown = [name for name in asked if name not in known]
    if unknown:
        shown = ", ".join(name[:40] for name in unknown[:10])
        raise Problem("fields", text, f"Unrecognized or unsupported fields: [{shown}]")
    return asked


def paper_json(paper: Paper, fields: Sequence[str], request: Request) -> dict[str, Any]:
    """The paper with these fields and no others."""
    parts = [name.removeprefix("authors.") for name in fields if name.startswith("authors.")]
    found: dict[str, Any] = {name.partition(".")[0]: None for name in fields if name in UNKNOWN_HERE}
    found |= {name: KNOWN_HERE[name](paper, request) for name in fields if name in KNOWN_HERE}
    if parts or "authors" in fields:
        found["authors"] = [
            _author(name, ["authorId", *parts] if parts else UNASKED_OF_AUTHORS) for name in paper.authors
        ]
    return found


def _author(name: str, parts: Sequence[str]) -> dict[str, str | None]:
    """Authors have no ids here, nor anything but their names."""
    return {part: name if part == "name" else None for part in parts}


def _external_ids(paper: Paper, request: Request) -> dict[str, str]:
    found = {"ArXiv": paper.public_id if paper.has_arxiv_id else "", "DOI": paper.doi}
    return {kind: value for kind, value in found.items() if value}


def _fields_of_study(paper: Paper, request: Request) -> list[str]:
    archives = (code.partition(".")[0] for code in paper.categories)
    return list(dict.fromkeys(FIELDS_OF_STUDY[archive] for archive in archives if archive in FIELDS_OF_STUDY))


def _with_source(paper: Paper, request: Request) -> list[dict[str, str]]:
    return [{"category": field, "source": "external"} for field in _fields_of_study(paper, request)]


def _open_pdf(paper: Paper, request: Request) -> dict[str, str | None] | None:
    """Every paper of arXiv can be read; of others nothing is known here."""
    return {"url": paper.pdf_url, "status": "GREEN", "license": paper.license_url or None} if paper.pdf_url else None


def _url(paper: Paper, request: Request) -> str:
    return request.build_absolute_uri(paper.get_absolute_url())


KNOWN_HERE: dict[str, Read] = {
    "paperId": lambda paper, _: paper.public_id,
    "externalIds": _external_ids,
    "url": _url,
    "title": lambda paper, _: paper.title,
    "abstract": lambda paper, _: paper.abstract or None,
    "year": lambda paper, _: published_at(paper).year,
    "publicationDate": lambda paper, _: published_at(paper).date().isoformat(),
    "journal": lambda paper, _: {"name": paper.journal_ref} if paper.journal_ref else None,
    "fieldsOfStudy": _fields_of_study,
    "s2FieldsOfStudy": _with_source,
    "isOpenAccess": lambda paper, _: True if paper.pdf_url else None,
    "openAccessPdf": _open_pdf,
}
