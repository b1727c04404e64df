"""The held-out votes that a model is judged by.

The newest votes are held out, and the readers' later up-votes are the answers. A sheet is the list
of papers that are ranked together, those of one day or of a few; the answers are looked up among the papers of a sheet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

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
ENOUGH_READERS = 50  # from here on an interval is taken as proof, and a clean trial is preferred to a large one
READERS = 500  # cases at most
FEWEST_PAPERS = 5  # days with fewer are ranked together with their neighbours
POOL = 2000  # papers ranked for each reader and day
SEED = 7

SINCE = "since the serving model"
NEWEST = "newest tenth"
CHANCE = "random tenth"


@dataclass(frozen=True)
class HeldOutReader:
    """One reader: the earlier votes, which every system knows, and the later up-votes.

    voted, values  (n,) rows of the papers voted on before, n > 0, and +1 or -1
    liked          pairs: number of a sheet, and the positions on it that the reader voted up later
    """

    reader: int
    voted: IntArray
    values: FloatArray
    liked: tuple[tuple[int, IntArray], ...]


@dataclass(frozen=True)
class Trial:
    """A split of the votes into earlier and held-out ones.

    Systems learn from `earlier`, and each sheet is ranked on its own.
    """

    kind: str
    earlier: Votes
    sheets: Sequence[IntArray]
    cases: Sequence[HeldOutReader]

    @property
    def papers(self) -> IntArray:
        """Rows of the papers of all sheets, one sheet after the other."""
        return np.concatenate(self.sheets) if self.sheets else np.zeros(0, dtype=np.int32)


def hold_out(data: Dataset, until: float | None) -> Trial:
    """Choose the votes to hold out.

    Returns the first split with enough readers to judge by, or else the one with most readers.

    until  time of the newest vote that the serving model has learned from, in seconds since 1970; None without a model

    Of the newest tenth of the votes, those cast since then are new to both models: the clean trial, taken if there are
    `ENOUGH_READERS`. Otherwise the whole tenth is held out, or a random tenth if the votes carry no distinct times.
    """
    times = data.times
    newest = times > (np.quantile(times, 1 - HELD_OUT) if len(times) else 0.0)
    by_chance = np.random.default_rng(SEED).random(len(times)) < HELD_OUT
    splits = [(NEWEST, newest, FEWEST_READERS), (CHANCE, by_chance, FEWEST_READERS)]
    if until is not None:
        splits.insert(0, (SINCE, newest & (times > until), ENOUGH_READERS))
    trials = []
    for kind, later, enough in splits:
        trials.append(split_votes(data, kind, later))
        if len(trials[-1].cases) >= enough:
            return trials[-1]
    return max(trials, key=lambda trial: len(trial.cases))


def split_votes(data: Dataset, kind: str, later: BoolArray) -> Trial:
    """The trial that holds out these votes.

    Without an earlier up-vote nothing can be learned, and it has no cases.
    """
    earlier = data.votes.only(~later)
    sheets = sheets_with(data.days, np.unique(data.votes.papers[later])) if (earlier.values > 0).any() else []
    liked = data.votes.only(later & (data.votes.values > 0))
    return Trial(kind, earlier, sheets, held_out_readers(earlier, liked, sheets))


def sheets_with(days: IntArray, papers: IntArray) -> list[IntArray]:
    """The sheets with these papers, ascending rows each.

    If a day has more than `POOL` papers, the others are sampled.
    """
    rng = np.random.default_rng(SEED)
    numbers = sheet_numbers(days)
    sheets = []
    for number in np.unique(numbers[papers]):
        on_sheet = np.flatnonzero(numbers == number)
        first = rng.permutation(np.intersect1d(on_sheet, papers))[:POOL]
        others = rng.permutation(np.setdiff1d(on_sheet, first))[: POOL - len(first)]
        sheets.append(np.sort(np.concatenate([first, others])).astype(np.int32))
    return sheets


def sheet_numbers(days: IntArray) -> IntArray:
    """The sheet of each paper, (n,) int32.

    A sheet is a day, or consecutive days that together have `FEWEST_PAPERS`.
    """
    _, day_of, counts = np.unique(days, return_inverse=True, return_counts=True)
    numbers, size = [0], 0
    for count in counts:
        size += count
        full = size >= FEWEST_PAPERS
        numbers.append(numbers[-1] + full)
        size = 0 if full else size
    last_full = max(numbers[-1] - 1, 0)  # the few papers left over join it
    return np.minimum(numbers[:-1], last_full).astype(np.int32)[day_of]


def held_out_readers(earlier: Votes, liked: Votes, sheets: Sequence[IntArray]) -> list[HeldOutReader]:
    """Readers who voted earlier and later liked papers of a sheet.

    In a random order, at most `READERS`. A sheet on which the reader liked every paper is left out: every order of it
    is right.
    """
    sheet_of, place_of = np.full(earlier.n_papers, -1, dtype=np.int32), np.zeros(earlier.n_papers, dtype=np.int32)
    for number, sheet in enumerate(sheets):
        sheet_of[sheet], place_of[sheet] = number, np.arange(len(sheet))
    before, after = earlier.matrix, liked.matrix
    readers = np.random.default_rng(SEED).permutation(np.flatnonzero(before.getnnz(axis=1) * after.getnnz(axis=1)))
    cases: list[HeldOutReader] = []
    for reader in readers:
        if len(cases) == READERS:
            break
        papers, votes = after[reader].indices, before[reader]
        answers = []
        for number in np.unique(sheet_of[papers]):
            places = place_of[papers[sheet_of[papers] == number]]
            if number >= 0 and len(places) < len(sheets[number]):
                answers.append((int(number), places))
        if answers:
            cases.append(HeldOutReader(int(reader), votes.indices, votes.data, tuple(answers)))
    return cases


def measure(trial: Trial, scores: Iterable[FloatArray]) -> MetricArray:
    """NDCG@10 of each case, the mean over its sheets, (cases,) float64.

    scores  for each case the scores of all papers of the trial; papers that the reader voted on before come last
    """
    starts = np.cumsum([0, *(len(sheet) for sheet in trial.sheets)])
    means = []
    for case, case_scores in zip(trial.cases, scores, strict=True):
        figures = []
        for number, liked in case.liked:
            voted = np.isin(trial.sheets[number], case.voted)
            on_sheet = np.where(voted, -np.inf, case_scores[starts[number] : starts[number + 1]])
            figures.append(ndcg(best_first(on_sheet.astype(np.float32), 10), liked))
        means.append(np.mean(figures))
    return np.array(means, dtype=np.float64)


def scores_of(model: Model, data: Dataset, trial: Trial) -> Iterator[FloatArray]:
    """The model's scores of all papers for each case, (papers,) float32.

    Newer papers are scored by their text.
    """
    known = model.rows_of(data.paper_ids)
    new = np.flatnonzero(known < 0)
    places = known.astype(np.int64)
    places[new] = len(model.paper_ids) + np.arange(len(new))
    represented = model.represent([data.texts[row] for row in new.tolist()])
    rows = sp.vstack([model.rows, represented], format="csr")[places]
    candidates = prepare(model, rows[trial.papers], known[trial.papers])
    for case in trial.cases:
        yield score(model, ReaderVectors(rows[case.voted], known[case.voted], case.values, rows[:0]), candidates)


def popularity(votes: Votes) -> FloatArray:
    """Net votes of each paper, (n_papers,) float32."""
    return np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)


def recency(data: Dataset) -> FloatArray:
    """Larger for newer papers, (n,) float32.

    By day, and within a day by the order in which they were added.
    """
    return rankdata(data.days, method="ordinal").astype(np.float32)


def likeness(scores: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation of two orders, in [-1, 1].

    Returns 0 if one of them is constant.
    """
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (scores, other)]
    lengths = np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1])
    return float(ranks[0] @ ranks[1] / lengths) if lengths else 0.0
