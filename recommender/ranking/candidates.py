"""The papers that a ranking chooses from, as rows of the model.

Those of recent days are cached.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np

from recommender.dataset import texts_of
from recommender.engine.data import IdArray
from recommender.engine.model import Model
from recommender.engine.rows import Rows, stack
from recommender.engine.score import Candidates, prepare
from recommender.serving.model_cache import Served, is_in_memory
from recommender.spans import PaperPool
from recommender.vectors import encoder_identity, vectors_of

CACHED_ROWS = 32  # days and spans whose rows are cached
DAYS = 4  # days whose prepared candidates are cached
OFTEN = 300  # rankings of a day after which making the shared products pays
LARGEST = 40_000_000  # numbers in one of the two products

Key = tuple[str, PaperPool]  # version of the model, and the papers


@dataclass
class CachedCandidates:
    """A day's candidates, and how often they were used."""

    candidates: Candidates
    times: int = 0


_lock = Lock()
_rows: OrderedDict[Key, tuple[IdArray, Rows]] = OrderedDict()  # the last used last
_candidates: OrderedDict[Key, CachedCandidates] = OrderedDict()  # the last used last


def rows_of_papers(model: Model, paper_ids: IdArray) -> Rows:
    """Rows of the papers, in the order of `paper_ids`.

    The model's own row if it has one, else one made from the paper's text.
    """
    known = model.rows_of(paper_ids)
    new = known < 0
    stacked = stack([model.rows[known[~new]], represent_papers(model, paper_ids[new])])
    places = np.empty(len(paper_ids), dtype=np.int64)
    places[~new] = np.arange((~new).sum())
    places[new] = (~new).sum() + np.arange(new.sum())
    return stacked[places]


def represent_papers(model: Model, paper_ids: IdArray) -> Rows:
    """Rows of the papers made from their texts, and from their stored vectors if the model has the same encoder."""
    has_vectors = model.vector_map.width > 0 and model.encoder == encoder_identity()
    return model.represent(texts_of(paper_ids), vectors_of(paper_ids) if has_vectors and len(paper_ids) else None)


def candidate_rows(served: Served, papers: PaperPool) -> tuple[IdArray, Rows]:
    """The papers, ascending by primary key, and their rows in the model.

    The last `CACHED_ROWS` results are cached, by the model's version: they are small and keep no old model in memory.
    """
    key = (served.row.version, papers)
    with _lock:
        if key in _rows:
            _rows.move_to_end(key)
            return _rows[key]
    paper_ids = np.array(list(papers.papers().order_by("pk").values_list("pk", flat=True)), dtype=np.int64)
    rows = rows_of_papers(served.model, paper_ids)
    with _lock:
        _rows[key] = paper_ids, rows
        while len(_rows) > CACHED_ROWS:
            _rows.popitem(last=False)
    return paper_ids, rows


def candidates_of(served: Served, papers: PaperPool) -> tuple[IdArray, Candidates]:
    """The papers, ascending by primary key, prepared for scoring many readers.

    The last `DAYS` days are cached with their model; during an experiment a day has two. Spans of several days are
    prepared each time. A day that is used often gets the products that make a ranking about ten times faster; they take
    about a second to make and, for 500 papers, about 70 MB.
    """
    paper_ids, rows = candidate_rows(served, papers)
    if not papers.span.is_whole_day:
        return paper_ids, prepare(served.model, rows, served.model.rows_of(paper_ids))
    key = (served.row.version, papers)
    with _lock:
        cached = _candidates.pop(key, None)
        if cached is None or cached.candidates.model is not served.model:
            cached = CachedCandidates(prepare(served.model, rows, served.model.rows_of(paper_ids)))
            # days of models that no longer serve would keep those models in memory
            for old in [old for old, other in _candidates.items() if not is_in_memory(other.candidates.model)]:
                del _candidates[old]
        _candidates[key] = cached
        while len(_candidates) > DAYS:
            _candidates.popitem(last=False)
        cached.times += 1
        pays = cached.times == OFTEN and len(paper_ids) * len(served.model.paper_ids) <= LARGEST
    if pays:  # outside the lock, so that no other request waits for it
        cached.candidates.make_products()
    return paper_ids, cached.candidates
