"""Papers like a given one, by their texts as the model that serves knows them."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .engine.nearest import nearest
from .models import Paper
from .serving import model_cache
from .serving.model_cache import Unavailable
from .tastes import rows_of_papers

SHOWN = 6
SPARE = 30  # looked at beyond those that are wanted, for papers that have left or were withdrawn


@dataclass(frozen=True)
class Similar:
    """Papers, the nearest first; `note` says why there is none."""

    papers: list[Paper]
    note: str = ""


@dataclass(frozen=True)
class Near:
    """Primary keys of papers with their cosines, from 0 to 1, the nearest first; `note` says why there is none."""

    cosines: dict[int, float]
    note: str = ""


def similar_to(paper: Paper) -> Similar:
    """The `SHOWN` papers nearest to this one among those that the model was trained with."""
    near = near_to(paper, SHOWN)
    papers = Paper.objects.in_bulk(near.cosines)
    return Similar([papers[pk] for pk in near.cosines if pk in papers], near.note)


def near_to(paper: Paper, count: int, since: date | None = None) -> Near:
    """The `count` papers nearest to this one, of those that the model was trained with and that are offered now.

    since  of those only the ones announced on this day or later
    """
    served = model_cache.current()
    if isinstance(served, Unavailable):
        return Near({}, served.reason)
    row = rows_of_papers(served.model, np.array([paper.pk], dtype=np.int64))
    rows, cosines = nearest(served.model, row, len(served.model.paper_ids) if since else count + SPARE)
    pks = served.model.paper_ids[rows].tolist()
    offered = Paper.objects.offered()
    offered = offered.filter(day__gte=since) if since else offered.filter(pk__in=pks)
    allowed = set(offered.values_list("pk", flat=True)) - {paper.pk}
    found = [(pk, cosine) for pk, cosine in zip(pks, cosines.tolist(), strict=True) if pk in allowed][:count]
    return Near(dict(found), "" if found else _why_none(near_any=bool(set(pks) - {paper.pk}), since=since))


def _why_none(*, near_any: bool, since: date | None) -> str:
    if near_any and since:
        return f"No paper near to this one was announced on {since} or later."
    return "The model knows no paper with words of this one."
