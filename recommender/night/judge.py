"""The promotion gate for new models.

A model must beat the simple orders and be no worse than the serving model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from recommender.dataset import Aside, Dataset
from recommender.engine.data import FloatArray, Report, Settings, Votes
from recommender.engine.evaluation import Interval, MetricArray, bootstrap
from recommender.engine.fit import Learned, assemble, learn
from recommender.engine.model import Model
from recommender.engine.trial import ENOUGH_READERS, FEWEST_READERS, SEED, Trial, likeness, measure, popularity
from recommender.serving.model_cache import Served

from .trial import SINCE, hold_out, recency, scores_of

LOST = 0.2  # share of the votes, readers or papers that may disappear between two models
DRIFT = 0.01  # NDCG@10 that a content model may lose as votes come in, which change how far each is trusted
COPY = 0.95  # rank correlation with popularity from which on an order is popularity's
SIMPLE = ("popularity", "recency")
OURS = {"candidate": "the candidate", "finished": "the finished model"}
OTHERS = {
    "content": "content alone",
    "candidate": "the candidate, which has not seen the newest votes",
    "yesterday": "the serving model",
}

FEW_PROOF = 3.0  # standard errors above 0 with fewer than `ENOUGH_READERS`, whose 95 % intervals are too narrow
UNJUDGED = "not enough votes to judge"  # the content order serves: it has learned nothing that could be noise

# How the serving model is measured: as it is, if it has not seen the held-out votes either (BLIND), or by its settings,
# trained again on the earlier votes (AGAIN).
BLIND, AGAIN = "blind", "again"

Results = dict[str, MetricArray]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a model: whether it may serve, and why.

    The figures are NDCG@10 with its interval for each system, and the trial.
    """

    passed: bool
    reason: str
    figures: dict[str, Any]


class Trials:
    """One night's measurements.

    The held-out votes, and the scores of each recipe and order on them. A recipe is trained on the earlier votes when
    its score is first read, and once; one model at a time is in memory.
    """

    def __init__(self, data: Dataset, serving: Served | None) -> None:
        until = serving.row.votes_until if serving else None
        self.data, self.serving = data, serving
        self.trial = hold_out(data, until.timestamp() if until else None)
        self.losses = data_losses(data, serving) if serving else []
        self._recipes: dict[Settings, MetricArray] = {}
        self._learned: dict[Settings, Learned] = {}

    @property
    def can_judge(self) -> bool:
        """Whether there are enough readers for a figure to mean something."""
        return len(self.trial.cases) >= FEWEST_READERS

    @cached_property
    def simple(self) -> Results:
        """NDCG@10 of the orders that every model must beat, (cases,) each."""
        orders = {"popularity": popularity(self.trial.earlier), "recency": recency(self.data)}
        trial = self.trial
        return {name: measure(trial, [order[trial.papers]] * len(trial.cases)) for name, order in orders.items()}

    def recipe(self, settings: Settings) -> MetricArray:
        """NDCG@10 of a recipe that knows only the earlier votes, (cases,)."""
        if settings not in self._recipes:
            learned = self._learn(settings)
            model = assemble(learned, self.data.paper_ids, self.trial.earlier, settings, self.data.vectors)
            self._recipes[settings] = measure(self.trial, scores_of(model, self.data, self.trial))
        return self._recipes[settings]

    def _learn(self, settings: Settings) -> Learned:
        """What a recipe learns from the earlier votes; recipes that differ only in weights learn it once."""
        key = settings.without_weights()
        if key not in self._learned:
            self._learned.clear()  # one at a time is in memory
            self._learned[key] = learn(self.data.texts, self.trial.earlier, settings)
        return self._learned[key]

    def candidate(self, settings: Settings) -> Results:
        """A recipe with everything it is compared with.

        Content alone is included only if the recipe learns from other readers too.
        """
        results = self.simple | {"candidate": self.recipe(settings)}
        return results | ({"content": self.recipe(settings.content_only())} if settings.learns_from_others else {})

    def yesterday(self, settings: Settings) -> tuple[Results, str | None]:
        """The figure of the serving model and how it was measured.

        It was measured as BLIND or AGAIN, beside these settings. A model that has seen the held-out votes is never
        measured by them: it would be judged by what it knows by heart. Empty if it has the same settings and there is
        nothing to compare: it has seen the votes, so that training it again would give the candidate; or it is a
        content model, which learns nothing from votes that it could have learned better.
        """
        if self.serving is None:
            return {}, None
        is_blind = self.trial.kind == SINCE
        if self.serving.model.settings == settings and not (is_blind and settings.learns_from_others):
            return {}, None
        if is_blind:
            return {"yesterday": measure(self.trial, scores_of(self.serving.model, self.data, self.trial))}, BLIND
        return {"yesterday": self.recipe(self.serving.model.settings)}, AGAIN


