"""Papers by the names that Semantic Scholar's clients give them: `ARXIV:`, `DOI:`, `URL:` and our own ids."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db.models.functions import Lower
from django.urls import Resolver404, resolve
from rest_framework.exceptions import NotFound

from recommender.models import Paper
from recommender.paper_ids import arxiv_id, arxiv_id_in_link, canonical

NAMESPACED = re.compile(r"(?P<kind>arxiv|doi|url):(?P<name>.+)", re.IGNORECASE | re.DOTALL)
DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/)?(?P<doi>10\.\d{4,9}/\S+)", re.IGNORECASE | re.ASCII)
NAMED = 10  # unknown ids that an error lists
LONGEST = 300  # characters of an id


def find_papers(names: Sequence[str]) -> list[int]:
    """Primary keys of the papers, each once, by three queries; raises NotFound where one is not here."""
    ids, dois = {name: _public_id(name) for name in names}, {name: _doi(name) for name in names}
    by_id = dict(Paper.objects.filter(public_id__in={*ids.values()} - {None}).values_list("public_id", "pk"))
    asked = {doi for name, doi in dois.items() if doi and ids[name] not in by_id}
    by_doi = _by_doi(asked)
    found = {name: by_id.get(ids[name] or "") or by_doi.get(dois[name] or "") for name in names}
    missing = [name for name, pk in found.items() if pk is None]
    if missing:
        shown = ", ".join(name[:80] for name in missing[:NAMED])
        raise NotFound(f"Paper not found: {shown}; ids are ARXIV:, DOI:, URL: or this site's own")
    return list(dict.fromkeys(pk for pk in found.values() if pk is not None))


def _by_doi(dois: set[str]) -> dict[str, int]:
    """The newest paper of each of these DOIs, by the DOI in lower case, in which all spellings are one."""
    if not dois:
        return {}
    papers = Paper.objects.annotate(lower=Lower("doi")).filter(lower__in=dois)
    return dict(papers.order_by("day", "pk").values_list("lower", "pk"))


def _public_id(name: str) -> str | None:
    """The public id that a name means, if it means one."""
    found = NAMESPACED.fullmatch(name.strip())
    if found is None:
        return canonical(name)
    kind, rest = found["kind"].lower(), found["name"].strip()
    if kind == "arxiv":
        return arxiv_id(rest)
    return arxiv_id_in_link(f"doi:{rest}" if kind == "doi" else rest) or _in_own_address(rest)


def _in_own_address(url: str) -> str | None:
    """The id in the address of a paper's page on this site."""
    try:
        match = resolve(urlsplit(url).path or "/")
    except (Resolver404, ValueError):
        return None
    return match.kwargs["public_id"] if match.url_name == "paper" else None


def _doi(name: str) -> str | None:
    """The DOI that a name is or holds, in lower case."""
    found = NAMESPACED.fullmatch(name.strip())
    if found is None or found["kind"].lower() == "arxiv":
        return None
    doi = DOI.fullmatch(found["name"].strip())
    return doi["doi"].lower() if doi and doi["doi"].isprintable() else None
