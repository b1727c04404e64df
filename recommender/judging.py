"""The gate: is a new model better than the simple orders, and no worse than the one that serves?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .dataset import Dataset
from .engine.data import FloatArray, IntArray, Settings, Votes
from .engine.evaluation import BoolArray, Case, MetricArray, bootstrap, measure
from .engine.fitting import fit
from .engine.model import Model, Taste, prepare, score_many
from .models import TrainedModel

HELD_OUT = 0.1  # share of the votes, the newest, that the judge keeps from the training it tests
POOL = 2000  # papers that are ranked for each reader
READERS = 500
FEWEST_READERS = 10  # with fewer to judge by, only the sanity checks count, and the record says so
SEED = 7

Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """May the model serve, why, and the figures: NDCG@10 with its interval for each system."""

    passed: bool
    reason: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """A split of the votes: `earlier` is told, the pool is ranked, `cases` say what was liked later."""

    earlier: Votes
    pool: IntArray
    cases: Sequence[Case]
    kind: str


def judge(model: Model, data: Dataset, *, previous: TrainedModel | None, say: Say) -> Verdict:
    """Judge the recipe by a second training that has not seen the newest votes, and the model itself for soundness."""
    if not model.is_finite():
        return Verdict(False, "it holds numbers that are not finite", {})
    trial = split(data)
    if len(trial.cases) < FEWEST_READERS:
        found = f"readers with votes to hold out: {len(trial.cases)}, wanted: {FEWEST_READERS}"
        return Verdict(True, f"not judged: {found}", {})
    if not (trial.earlier.values > 0).any():
        return Verdict(True, "not judged: nobody voted up before the votes to hold out", {})
    say(f"judging on a {trial.kind} split: {len(trial.cases)} readers, {len(trial.pool)} papers")
    hybrid = fit(data.texts, data.paper_ids, trial.earlier, model.settings)
    content = fit(data.texts, data.paper_ids, trial.earlier, content_only(model.settings))
    orders = {
        "recipe": _scores(hybrid, data, trial),
        "model": _scores(model, data, trial),
        "content": _scores(content, data, trial),
        "popularity": _repeat(popularity(trial), trial),
        "recency": _repeat(data.days[trial.pool].astype(np.float32), trial),
    }
    results = {name: measure(scores, trial.cases)["ndcg@10"] for name, scores in orders.items()}
    return decide(results, previous.metrics if previous else {}, trial)


def decide(results: dict[str, MetricArray], previous: dict[str, Any], trial: Trial) -> Verdict:
    """The rules. The recipe, trained without the held-out votes, is the honest figure.

    Refused when the recipe or the model itself is not better than popularity or recency on average, when either is
    worse than content alone by a paired interval that excludes 0, when the model, which has seen the answers, is worse
    than the recipe in the same sense (it did not learn from these votes), or when the recipe's interval lies below
    that of the serving model.
    """
    figures: dict[str, Any] = {name: vars(bootstrap(values, SEED)) for name, values in results.items()}
    figures |= {"split": trial.kind, "readers": len(trial.cases), "papers": len(trial.pool)}
    complaints = [*_complaints("recipe", results), *_complaints("model", results)]
    learned = bootstrap(results["model"] - results["recipe"], SEED)
    if learned.high < 0:
        complaints.append(f"the model has seen the newest votes and is worse than without by {-learned.mean:.4f}")
    before = previous.get("recipe")
    if before and figures["recipe"]["high"] < before["low"]:
        complaints.append(
            f"it is worse than the serving model ({_mean(results['recipe'])} against {before['mean']:.4f})"
        )
    if complaints:
        return Verdict(False, "; ".join(complaints), figures)
    return Verdict(True, f"NDCG@10 {_mean(results['recipe'])}, better than popularity and recency", figures)


def _complaints(ours: str, results: dict[str, MetricArray]) -> list[str]:
    """Where one of ours loses against the simple orders and against content alone."""
    found = [
        f"{_name(ours)} is not better than {simple} ({_mean(results[ours])} against {_mean(results[simple])})"
        for simple in ("popularity", "recency")
        if results[ours].mean() <= results[simple].mean()
    ]
    difference = bootstrap(results[ours] - results["content"], SEED)
    if difference.high < 0:
        found.append(f"{_name(ours)} is worse than content alone by {-difference.mean:.4f}")
    return found


def split(data: Dataset) -> Trial:
    """The newest `HELD_OUT` of the votes against all before; by chance where the votes carry no distinct times."""
    later, kind = _newest(data.times)
    if not later.any():
        later, kind = np.random.default_rng(SEED).random(len(data.times)) < HELD_OUT, "random"
    earlier = data.votes.only(~later)
    pool = _pool(data.votes.papers[later], data.days)
    return Trial(earlier, pool, _cases(data.votes, later, pool), kind)


def content_only(settings: Settings) -> Settings:
    """The same recipe without anything learned from other readers."""
    return Settings(**settings.as_dict() | {"embedding_size": 0, "neighbours": 0})


def popularity(trial: Trial) -> FloatArray:
    """Net earlier votes of each paper of the pool."""
    net = np.bincount(trial.earlier.papers, weights=trial.earlier.values, minlength=trial.earlier.n_papers)
    return net[trial.pool].astype(np.float32)


def _newest(times: np.ndarray) -> tuple[BoolArray, str]:
    cut = np.quantile(times, 1 - HELD_OUT) if len(times) else 0.0
    return times > cut, "time"


def _pool(voted_later: IntArray, days: IntArray) -> IntArray:
    """All papers voted on later and, up to `POOL`, others of the same days by chance: what readers chose among."""
    rng = np.random.default_rng(SEED)
    wanted = rng.permutation(np.unique(voted_later))[:POOL]
    others = np.setdiff1d(np.flatnonzero(np.isin(days, days[wanted])), wanted)
    filled = np.concatenate([wanted, rng.permutation(others)[: POOL - len(wanted)]])
    return np.sort(filled).astype(np.int32)


def _cases(votes: Votes, later: BoolArray, pool: IntArray) -> list[Case]:
    told, tested = votes.only(~later).matrix, votes.only(later & (votes.values > 0)).matrix
    readers = np.flatnonzero(np.diff(told.indptr) * np.diff(tested.indptr))
    cases = []
    for reader in np.random.default_rng(SEED).permutation(readers):
        span = slice(told.indptr[reader], told.indptr[reader + 1])
        liked = tested.indices[tested.indptr[reader] : tested.indptr[reader + 1]]
        relevant = np.flatnonzero(np.isin(pool, liked)).astype(np.int32)
        if len(relevant):
            cases.append(Case(int(reader), told.indices[span], told.data[span], relevant))
    return cases[:READERS]


def _scores(model: Model, data: Dataset, trial: Trial) -> FloatArray:
    candidates = prepare(model, model.represent([data.texts[row] for row in trial.pool]))
    tastes = [_taste(model, data, case) for case in trial.cases]
    return _without_told(score_many(model, tastes, candidates), trial)


def _taste(model: Model, data: Dataset, case: Case) -> Taste:
    known = model.rows_of(data.paper_ids[case.revealed])
    rows = model.represent([data.texts[row] for row in case.revealed])
    return Taste(rows, known, case.values, rows[:0])


def _repeat(scores: FloatArray, trial: Trial) -> FloatArray:
    return _without_told(np.repeat(scores[None, :], len(trial.cases), axis=0), trial)


def _without_told(scores: FloatArray, trial: Trial) -> FloatArray:
    """Papers that a reader had voted on before are no answer: they go to the end."""
    for row, case in zip(scores, trial.cases, strict=True):
        row[np.isin(trial.pool, case.revealed)] = -np.inf
    return scores


def _name(system: str) -> str:
    return "the model" if system == "model" else "the recipe, trained without the newest votes,"


def _mean(values: MetricArray) -> str:
    return f"{values.mean():.4f}"