def judge_model(model: Model, trials: Trials, report: Report) -> Verdict:
    """Judge the recipe by a second training, and the model for soundness.

    The second training lacks the newest votes. The second training is the `candidate`, the honest figure. `finished` is
    the model that would serve: it has seen the answers, so only a failure of it means something.
    """
    if not model.is_finite():
        return Verdict(False, "it contains numbers that are not finite", {})
    trial, complaints = trials.trial, list(trials.losses)
    if not trials.can_judge:
        has_learned = model.settings.learns_from_others
        return Verdict(not complaints and not has_learned, "; ".join(complaints) or too_few(trial, has_learned), {})
    report(f"judging on hidden votes ({trial.kind}): {len(trial.cases)} readers, {len(trial.papers)} papers")
    finished = list(scores_of(model, trials.data, trial))
    complaints += popularity_copies(finished, trial, trials.data.votes)
    yesterday, how = trials.yesterday(model.settings)
    results = {"finished": measure(trial, finished), **trials.candidate(model.settings), **yesterday}
    verdict = decide(results, how, complaints, has_learned=model.settings.learns_from_others)
    facts = {"split": trial.kind, "readers": len(trial.cases), "papers": len(trial.papers), "days": len(trial.sheets)}
    return replace(verdict, figures=verdict.figures | facts)


def judge_recipe(settings: Settings, trials: Trials) -> Verdict:
    """The verdict on a recipe before it is trained on all votes, without figures.

    If nothing can be measured, only content alone passes. Whatever the settings, it fails if data were lost.
    """
    has_learned = settings.learns_from_others
    if trials.losses or not trials.can_judge:
        passed = not trials.losses and not has_learned
        return Verdict(passed, "; ".join(trials.losses) or too_few(trials.trial, has_learned), {})
    yesterday, how = trials.yesterday(settings)
    return replace(decide(trials.candidate(settings) | yesterday, how, has_learned=has_learned), figures={})


def loss_to_content(trials: Trials, settings: Settings) -> str:
    """By how much content alone beats the recipe, in words.

    Empty if it does not. Unlike the gate this needs no proof: of two recipes the one with the higher mean is the better
    bet.
    """
    if not settings.learns_from_others or not trials.can_judge:
        return ""
    results = trials.candidate(settings)
    difference = bootstrap(results["candidate"] - results["content"], SEED)
    if difference.mean >= 0:
        return ""
    return f"content alone scores higher: {comparison(results, 'candidate', 'content', difference)}"


def decide(
    results: Results, how: str | None = None, complaints: Sequence[str] = (), *, has_learned: bool = True
) -> Verdict:
    """The rules, by paired differences over readers.

    Candidate and finished model must each be better than popularity and recency: the 95 % interval must lie above 0 or,
    with fewer than `ENOUGH_READERS`, the mean `FEW_PROOF` standard errors, or noise would be promoted. Content alone
    learns nothing from other readers that could be noise, so with fewer readers it only must not be worse by more than
    a standard error: it is the order that serves while there is too little to judge. Neither may be worse (an interval
    below 0) than content alone, nor the finished model than the candidate, which has seen less, nor the new recipe than
    the serving one. What is not among the results is not compared.

    how          how yesterday's model was measured, None if there is none
    has_learned  whether the recipe learns from other readers; if not, it may also lose `DRIFT` to the candidate
    """
    pairs = [(ours, other) for other in (*SIMPLE, "content") for ours in OURS]
    pairs += [("finished", "candidate"), ("candidate", "yesterday")]
    differences = {
        (ours, other): bootstrap(results[ours] - results[other], SEED)
        for ours, other in pairs
        if ours in results and other in results
    }
    reasons = list(complaints)
    for (ours, other), difference in differences.items():
        if other in SIMPLE:
            fails, complaint = _fails_against_simple(results[ours] - results[other], difference, has_learned)
            complaint = f"{OURS[ours]} is {complaint} {other}"
        else:
            allowed = DRIFT if (ours, other) == ("finished", "candidate") and not has_learned else 0.0
            fails, complaint = difference.high < -allowed, f"{OURS[ours]} is worse than {OTHERS[other]}"
        if fails:
            reasons.append(f"{complaint}: {comparison(results, ours, other, difference)}")
    figures: dict[str, Any] = {name: vars(bootstrap(values, SEED)) for name, values in results.items()}
    figures["differences"] = {
        other: vars(difference)
        for (ours, other), difference in differences.items()
        if ours == "candidate" or other == "yesterday"
    }
    figures["yesterday_is"] = how
    return Verdict(not reasons, "; ".join(reasons) or _praise(results, differences, how), figures)


