"""Find papers by the ids that Semantic Scholar's clients send.

These are `ARXIV:`, `DOI:`, `URL:` and our own ids.
"""

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
MOST_IN_ERROR = 10  # unknown ids that an error lists
LONGEST = 300  # characters of an id


def find_papers(names: Sequence[str]) -> list[int]:
    """Return the primary keys of the papers, each once.

    Takes two queries. Raises NotFound if a paper is not in the catalogue.
    """
    identities = {name: _identify(name) for name in names}
    public_ids = {public_id for public_id, _ in identities.values() if public_id}
    by_id = dict(Paper.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
    dois = {doi for public_id, doi in identities.values() if doi and public_id not in by_id}
    with_doi = Paper.objects.annotate(lower=Lower("doi")).filter(lower__in=dois)
    by_doi = dict(with_doi.order_by("day", "pk").values_list("lower", "pk"))  # the newest paper of a DOI wins
    pks = {name: by_id.get(public_id or "") or by_doi.get(doi or "") for name, (public_id, doi) in identities.items()}
    if missing := [name for name, pk in pks.items() if pk is None]:
        listed = ", ".join(name[:80] for name in missing[:MOST_IN_ERROR])
        raise NotFound(f"Paper not found: {listed}; send ids as ARXIV:, DOI:, URL: or an id of this site")
    return list(dict.fromkeys(pk for pk in pks.values() if pk is not None))


def _identify(name: str) -> tuple[str | None, str | None]:
    """Return the public id and the lower-case DOI of a name.

    Either may be None.
    """
    match = NAMESPACED.fullmatch(name.strip())
    if match is None:
        return canonical(name), None
    kind, rest = match["kind"].lower(), match["name"].strip()
    if kind == "arxiv":
        return arxiv_id(rest), None
    public_id = arxiv_id_in_link(f"doi:{rest}" if kind == "doi" else rest) or _id_of_own_page(rest)
    doi = DOI.fullmatch(rest)
    return public_id, doi["doi"].lower() if doi and doi["doi"].isprintable() else None


def _id_of_own_page(url: str) -> str | None:
    """The paper id in the URL of a paper's page on this site."""
    try:
        match = resolve(urlsplit(url).path or "/")
    except (Resolver404, ValueError):
        return None
    return match.kwargs["public_id"] if match.url_name == "paper" else None
