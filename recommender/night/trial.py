"""What the judge asks: the newest votes held out, and each reader's later up-votes among the papers of the same day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import scipy.sparse as sp
from scipy.stats import rankdata

from recommender.dataset import Dataset
from recommender.engine.data import FloatArray, IntArray, Votes
from recommender.engine.evaluation import BoolArray, MetricArray, ndcg
from recommender.engine.model import Model
from recommender.engine.score import ReaderVectors, best_first, prepare, score

HELD_OUT = 0.1  # share of the votes, the newest
FEWEST_READERS = 10  # with fewer there is no trial
ENOUGH_READERS = 50  # from here on something is proven by an interval, and a clean trial is worth more than a large one
READERS = 500
FEWEST_PAPERS = 5  # days with fewer are ranked together with their neighbours
POOL = 2000  # papers that are ranked for each reader and day
SEED = 7

SINCE = "since the serving model"
NEWEST = "newest tenth"
CHANCE = "random tenth"


@dataclass(frozen=True)
class HeldOutReader:
    """One reader: what every system is told, and what they liked later.

    told, values  (n,) rows of the papers voted on before, n > 0, and +1 or -1
    liked         pairs: number of a sheet, and the positions on it that the reader voted up later
    """

    reader: int
    told: IntArray
    values: FloatArray
    liked: tuple[tuple[int, IntArray], ...]


@dataclass(frozen=True)
class Trial:
    """A split of the votes: `earlier` is told, each sheet (the papers of one day) is ranked on its own."""

    kind: str
    earlier: Votes
    sheets: Sequence[IntArray]
    cases: Sequence[HeldOutReader]

    @property
    def papers(self) -> IntArray:
        """Rows of the papers of all sheets, one sheet after the other."""
        return np.concatenate(self.sheets) if self.sheets else np.zeros(0, dtype=np.int32)


def hold_out(data: Dataset, until: float | None) -> Trial:
    """The first split that leaves enough readers to judge by, else the one that leaves most.

    until  seconds since 1970: the serving model has learned from votes up to here; None if there is none

    Of the newest tenth of the votes, those cast since then are new to both models: the clean trial, if there are
    `ENOUGH_READERS`. Otherwise the whole tenth; a tenth by chance where the votes carry no distinct times.
    """
    trials = []
    for kind, later, wanted in _splits(data.times, until):
        trials.append(_trial(data, kind, later))
        if len(trials[-1].cases) >= wanted:
            return trials[-1]
    return max(trials, key=lambda trial: len(trial.cases))


def measure(trial: Trial, scores: Iterable[FloatArray]) -> MetricArray:
    """NDCG@10 of each case, the mean over its sheets, (cases,) float64, from scores of all papers for each case."""
    starts = np.cumsum([0, *(len(sheet) for sheet in trial.sheets)])
    found = [
        np.mean([ndcg(_order(trial, case, row, starts, sheet), liked) for sheet, liked in case.liked])
        for case, row in zip(trial.cases, scores, strict=True)
    ]
    return np.array(found, dtype=np.float64)


def scores_of(model: Model, data: Dataset, trial: Trial) -> Iterator[FloatArray]:
    """The model's scores of all papers for each case, (papers,) float32: its own rows, or the text of newer papers."""
    known = model.rows_of(data.paper_ids)
    rows = _rows(model, data, known)
    asked = prepare(model, rows[trial.papers], known[trial.papers])
    for case in trial.cases:
        yield score(model, ReaderVectors(rows[case.told], known[case.told], case.values, rows[:0]), asked)


def popularity(votes: Votes) -> FloatArray:
    """Net votes of each paper, (n_papers,) float32."""
    return np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)


def recency(data: Dataset) -> FloatArray:
    """Larger for newer papers, (n,) float32: by day, within a day by the order in which they came in."""
    return rankdata(data.days, method="ordinal").astype(np.float32)


