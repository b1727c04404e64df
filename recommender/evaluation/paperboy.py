"""The engine as a system under test, used as the site uses it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from recommender.engine.data import FloatArray, IntArray, Settings
from recommender.engine.evaluation import BoolArray, Case, split_new_papers
from recommender.engine.fit import fit, learn
from recommender.engine.model import Model
from recommender.engine.rows import Rows, stack
from recommender.engine.score import Candidates, ReaderVectors, prepare, score_many
from recommender.engine.trial import FEWEST_READERS, questions_of, split_votes
from recommender.engine.weights import choose_weights

from .tasks import Scorer, System, Task

HELD_OUT = 0.1  # share of the votes, or of the papers, by which weights are chosen
CHUNK = 2000  # candidates prepared at one time
REUSABLE = 60_000_000  # papers times candidates up to which the prepared candidates stay in memory


def paperboy(task: Task, settings: Settings | None = None) -> Scorer:
    """Train the engine, with weights chosen by held-out votes as every night, unless `settings` are given.

    Readers without votes get popular and then recent papers, as on the site.
    """
    ids = np.arange(len(task.papers), dtype=np.int64)
    vectors, new_vectors = task.vectors, task.new_vectors
    chosen = settings or weights_for(task, vectors)
    model = fit(task.papers, ids, task.votes, chosen, vectors=vectors)
    rows = stack([model.rows, model.represent(task.new, new_vectors)])[task.places]
    papers_and_candidates = stack([model.rows, rows])
    chunks = _Chunks(model, rows, task.known)
    without_votes = popular_then_recent(task)

    def score(cases: Sequence[Case]) -> FloatArray:
        readers = []
        for case in cases:
            known = np.where(case.revealed < len(ids), case.revealed, -1).astype(np.int32)
            vectors = papers_and_candidates[case.revealed]
            readers.append(ReaderVectors(vectors, known, case.values, papers_and_candidates[:0]))
        scores = np.hstack([score_many(model, readers, candidates) for candidates in chunks])
        scores[[not len(case.revealed) for case in cases]] = without_votes
        return scores

    return score


def without_lightfm(task: Task) -> Scorer:
    """The engine with nothing learned by LightFM, and the weights of the other parts chosen without it."""
    return paperboy(task, weights_for(task, task.vectors, replace(Settings(), embedding_size=0)))


ABLATIONS: dict[str, System] = {"without-lightfm": without_lightfm}


def weights_for(task: Task, vectors: FloatArray | None, usual: Settings | None = None) -> Settings:
    """The settings with the weights that fit the task's own votes best.

    usual  the settings to start from; by default those of the site

    The lists to choose by are as long as those of the task, because broad likeness orders a few papers best and fine
    likeness finds the few right ones among many. Where few are ranked at a time, the votes on the papers of the newest
    days that have a tenth of all votes are held out, and each day is ranked. Otherwise, or without days, those on a
    random tenth of the papers are, and all of these papers are ranked together.
    """
    settings = usual or Settings()
    by_day = task.few_at_a_time and bool(task.days.any())
    later = _of_newest_days(task) if by_day else split_new_papers(len(task.papers), HELD_OUT, task.seed)
    days = task.days if by_day else later.astype(np.int32)
    trial = split_votes(task.votes, days, "held-out papers", later[task.votes.papers])
    if len(trial.cases) < FEWEST_READERS:
        return settings
    learned = learn(task.papers, trial.earlier, settings)
    choice = choose_weights(learned, trial.earlier, questions_of(trial), settings, vectors)
    return choice.settings


def _of_newest_days(task: Task) -> BoolArray:
    """The papers of the newest days that have a tenth of all votes, (n,) bool."""
    first = np.quantile(task.days[task.votes.papers], 1 - HELD_OUT)
    return np.asarray(task.days >= first)


def popular_then_recent(task: Task) -> FloatArray:
    """Scores by net votes, then by day, (c,) float32.

    Net votes are those in training; of papers with equally many, the later day scores higher.
    """
    net = np.bincount(task.votes.papers, weights=task.votes.values, minlength=len(task.papers))
    popularity = np.where(task.known < 0, 0, net[task.known])
    return np.asarray(popularity + task.appeared / (1.0 + task.appeared.max(initial=0)), dtype=np.float32)


class _Chunks:
    """Prepared candidates, `CHUNK` at a time.

    They stay in memory between questions while that takes little.
    """

    def __init__(self, model: Model, rows: Rows, known: IntArray) -> None:
        self._model, self._rows, self._known = model, rows, known
        is_small = len(model.paper_ids) * len(rows) <= REUSABLE
        self._prepared = list(self._prepare()) if is_small else None

    def __iter__(self) -> Iterator[Candidates]:
        return iter(self._prepared) if self._prepared is not None else self._prepare()

    def _prepare(self) -> Iterator[Candidates]:
        for start in range(0, len(self._rows), CHUNK):
            span = slice(start, start + CHUNK)
            yield prepare(self._model, self._rows[span], self._known[span])