def too_few(trial: Trial, has_learned: bool) -> str:
    """What happens with too few readers to judge by, in words."""
    readers = f"readers with votes before the trial and up-votes in it: {len(trial.cases)}, needed: {FEWEST_READERS}"
    return f"{UNJUDGED}, {readers}" if has_learned else f"{UNJUDGED}: the content order serves; {readers}"


def _fails_against_simple(gains: MetricArray, difference: Interval, has_learned: bool) -> tuple[bool, str]:
    """Whether paired gains over a simple order refuse a model, and as what; see `decide`."""
    if len(gains) >= ENOUGH_READERS:
        return difference.low <= 0, "not better than"
    if has_learned:
        return difference.mean <= FEW_PROOF * standard_error(gains), "not clearly better than"
    return difference.mean < -standard_error(gains), "worse than"


def data_losses(data: Dataset, serving: Served) -> list[str]:
    """What has disappeared since the serving model was trained.

    Reported if it is more than `LOST` of it.
    """
    aside = serving.row.parameters.get("aside", vars(Aside()))
    counts = {
        "votes": (serving.row.votes_seen + aside["votes"], len(data.votes) + data.aside.votes),
        "readers": (serving.row.readers_seen + aside["readers"], len(data.reader_ids) + data.aside.readers),
        "papers": (serving.row.papers_seen, len(data.paper_ids)),
    }
    return [
        f"data are lost: {before:,} {name} for the serving model, {now:,} now (if intended: manage.py promote)"
        for name, (before, now) in counts.items()
        if now < (1 - LOST) * before
    ]


def popularity_copies(finished: Sequence[FloatArray], trial: Trial, votes: Votes) -> list[str]:
    """A complaint if the finished model copies popularity.

    It then gives readers the order by popularity of all votes. NDCG cannot tell: both have seen the answers, and among
    few voters popularity gives them away.
    """
    net = popularity(votes)[trial.papers]
    alike = np.mean([likeness(scores, net) for scores in finished])
    return (
        [f"the finished model is not better than popularity: it copies it (rank correlation {alike:.2f})"]
        if alike > COPY
        else []
    )


def standard_error(gains: MetricArray) -> float:
    """Of the mean of paired differences over readers, two at least."""
    return float(gains.std(ddof=1) / np.sqrt(len(gains)))


def comparison(results: Results, ours: str, other: str, difference: Interval) -> str:
    """Both means and their paired difference, in words."""
    means = f"{results[ours].mean():.4f} against {results[other].mean():.4f}"
    return f"{means}, difference {difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"


def _praise(results: Results, differences: dict[tuple[str, str], Interval], how: str | None) -> str:
    """Why the candidate passes.

    Which orders it is better than, and which it is not worse than.
    """
    better = [simple for simple in SIMPLE if differences["candidate", simple].low > 0]
    unclear = [simple for simple in SIMPLE if simple not in better]
    parts = [f"better than {' and '.join(better)}"] if better else []
    parts += [f"{UNJUDGED} against {' and '.join(unclear)}: the content order serves"] if unclear else []
    bars = ["content alone"] * ("content" in results) + ["the serving model"] * bool(how)
    parts += [f"not worse than {' or '.join(bars)}"] if bars else []
    return f"NDCG@10 {results['candidate'].mean():.4f} for {len(results['candidate'])} readers: {', '.join(parts)}"
