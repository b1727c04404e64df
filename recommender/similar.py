"""Papers like a given one, by their texts as the model that serves knows them."""

from dataclasses import dataclass

import numpy as np

from . import serving
from .engine.nearest import nearest
from .models import Paper
from .serving import Unavailable
from .tastes import rows_of_papers

SHOWN = 6
SPARE = 30  # looked at beyond those, for papers that have left or were withdrawn


@dataclass(frozen=True)
class Similar:
    """Papers, the nearest first; `note` says why there is none."""

    papers: list[Paper]
    note: str = ""


def similar_to(paper: Paper) -> Similar:
    """The `SHOWN` papers nearest to this one among those that the model was trained with."""
    served = serving.current()
    if isinstance(served, Unavailable):
        return Similar([], served.reason)
    row = rows_of_papers(served.model, np.array([paper.pk], dtype=np.int64))
    rows, _ = nearest(served.model, row, SHOWN + SPARE)
    pks = [pk for pk in served.model.paper_ids[rows].tolist() if pk != paper.pk]
    papers = Paper.objects.offered().in_bulk(pks)
    found = [papers[pk] for pk in pks if pk in papers][:SHOWN]
    return Similar(found, "" if found else "The model knows no paper with words of this one.")
