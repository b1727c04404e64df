"""Whose papers the first ten places show: by category, by first-time authors, by popularity, and how unevenly."""

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
SHARES_TOLD = 25  # categories that are named, the most exposed first
OTHERS = "others"


@dataclass(frozen=True)
class OfferedPapers:
    """The papers of the days looked at, a row each: how often, and to which readers, a first place showed them."""

    pks: Sequence[int]
    categories: Sequence[str]
    is_by_newcomers: WideArray
    popularity: WideArray
    shown: WideArray
    readers: Sequence[set[int]]


def exposure(since: date, until: date) -> dict[str, Any]:
    """The report on papers announced on these days and shown on any surface; aggregates of `FEWEST` readers or more.

    Every part sets what papers got of the exposure (impressions in the first ten places) beside what they are of the
    papers on offer.
    """
    offered = _offered(since, until)
    seen = set().union(*offered.readers) if offered.readers else set()
    head = {"since": str(since), "until": str(until), "places": FIRST_PLACES, "papers": len(offered.pks)}
    if len(seen) < FEWEST:
        return head | {"note": f"Fewer than {FEWEST} readers were shown papers of these days."}
    return head | {
        "note": "",
        "readers": len(seen),
        "impressions": int(offered.shown.sum()),
        "categories": _by_category(offered),
        "first_time_authors": _by_newcomers(offered),
        "popularity_tenths": _by_popularity(offered),
        "gini_of_exposure": round(gini(offered.shown), 4),
        "gini_of_popularity": round(gini(np.maximum(offered.popularity, 0)), 4),
    }


def _offered(since: date, until: date) -> OfferedPapers:
    found = Paper.objects.offered().filter(day__range=(since, until)).with_popularity().order_by("pk")
    rows = list(found.values_list("pk", "categories", "authors", "day", "popularity"))
    shown, readers = _shown({row[0] for row in rows}, since)
    newcomers = _by_first_time_authors({pk: (authors, day) for pk, _, authors, day, _ in rows})
    return OfferedPapers(
        [row[0] for row in rows],
        [row[1][0] if row[1] else "none" for row in rows],
        np.array([row[0] in newcomers for row in rows], dtype=np.float64),
        np.array([row[4] for row in rows], dtype=np.float64),
        np.array([shown[row[0]] for row in rows], dtype=np.float64),
        [readers.get(row[0], set()) for row in rows],
    )


def _shown(pks: set[int], since: date) -> tuple[Counter[int], dict[int, set[int]]]:
    """How often each paper was in a first place, and for whom."""
    rows = Impression.objects.filter(
        position__lte=FIRST_PLACES, at__gte=midnight(since), reader__gives_evidence=True
    ).order_by()
    shown: Counter[int] = Counter()
    readers: dict[int, set[int]] = {}
    for paper, reader, times in rows.values_list("paper", "reader").annotate(Count("pk")).iterator():
        if paper in pks:
            shown[paper] += times
            readers.setdefault(paper, set()).add(reader)
    return shown, readers


def _by_first_time_authors(papers: Mapping[int, tuple[Sequence[str], date]]) -> set[int]:
    """Papers none of whose authors is on a paper of an earlier day; a name is one person, in any capitals."""
    wanted = {name.casefold() for authors, _ in papers.values() for name in authors}
    first: dict[str, date] = {}
    earlier = Paper.objects.order_by().values_list("day", "authors")
    for day, authors in earlier.iterator(chunk_size=5000):
        for name in wanted.intersection(map(str.casefold, authors)):
            first[name] = min(day, first.get(name, day))
    return {
        pk
        for pk, (authors, day) in papers.items()
        if authors and all(first.get(name.casefold(), day) >= day for name in authors)
    }


def _by_category(offered: OfferedPapers) -> list[dict[str, Any]]:
    """Primary categories, the most exposed first; those that few readers were shown are counted together."""
    rows: dict[str, list[int]] = {}
    for row, category in enumerate(offered.categories):
        rows.setdefault(category, []).append(row)
    ordered = sorted(rows, key=lambda category: (-offered.shown[rows[category]].sum(), category))
    named = [category for category in ordered if len(_readers(offered, rows[category])) >= FEWEST][:SHARES_TOLD]
    left = [row for category in ordered if category not in named for row in rows[category]]
    groups = [(category, rows[category]) for category in named] + ([(OTHERS, left)] if left else [])
    return [{"category": category, **_shares(offered, some)} for category, some in groups]


def _by_newcomers(offered: OfferedPapers) -> dict[str, Any]:
    return _shares(offered, np.flatnonzero(offered.is_by_newcomers).tolist())


def _by_popularity(offered: OfferedPapers) -> list[dict[str, Any]]:
    """Tenths of the papers, the least popular first, by net votes here and up-votes at the source."""
    found = tenths(offered.popularity, offered.shown)
    return [{"tenth": number, "of_exposure": round(share, 4)} for number, share in enumerate(found.tolist(), start=1)]


def _shares(offered: OfferedPapers, rows: Sequence[int]) -> dict[str, Any]:
    """What these papers are of those on offer, and what they got; None where fewer than `FEWEST` readers saw them."""
    of_papers = round(len(rows) / len(offered.pks), 4)
    if len(_readers(offered, rows)) < FEWEST:
        return {"of_papers": of_papers, "of_exposure": None}
    return {"of_papers": of_papers, "of_exposure": round(float(offered.shown[rows].sum() / offered.shown.sum()), 4)}


def _readers(offered: OfferedPapers, rows: Iterable[int]) -> set[int]:
    return set().union(*(offered.readers[row] for row in rows))
