"""Search papers; the page and the API call this one function."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from django.db import connection

from accounts.models import User
from recommender.models import Paper
from recommender.ranking.similar import sort_for_reader

from . import postgres, sqlite
from .query import Query

REACH = 1000  # papers of one search that can be listed
SORTS = ("relevance", "date", "mine")
_INDEXES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}


@dataclass(frozen=True)
class SearchResult:
    """The papers of a search in order, at most `REACH`.

    more     whether more papers match
    sort     the order of the papers; differs from the requested one where that was not possible
    notices  sentences for the reader about the search
    """

    pks: Sequence[int]
    more: bool
    sort: str
    notices: tuple[str, ...] = ()


def search(query: Query, sort: str = "relevance", reader: User | None = None) -> SearchResult:
    """The papers that match, those whose ids are in the query first.

    sort  "relevance": papers with all the words in the title, then the others, both by the weight of the words in
          them, then newest first; where more than `REACH` match, only the newest `REACH` of each are ranked.
          "date": newest first. "mine": the papers of "relevance" by the reader's own scores

    Every query has a result. Raises ValueError for an unknown sort.
    """
    if sort not in SORTS:
        raise ValueError(f"a search is sorted by {', '.join(SORTS)}; got {sort!r}")
    notices = list(query.notices)
    by_id = dict(Paper.objects.filter(public_id__in=query.ids).values_list("public_id", "pk")) if query.ids else {}
    notices += [f"{paper_id} is not in the catalogue." for paper_id in query.ids if paper_id not in by_id]
    if query.is_empty:
        return SearchResult([], False, sort, (*notices, "Enter a word, name, date or id to search for."))

    first = [by_id[paper_id] for paper_id in query.ids if paper_id in by_id]
    matches = _matches(query, sort) if query.terms or query.since or query.until else []
    pks = list(dict.fromkeys([*first, *matches]))
    more, pks = len(pks) > REACH, pks[:REACH]
    if sort == "mine":
        order, why_not = sort_for_reader(reader, pks[len(first) :])
        if why_not:
            sort = "relevance"
            notices.append(f"{why_not} Sorted by relevance instead.")
        else:
            pks = [*pks[: len(first)], *order]
    return SearchResult(pks, more, sort, tuple(notices))


def _matches(query: Query, sort: str) -> list[int]:
    """The papers that match in order.

    More than `REACH` where there are more.
    """
    index = _INDEXES[connection.vendor]
    if sort == "date" or not query.has_words:
        return list(index.newest(query, REACH + 1))
    in_title = index.ranked(query.in_title, REACH + 1) if query.in_title else []
    if len(in_title) > REACH:
        return list(in_title)
    return list(dict.fromkeys([*in_title, *index.ranked(query, REACH + 1)]))
