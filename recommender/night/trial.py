"""The held-out votes that a model of the site is judged by: the newest ones."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from recommender.dataset import Dataset
from recommender.engine.data import FloatArray
from recommender.engine.model import Model
from recommender.engine.rows import stack
from recommender.engine.score import ReaderVectors, prepare, score
from recommender.engine.trial import ENOUGH_READERS, FEWEST_READERS, SEED, Trial, split_votes

HELD_OUT = 0.1  # share of the votes, the newest

SINCE = "since the serving model"
NEWEST = "newest tenth"
CHANCE = "random tenth"


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
        trials.append(split_votes(data.votes, data.days, kind, later))
        if len(trials[-1].cases) >= enough:
            return trials[-1]
    return max(trials, key=lambda trial: len(trial.cases))


def scores_of(model: Model, data: Dataset, trial: Trial) -> Iterator[FloatArray]:
    """The model's scores of all papers for each case, (papers,) float32.

    Newer papers are scored by their text.
    """
    known = model.rows_of(data.paper_ids)
    new = np.flatnonzero(known < 0)
    places = known.astype(np.int64)
    places[new] = len(model.paper_ids) + np.arange(len(new))
    vectors = data.vectors[new] if data.vectors is not None and data.encoder == model.encoder else None
    represented = model.represent([data.texts[row] for row in new.tolist()], vectors)
    rows = stack([model.rows, represented])[places]
    candidates = prepare(model, rows[trial.papers], known[trial.papers])
    for case in trial.cases:
        yield score(model, ReaderVectors(rows[case.voted], known[case.voted], case.values, rows[:0]), candidates)


def recency(data: Dataset) -> FloatArray:
    """Larger for newer papers, (n,) float32.

    By day, and within a day by the order in which they were added.
    """
    return rankdata(data.days, method="ordinal").astype(np.float32)
