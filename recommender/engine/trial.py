"""Held-out votes, by which models are compared and the weights of their parts are chosen.

Readers' later up-votes are the answers. A sheet is the list of papers that are ranked together, those of one day or of
a few; the answers are looked up among the papers of a sheet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from .data import FloatArray, IntArray, Votes
from .evaluation import BoolArray, Case, MetricArray, ndcg
from .score import best_first

FEWEST_READERS = 10  # with fewer there is no trial
ENOUGH_READERS = 50  # from here on an interval is taken as proof, and a clean trial is preferred to a large one
READERS = 500  # cases at most
FEWEST_PAPERS = 5  # days with fewer are ranked together with their neighbours
POOL = 2000  # papers ranked for each reader and day
MOST_SHEETS = 3  # of each reader by which weights are chosen
SEED = 7


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


def split_votes(votes: Votes, days: IntArray, kind: str, later: BoolArray) -> Trial:
    """The trial that holds out these votes.

    Without an earlier up-vote nothing can be learned, and it has no cases.

    days   (n,) int32, the day of each paper as an ordinal
    later  (v,) bool, the votes that are held out
    """
    earlier = votes.only(~later)
    sheets = sheets_with(days, np.unique(votes.papers[later])) if (earlier.values > 0).any() else []
    liked = votes.only(later & (votes.values > 0))
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


def questions_of(trial: Trial) -> list[Case]:
    """The trial's readers as cases over rows of its papers, one for each sheet; votes are in random order."""
    rng = np.random.default_rng(SEED)
    cases = []
    for case in trial.cases:
        shuffled = rng.permutation(len(case.voted))
        voted, values = case.voted[shuffled].astype(np.int32), case.values[shuffled]
        for number, liked in case.liked[:MOST_SHEETS]:
            sheet = trial.sheets[number]
            cases.append(Case(case.reader, voted, values, sheet[liked], sheet))
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


def popularity(votes: Votes) -> FloatArray:
    """Net votes of each paper, (n_papers,) float32."""
    return np.bincount(votes.papers, weights=votes.values, minlength=votes.n_papers).astype(np.float32)


def likeness(scores: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation of two orders, in [-1, 1].

    Returns 0 if one of them is constant.
    """
    ranks = [rankdata(values) - (len(values) + 1) / 2 for values in (scores, other)]
    lengths = np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1])
    return float(ranks[0] @ ranks[1] / lengths) if lengths else 0.0
