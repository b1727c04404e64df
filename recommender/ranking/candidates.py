"""The papers that a ranking chooses from, as rows of the model.

What is read and computed of a day is cached, and days are put together to spans.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import NamedTuple

import numpy as np

from recommender.dataset import texts_of
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.model import Model
from recommender.engine.rows import Rows, stack
from recommender.engine.score import Candidates, prepare
from recommender.models import Paper
from recommender.serving.model_cache import Served, is_in_memory
from recommender.spans import PaperPool
from recommender.vectors import kind_of, vectors_of

CACHED_DAYS = 400  # days whose papers are cached
CACHED_ROWS = 30_000  # their papers that the model does not know, whose rows are cached: about 5 kB each
DAYS = 4  # days whose prepared candidates are cached
OFTEN = 300  # rankings of a day after which making the shared products pays
LARGEST = 40_000_000  # numbers in one of the two products

Key = tuple[str, PaperPool]  # version of the model, and the papers of a whole day


class DayRows(NamedTuple):
    """The papers of a day, ascending by primary key, and the rows of those that the model does not know.

    new_projected  (n, r) float32, those rows along the ridge's directions: most of the work of ranking them
    """

    paper_ids: IdArray
    new_rows: Rows
    new_projected: FloatArray


class CandidateRows(NamedTuple):
    """Papers and their rows in the model.

    paper_ids      (c,) int64, those of the first day first, ascending within a day
    rows           (c, d + e) float32
    ages           (c,) float32, days before the newest of the papers
    new_projected  (n, r) float32, the rows of the papers that the model does not know along the ridge's directions
    """

    paper_ids: IdArray
    rows: Rows
    ages: FloatArray
    new_projected: FloatArray


class PreparedPapers(NamedTuple):
    """Papers prepared for scoring; the arrays are those of `CandidateRows`."""

    paper_ids: IdArray
    candidates: Candidates
    ages: FloatArray


@dataclass
class CachedCandidates:
    """A day's papers, and how often they were used."""

    papers: PreparedPapers
    times: int = 0


_lock = Lock()
_days: OrderedDict[Key, DayRows] = OrderedDict()  # the last used last
_candidates: OrderedDict[Key, CachedCandidates] = OrderedDict()  # the last used last


def rows_of_papers(model: Model, paper_ids: IdArray) -> Rows:
    """Rows of the papers, in the order of `paper_ids`.

    The model's own row if it has one, else one made from the paper's text.
    """
    new = model.rows_of(paper_ids) < 0
    return _with_known_rows(model, paper_ids, [represent_papers(model, paper_ids[new])])


def _with_known_rows(model: Model, paper_ids: IdArray, new_rows: Sequence[Rows]) -> Rows:
    """Rows of the papers, in the order of `paper_ids`.

    new_rows  blocks of rows of those that the model does not know, in the same order
    """
    known = model.rows_of(paper_ids)
    new = known < 0
    if not new.any():
        return model.rows[known]
    stacked = stack([model.rows[known[~new]], *new_rows])
    places = np.empty(len(paper_ids), dtype=np.int64)
    places[~new] = np.arange((~new).sum())
    places[new] = (~new).sum() + np.arange(new.sum())
    return stacked[places]


def represent_papers(model: Model, paper_ids: IdArray) -> Rows:
    """Rows of the papers made from their texts, and from their stored vectors if those are of the model's kind."""
    kind = kind_of(model)
    return model.represent(texts_of(paper_ids), vectors_of(paper_ids, kind) if kind and len(paper_ids) else None)


