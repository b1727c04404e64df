"""The gate: is a new model better than the simple orders, and no worse than the one that serves?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .dataset import Aside, Dataset
from .engine.data import FloatArray, Settings, Votes
from .engine.evaluation import Interval, MetricArray, bootstrap
from .engine.fitting import fit
from .engine.model import Model
from .serving import Served
from .trial import (
    ENOUGH_READERS,
    FEWEST_READERS,
    SEED,
    SINCE,
    Trial,
    hold_out,
    likeness,
    measure,
    popularity,
    recency,
    scores_of,
)

LOST = 0.2  # share of the votes, readers or papers that may go between two models
COPY = 0.95  # rank correlation with popularity from which on an order is popularity's
SIMPLE = ("popularity", "recency")
OURS = {"candidate": "the candidate", "finished": "the finished model"}

# How the serving model took part: as it is, new to the votes as the candidate is; as it is, having seen votes that the
# finished model has seen as well; or by its settings, trained again on what the candidate was told.
BLIND, SEEN, AGAIN = "blind", "seen", "again"

Say = Callable[[str], None]
Results = dict[str, MetricArray]


@dataclass(frozen=True)
class Verdict:
    """May the model serve, why, and the figures: NDCG@10 with its interval for each system, and what they rest on."""

    passed: bool
    reason: str
    figures: dict[str, Any]


def judge(model: Model, data: Dataset, *, serving: Served | None, say: Say) -> Verdict:
    """Judge the recipe by a second training that has not seen the newest votes, and the model itself for soundness.

    The second training is the `candidate`, the honest figure. `finished` is the model that would serve: it has seen
    the answers, so that only a failure of it means something.
    """
    if not model.is_finite():
        return Verdict(False, "it holds numbers that are not finite", {})
    complaints = losses(data, serving) if serving else []
    trial = hold_out(data, _learned_until(serving))
    if len(trial.cases) < FEWEST_READERS:
        found = f"readers with votes before the trial and up-votes in it: {len(trial.cases)}, wanted: {FEWEST_READERS}"
        return Verdict(not complaints, "; ".join(complaints) or f"not judged: {found}", {})
    say(f"judging on hidden votes ({trial.kind}): {len(trial.cases)} readers, {len(trial.papers)} papers")
    finished = list(scores_of(model, data, trial))
    complaints += copies(finished, trial, data.votes)
    how = _way_to_ask(serving, model, trial)
    results = {"finished": measure(trial, finished), **_trained_anew(model.settings, data, trial)}
    if serving and how:
        results["yesterday"] = measure(trial, scores_of(_yesterday(serving.model, how, data, trial), data, trial))
    verdict = decide(results, how, complaints)
    facts = {"split": trial.kind, "readers": len(trial.cases), "papers": len(trial.papers), "days": len(trial.sheets)}
    return replace(verdict, figures=verdict.figures | facts)


def decide(results: Results, how: str | None = None, complaints: Sequence[str] = ()) -> Verdict:
    """The rules, by paired differences over readers.

    Candidate and finished model must each be better than popularity and recency: from `ENOUGH_READERS` readers on the
    95 % interval must lie above 0, with fewer it must reach above 0, so that lack of evidence refuses nobody. Neither
    may be worse (an interval below 0) than content alone, nor the finished model than the candidate that has seen
    less, nor the new than yesterday's.

    how  the way in which yesterday's model took part, None if there is none
    """
    found = [*complaints, *_not_better(results), *_worse(results, how)]
    figures: dict[str, Any] = {name: vars(bootstrap(values, SEED)) for name, values in results.items()}
    figures["differences"] = {
        other: vars(_difference(results, ours, other))
        for ours, other in _pairs(how)
        if ours == "candidate" or other == "yesterday"
    }
    return Verdict(not found, "; ".join(found) or _praise(results, how), figures | {"yesterday_is": how})


def losses(data: Dataset, serving: Served) -> list[str]:
    """What has gone since the serving model was trained, where that is more than `LOST` of it."""
    aside = serving.row.parameters.get("aside", vars(Aside()))
    counts = {
        "votes": (serving.row.votes_seen + aside["votes"], len(data.votes) + data.aside.votes),
        "readers": (serving.row.readers_seen + aside["readers"], len(data.reader_ids) + data.aside.readers),
        "papers": (serving.row.papers_seen, len(data.paper_ids)),
    }
    return [
        f"data are lost: {before:,} {name} for the serving model, {now:,} now (if that is right: manage.py promote)"
        for name, (before, now) in counts.items()
        if now < (1 - LOST) * before
    ]


def copies(finished: Sequence[FloatArray], trial: Trial, votes: Votes) -> list[str]:
    """Whether the finished model gives readers the order by popularity, as far as both know it.

    A figure cannot tell: both have seen the answers, and among few voters popularity gives them away.
    """
    net = popularity(votes)[trial.papers]
    alike = np.mean([likeness(scores, net) for scores in finished])
    return [f"the finished model is not better than popularity: it repeats it ({alike:.2f})"] if alike > COPY else []


def content_only(settings: Settings) -> Settings:
    """The same recipe without anything learned from other readers."""
    others = {"embedding_size": 0, "neighbours": 0, "direct_weight": 0, "prior_weight": 0}
    return Settings(**settings.as_dict() | others)


def _trained_anew(settings: Settings, data: Dataset, trial: Trial) -> Results:
    """The figures of all that knows only the earlier votes; one model at a time is in memory."""
    orders = {"popularity": popularity(trial.earlier), "recency": recency(data)}
    figures = {name: measure(trial, [order[trial.papers]] * len(trial.cases)) for name, order in orders.items()}
    for name, recipe in (("candidate", settings), ("content", content_only(settings))):
        figures[name] = measure(trial, scores_of(_fit(recipe, data, trial), data, trial))
    return figures


def _fit(settings: Settings, data: Dataset, trial: Trial) -> Model:
    return fit(data.texts, data.paper_ids, trial.earlier, settings)


def _learned_until(serving: Served | None) -> float | None:
    until = serving.row.votes_until if serving else None
    return until.timestamp() if until else None


def _way_to_ask(serving: Served | None, model: Model, trial: Trial) -> str | None:
    """Two finished models compare only if they learn alike; else the one that learns by heart would win."""
    if serving is None:
        return None
    if trial.kind == SINCE:
        return BLIND
    return SEEN if serving.model.settings == model.settings else AGAIN


def _yesterday(serving: Model, how: str, data: Dataset, trial: Trial) -> Model:
    return _fit(serving.settings, data, trial) if how == AGAIN else serving


def _pairs(how: str | None) -> Iterator[tuple[str, str]]:
    """Which of ours is compared with what."""
    for ours in OURS:
        yield from ((ours, other) for other in (*SIMPLE, "content"))
    yield "finished", "candidate"
    if how:
        yield ("finished" if how == SEEN else "candidate"), "yesterday"


def _difference(results: Results, better: str, worse: str) -> Interval:
    return bootstrap(results[better] - results[worse], SEED)


def _not_better(results: Results) -> Iterator[str]:
    for ours, name in OURS.items():
        for simple in SIMPLE:
            difference = _difference(results, ours, simple)
            end = difference.low if len(results[ours]) >= ENOUGH_READERS else difference.high
            if end <= 0:
                yield f"{name} is not better than {simple}: {_told(results, ours, simple, difference)}"


def _worse(results: Results, how: str | None) -> Iterator[str]:
    names = {
        "content": "content alone",
        "candidate": "the candidate, which has not seen the newest votes",
        "yesterday": "the serving model",
    }
    for ours, other in _pairs(how):
        difference = _difference(results, ours, other)
        if other in names and difference.high < 0:
            yield f"{OURS[ours]} is worse than {names[other]}: {_told(results, ours, other, difference)}"


def _told(results: Results, ours: str, other: str, difference: Interval) -> str:
    means = f"{results[ours].mean():.4f} against {results[other].mean():.4f}"
    return f"{means}, difference {difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"


def _praise(results: Results, how: str | None) -> str:
    better = [simple for simple in SIMPLE if _difference(results, "candidate", simple).low > 0]
    unclear = [simple for simple in SIMPLE if simple not in better]
    parts = [f"better than {' and '.join(better)}"] if better else []
    parts += [f"too few readers to tell it from {' and '.join(unclear)}"] if unclear else []
    parts += ["not worse than content alone" + (" or the serving model" if how else "")]
    return f"NDCG@10 {results['candidate'].mean():.4f} for {len(results['candidate'])} readers: {', '.join(parts)}"
