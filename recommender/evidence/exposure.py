"""Exposure in the first ten places, and how uneven it is.

By category, first-time authors and popularity.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Count

from recommender.engine.rates import WideArray, gini, tenths
from recommender.models import Impression, Paper

from .rates import FEWEST, midnight

FIRST_PLACES = 10
NAMED_CATEGORIES = 25  # the most exposed ones; the rest is one row
OTHERS = "others"


@dataclass(frozen=True)
class OfferedPapers:
    """The papers of some days, with their impressions.

    How often and to which readers a first place showed each.

    pks              n primary keys
    categories       the primary category of each, "none" without one
    is_by_newcomers  (n,) float64, 1 where all authors are first-time authors
    popularity       (n,) float64, net votes here and up-votes at the source
    impressions      (n,) float64, impressions in the first places
    readers          for each paper the readers of these impressions
    """

    pks: Sequence[int]
    categories: Sequence[str]
    is_by_newcomers: WideArray
    popularity: WideArray
    impressions: WideArray
    readers: Sequence[set[int]]


def exposure(since: date, until: date) -> dict[str, Any]:
    """The report on papers announced on these days, over all surfaces.

    No figure covers fewer than `FEWEST` readers. Each part compares the papers' share of the exposure (impressions in
    the first ten places) with their share of the papers on offer.
    """
    offered = _offered_papers(since, until)
    readers = set().union(*offered.readers)
    head = {"since": str(since), "until": str(until), "places": FIRST_PLACES, "papers": len(offered.pks)}
    if len(readers) < FEWEST:
        return head | {"note": f"Fewer than {FEWEST} readers were shown papers of these days."}
    by_popularity = tenths(offered.popularity, offered.impressions).tolist()
    return head | {
        "note": "",
        "readers": len(readers),
        "impressions": int(offered.impressions.sum()),
        "categories": _by_category(offered),
        "first_time_authors": _shares(offered, np.flatnonzero(offered.is_by_newcomers).tolist()),
        "popularity_tenths": [  # the least popular first
            {"tenth": number, "of_exposure": round(share, 4)} for number, share in enumerate(by_popularity, start=1)
        ],
        "gini_of_exposure": round(gini(offered.impressions), 4),
        "gini_of_popularity": round(gini(np.maximum(offered.popularity, 0)), 4),
    }


def _offered_papers(since: date, until: date) -> OfferedPapers:
    """The papers announced on these days, with their impressions since then."""
    papers = Paper.objects.offered().filter(day__range=(since, until)).with_popularity().order_by("pk")
    rows = list(papers.values_list("pk", "categories", "authors", "day", "popularity"))
    pks = [row[0] for row in rows]
    counts: Counter[int] = Counter()
    readers: dict[int, set[int]] = {pk: set() for pk in pks}
    impressions = Impression.objects.filter(
        position__lte=FIRST_PLACES, at__gte=midnight(since), reader__gives_evidence=True
    ).order_by()
    for paper, reader, times in impressions.values_list("paper", "reader").annotate(Count("pk")).iterator():
        if paper in readers:
            counts[paper] += times
            readers[paper].add(reader)
    newcomers = _by_first_time_authors({pk: (authors, day) for pk, _, authors, day, _ in rows})
    return OfferedPapers(
        pks,
        [categories[0] if categories else "none" for _, categories, *_ in rows],
        np.array([pk in newcomers for pk in pks], dtype=np.float64),
        np.array([popularity for *_, popularity in rows], dtype=np.float64),
        np.array([counts[pk] for pk in pks], dtype=np.float64),
        [readers[pk] for pk in pks],
    )


def _by_first_time_authors(papers: Mapping[int, tuple[Sequence[str], date]]) -> set[int]:
    """Papers without an author on a paper of an earlier day.

    Names that differ only in case are one person.
    """
    authors_of_papers = {name.casefold() for authors, _ in papers.values() for name in authors}
    first_day: dict[str, date] = {}
    for day, authors in Paper.objects.order_by().values_list("day", "authors").iterator(chunk_size=5000):
        for name in authors_of_papers.intersection(map(str.casefold, authors)):
            first_day[name] = min(day, first_day.get(name, day))
    return {
        pk
        for pk, (authors, day) in papers.items()
        if authors and all(first_day.get(name.casefold(), day) >= day for name in authors)
    }


def _by_category(offered: OfferedPapers) -> list[dict[str, Any]]:
    """Primary categories, the most exposed first.

    Those shown to few readers are one row.
    """
    rows: dict[str, list[int]] = {}
    for row, category in enumerate(offered.categories):
        rows.setdefault(category, []).append(row)
    ordered = sorted(rows, key=lambda category: (-offered.impressions[rows[category]].sum(), category))
    listed = [category for category in ordered if len(_readers(offered, rows[category])) >= FEWEST][:NAMED_CATEGORIES]
    others = [row for category in ordered if category not in listed for row in rows[category]]
    groups = [(category, rows[category]) for category in listed] + ([(OTHERS, others)] if others else [])
    return [{"category": category, **_shares(offered, members)} for category, members in groups]


def _shares(offered: OfferedPapers, rows: Sequence[int]) -> dict[str, Any]:
    """These papers' shares of the papers on offer and of the exposure.

    Returns None where fewer than `FEWEST` saw them.
    """
    of_papers = round(len(rows) / len(offered.pks), 4)
    if len(_readers(offered, rows)) < FEWEST:
        return {"of_papers": of_papers, "of_exposure": None}
    return {
        "of_papers": of_papers,
        "of_exposure": round(float(offered.impressions[rows].sum() / offered.impressions.sum()), 4),
    }


def _readers(offered: OfferedPapers, rows: Iterable[int]) -> set[int]:
    """The readers who were shown any of these papers."""
    return set().union(*(offered.readers[row] for row in rows))
