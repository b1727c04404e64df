"""The one function that searches papers; page and API call it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from django.db import connection

from accounts.models import User
from recommender.models import Paper
from recommender.ranking.similar import sort_for_reader

from . import postgres, sqlite
from .query import Query

REACH = 1000  # papers of one search that can be paged through
SORTS = ("relevance", "date", "mine")
_INDEXES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}


@dataclass(frozen=True)
class SearchResult:
    """Papers in order, at most `REACH`.

    more     whether still more papers match
    sort     the order that was made, which is not the one asked for where that could not be
    notices  what the reader should know of the search, in words
    """

    pks: Sequence[int]
    more: bool
    sort: str
    notices: tuple[str, ...] = ()


def search(query: Query, sort: str = "relevance", reader: User | None = None) -> SearchResult:
    """The papers that match, those named by their id first.

    sort  "relevance": papers with all the words in the title, then the others, both by how much of them the words
          are, then newest; where more than `REACH` match, the newest `REACH` of either kind are ranked.
          "date": newest first. "mine": those of "relevance" by the reader's own scores

    Every query is answered. Raises ValueError for an unknown sort.
    """
    if sort not in SORTS:
        raise ValueError(f"a search is sorted by {', '.join(SORTS)}; got {sort!r}")
    named, notices = _named(query.ids)
    query = replace(query, notices=(*query.notices, *notices))
    if query.is_empty:
        return SearchResult(
            [], False, sort, (*query.notices, "There is no word, name, date or id in it to search for.")
        )
    pks = _ordered(query, sort) if query.terms or query.since or query.until else []
    found = list(dict.fromkeys([*named, *pks]))
    kept = SearchResult(found[:REACH], len(found) > REACH, sort, query.notices)
    return _for(reader, kept, len(named)) if sort == "mine" else kept


def _ordered(query: Query, sort: str) -> list[int]:
    """Papers found, one more than `REACH` at least where there are more."""
    index = _INDEXES[connection.vendor]
    if sort == "date" or not query.says_words:
        return list(index.newest(query, REACH + 1))
    in_title = index.ranked(query.in_title, REACH + 1) if query.in_title else []
    if len(in_title) > REACH:
        return list(in_title)
    return list(dict.fromkeys([*in_title, *index.ranked(query, REACH + 1)]))


def _for(reader: User | None, found: SearchResult, named: int) -> SearchResult:
    """The same papers in the reader's own order, but those named by id; where there is none, as they are."""
    order, why_not = sort_for_reader(reader, found.pks[named:])
    if why_not:
        return replace(found, sort="relevance", notices=(*found.notices, f"{why_not} Sorted by relevance instead."))
    return replace(found, pks=[*found.pks[:named], *order])


def _named(ids: Iterable[str]) -> tuple[list[int], list[str]]:
    """The papers that have these ids, and a word on each id that none has."""
    wanted = list(ids)
    known = dict(Paper.objects.filter(public_id__in=wanted).values_list("public_id", "pk")) if wanted else {}
    missing = [f"{public_id} is not in the catalogue." for public_id in wanted if public_id not in known]
    return [known[public_id] for public_id in wanted if public_id in known], missing
