"""The papers that a ranking chooses from, as rows of the model; those of a day are kept ready."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import scipy.sparse as sp

from recommender.dataset import texts_of
from recommender.engine.data import IdArray
from recommender.engine.model import Model
from recommender.engine.score import Candidates, prepare
from recommender.serving.model_cache import Served, is_in_memory
from recommender.spans import PaperPool

DAYS = 4  # days whose candidates are kept ready


OFTEN = 300  # rankings of a day after which making the shared products pays


LARGEST = 40_000_000  # numbers in one of the two products


def rows_of_papers(model: Model, paper_ids: IdArray) -> sp.csr_matrix:
    """Rows in the order of `paper_ids`: the model's own where it has one, else made from the text."""
    known = model.rows_of(paper_ids)
    new = known < 0
    stacked = sp.vstack([model.rows[known[~new]], model.represent(texts_of(paper_ids[new]))], format="csr")
    places = np.empty(len(paper_ids), dtype=np.int64)
    places[~new] = np.arange((~new).sum())
    places[new] = (~new).sum() + np.arange(new.sum())
    return stacked[places]


def candidate_rows(served: Served, papers: PaperPool) -> tuple[IdArray, sp.csr_matrix]:
    """The day's papers, ascending by primary key, and their rows in the model."""
    key = _ByVersion(served)
    rows = _candidate_rows(key, papers)
    key.model = None
    return rows


def candidates_of(served: Served, papers: PaperPool) -> tuple[IdArray, Candidates]:
    """The day's papers, ascending by primary key, ready to be scored again and again.

    The `DAYS` asked for last are kept, each with its model, which an experiment has two of; those of several days are
    made anew. A day that is asked for often gets the products that make a ranking some ten times quicker; they take
    about a second and, for 500 papers, some 70 MB.
    """
    paper_ids, rows = candidate_rows(served, papers)
    if not papers.span.is_whole_day:
        return paper_ids, prepare(served.model, rows, served.model.rows_of(paper_ids))
    key = (served.row.version, papers)
    with _lock:
        asked = _kept.pop(key, None)
        if asked is None or asked.candidates.model is not served.model:
            asked = CachedCandidates(prepare(served.model, rows, served.model.rows_of(paper_ids)))
            _forget_old_models()
        _kept[key] = asked
        while len(_kept) > DAYS:
            del _kept[next(iter(_kept))]
        asked.times += 1
        pays = asked.times == OFTEN and len(paper_ids) * len(served.model.paper_ids) <= LARGEST
    if pays:  # outside the lock, so that nobody else waits for it
        asked.candidates.make_products()
    return paper_ids, asked.candidates


@dataclass
class CachedCandidates:
    """A day's candidates, and how often they were asked for."""

    candidates: Candidates
    times: int = 0


_kept: dict[tuple[str, PaperPool], CachedCandidates] = {}  # by the model's version and the day, the last asked for last


_lock = Lock()


def _forget_old_models() -> None:
    """A model that no longer serves goes with its days, so that none stays in memory because of them."""
    for key in [key for key, asked in _kept.items() if not is_in_memory(asked.candidates.model)]:
        del _kept[key]


class _ByVersion:
    """A served model that compares by its version, so that it can be the key of a cache.

    The model is taken out once its rows are made: a cache of small rows must not keep last month's models alive.
    """

    def __init__(self, served: Served) -> None:
        self.model: Model | None = served.model
        self._version = served.row.version

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByVersion) and self._version == other._version

    def __hash__(self) -> int:
        return hash(self._version)


@lru_cache(maxsize=32)
def _candidate_rows(by_version: _ByVersion, papers: PaperPool) -> tuple[IdArray, sp.csr_matrix]:
    paper_ids = np.array(list(papers.papers().order_by("pk").values_list("pk", flat=True)), dtype=np.int64)
    assert by_version.model is not None  # a key is only asked for its model when it is new
    return paper_ids, rows_of_papers(by_version.model, paper_ids)