def likeness(scores: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation of two orders, in [-1, 1]; 0 where one of them is no order at all."""
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (scores, other)]
    lengths = np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1])
    return float(ranks[0] @ ranks[1] / lengths) if lengths else 0.0


def _splits(times: np.ndarray, until: float | None) -> Iterator[tuple[str, BoolArray, int]]:
    """Kinds of split, the votes that each holds out, and how many readers make it worth taking."""
    newest = times > (np.quantile(times, 1 - HELD_OUT) if len(times) else 0.0)
    if until is not None:
        yield SINCE, newest & (times > until), ENOUGH_READERS
    yield NEWEST, newest, FEWEST_READERS
    yield CHANCE, np.random.default_rng(SEED).random(len(times)) < HELD_OUT, FEWEST_READERS


def _trial(data: Dataset, kind: str, later: BoolArray) -> Trial:
    earlier = data.votes.only(~later)
    wanted = np.unique(data.votes.papers[later])
    sheets = _sheets(data.days, wanted) if (earlier.values > 0).any() else []
    return Trial(kind, earlier, sheets, _cases(earlier, data.votes.only(later & (data.votes.values > 0)), sheets))


def _sheets(days: IntArray, wanted: IntArray) -> list[IntArray]:
    """The papers of each day with a paper of `wanted`, ascending; of a huge day those wanted and others by chance."""
    rng = np.random.default_rng(SEED)
    pages = _pages(days)
    found = []
    for page in np.unique(pages[wanted]):
        papers = np.flatnonzero(pages == page)
        first = rng.permutation(np.intersect1d(papers, wanted))[:POOL]
        others = rng.permutation(np.setdiff1d(papers, first))[: POOL - len(first)]
        found.append(np.sort(np.concatenate([first, others])).astype(np.int32))
    return found


def _pages(days: IntArray) -> IntArray:
    """The number of each paper's page: a day, or a run of days that together have `FEWEST_PAPERS`."""
    _, day_of, counts = np.unique(days, return_inverse=True, return_counts=True)
    pages, size = [0], 0
    for count in counts:
        size += count
        full = size >= FEWEST_PAPERS
        pages.append(pages[-1] + full)
        size = 0 if full else size
    last_full = max(pages[-1] - 1, 0)  # the few papers after it belong to it
    return np.minimum(pages[:-1], last_full).astype(np.int32)[day_of]


def _cases(told: Votes, liked: Votes, sheets: Sequence[IntArray]) -> list[HeldOutReader]:
    """A case for each reader, in a random order, who voted earlier and later liked some papers of a sheet."""
    sheet_of, place_of = _places(sheets, told.n_papers)
    before, after = told.matrix, liked.matrix
    readers = np.random.default_rng(SEED).permutation(np.flatnonzero(before.getnnz(axis=1) * after.getnnz(axis=1)))
    found = (
        _case(int(reader), before[reader], after[reader].indices, sheets, sheet_of, place_of) for reader in readers
    )
    return list(islice((case for case in found if case.liked), READERS))


def _case(
    reader: int,
    told: sp.csr_matrix,
    later: IntArray,
    sheets: Sequence[IntArray],
    sheet_of: IntArray,
    place_of: IntArray,
) -> HeldOutReader:
    """A sheet on which the reader liked every paper says nothing."""
    touched = (sheet for sheet in np.unique(sheet_of[later]) if sheet >= 0)
    liked = ((int(sheet), place_of[later[sheet_of[later] == sheet]]) for sheet in touched)
    return HeldOutReader(
        reader, told.indices, told.data, tuple(pair for pair in liked if len(pair[1]) < len(sheets[pair[0]]))
    )


def _places(sheets: Sequence[IntArray], n_papers: int) -> tuple[IntArray, IntArray]:
    """The sheet of each paper (-1: none) and its position there."""
    sheet_of, place_of = np.full(n_papers, -1, dtype=np.int32), np.zeros(n_papers, dtype=np.int32)
    for number, sheet in enumerate(sheets):
        sheet_of[sheet], place_of[sheet] = number, np.arange(len(sheet))
    return sheet_of, place_of


def _order(trial: Trial, case: HeldOutReader, scores: FloatArray, starts: np.ndarray, sheet: int) -> IntArray:
    """The first ten of a sheet; papers that the reader had voted on before are no answer and go to the end."""
    own = np.where(np.isin(trial.sheets[sheet], case.told), -np.inf, scores[starts[sheet] : starts[sheet + 1]])
    return best_first(own.astype(np.float32), 10)


def _rows(model: Model, data: Dataset, known: IntArray) -> sp.csr_matrix:
    new = np.flatnonzero(known < 0)
    stacked = sp.vstack([model.rows, model.represent([data.texts[row] for row in new.tolist()])], format="csr")
    places = known.astype(np.int64)
    places[new] = len(model.paper_ids) + np.arange(len(new))
    return stacked[places]