def candidate_rows(served: Served, papers: PaperPool) -> CandidateRows:
    """The papers and their rows in the model.

    Takes no query for days that are cached, else one for all of them, one for each 500 papers that the model does not
    know, and one for each 2,000 of their vectors. A category takes one more. The cache keeps `CACHED_DAYS` days, fewer
    where the model does not know `CACHED_ROWS` of their papers. It goes by the model's version and keeps no old model
    in memory.
    """
    days = _rows_of_days(served, papers.by_day)
    paper_ids = np.concatenate([np.zeros(0, dtype=np.int64), *(day.paper_ids for day in days)])
    ordinals = np.repeat([day.day.toordinal() for day in papers.by_day], [len(day.paper_ids) for day in days])
    rows = _with_known_rows(served.model, paper_ids, [day.new_rows for day in days])
    no_rows = np.zeros((0, served.model.projected.shape[1]), dtype=np.float32)
    new_projected = np.concatenate([no_rows, *(day.new_projected for day in days)])
    if papers.span.category:
        inside = np.isin(paper_ids, list(papers.papers().order_by().values_list("pk", flat=True)))
        new_projected = new_projected[inside[served.model.rows_of(paper_ids) < 0]]
        paper_ids, rows, ordinals = paper_ids[inside], rows[inside], ordinals[inside]
    return CandidateRows(paper_ids, rows, (ordinals.max(initial=0) - ordinals).astype(np.float32), new_projected)


def _rows_of_days(served: Served, days: Sequence[PaperPool]) -> list[DayRows]:
    """The papers of these days, from the cache or read together."""
    keys = [(served.row.version, day) for day in days]
    with _lock:
        cached = {key: _days[key] for key in keys if key in _days}
    missing = [key for key in keys if key not in cached]
    if missing:
        cached |= zip(missing, _read_days(served.model, [day for _, day in missing]), strict=True)
    with _lock:
        for key in keys:
            _days[key] = cached[key]
            _days.move_to_end(key)
        new = sum(len(rows.new_rows) for rows in _days.values())
        while len(_days) > CACHED_DAYS or new > CACHED_ROWS:
            _, oldest = _days.popitem(last=False)
            new -= len(oldest.new_rows)
    return [cached[key] for key in keys]


def _read_days(model: Model, days: Sequence[PaperPool]) -> list[DayRows]:
    papers = Paper.objects.filter(day__in=[day.day for day in days]).offered().order_by("pk")
    pks: dict[date, list[int]] = {day.day: [] for day in days}
    for pk, day in papers.values_list("pk", "day"):
        pks[day].append(pk)
    ids = [np.array(pks[day.day], dtype=np.int64) for day in days]
    new = [each[model.rows_of(each) < 0] for each in ids]
    rows = represent_papers(model, np.concatenate([np.zeros(0, dtype=np.int64), *new]))
    # by number, which copies: a slice would keep the rows of all these days in memory as long as one of them is cached
    places = np.split(np.arange(len(rows)), np.cumsum([len(each) for each in new])[:-1])
    projected = model.ridge.project(rows)
    return [DayRows(each, rows[of_day], projected[of_day]) for each, of_day in zip(ids, places, strict=True)]


def candidates_of(served: Served, papers: PaperPool) -> PreparedPapers:
    """The papers, prepared for scoring many readers.

    The last `DAYS` days are cached with their model; during an experiment a day has two. Spans of several days are
    prepared each time. A day that is used often gets the products that make a ranking about ten times faster; they take
    about a second to make and, for 500 papers, about 70 MB.
    """
    if not papers.span.is_whole_day:
        return prepare_papers(served, papers)
    key = (served.row.version, papers)
    with _lock:
        cached = _candidates.get(key)
    if cached is None or cached.papers.candidates.model is not served.model:
        cached = CachedCandidates(prepare_papers(served, papers))
        assert cached.papers.candidates.from_readers is not None  # computed once for all readers of the day
    with _lock:
        # days of models that no longer serve would keep those models in memory
        for old in [old for old, other in _candidates.items() if not is_in_memory(other.papers.candidates.model)]:
            del _candidates[old]
        _candidates[key] = cached
        _candidates.move_to_end(key)
        while len(_candidates) > DAYS:
            _candidates.popitem(last=False)
        cached.times += 1
        pays = cached.times == OFTEN and len(cached.papers.paper_ids) * len(served.model.paper_ids) <= LARGEST
    if pays:  # outside the lock, so that no other request waits for it
        cached.papers.candidates.make_products()
    return cached.papers


def prepare_papers(served: Served, papers: PaperPool) -> PreparedPapers:
    """The papers, prepared for scoring; only what `candidate_rows` caches is cached."""
    paper_ids, rows, ages, new_projected = candidate_rows(served, papers)
    candidates = prepare(served.model, rows, served.model.rows_of(paper_ids), new_projected)
    return PreparedPapers(paper_ids, candidates, ages)
