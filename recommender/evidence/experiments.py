"""Start, stop and compare experiments.

Arms are compared by up-votes, down-votes and clicks per reader and day.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from recommender.engine.rates import WideArray, difference, rates
from recommender.engine.storage import DamagedModel
from recommender.models import Experiment, Impression, TrainedModel
from recommender.night import overrule
from recommender.serving import model_cache
from recommender.serving.arms import Arm, end_experiment, running_experiment

from .rates import FEWEST

OUTCOMES = {
    "up_votes": Q(vote=1),
    "down_votes": Q(vote=-1),
    "clicks": Q(clicked_at__isnull=False),
}


class ExperimentError(Exception):
    """The experiment cannot be started or stopped.

    The message says why and what to do instead.
    """


@dataclass(frozen=True)
class ArmOutcomes:
    """What readers did in each arm.

    days    for each arm (n,) float64, the days on which each reader was shown a ranking
    counts  for each arm (n, 3) float64, outcomes of each reader, in the order of `OUTCOMES`
    """

    days: dict[str, WideArray]
    counts: dict[str, WideArray]


def start(version: str, share: float) -> Experiment:
    """Let the model rank for this share of the readers.

    Starts now; raises ExperimentError.
    """
    if not 0 < share < 1:
        raise ExperimentError(f"a share of {share:g} leaves nobody in one arm; give one between 0 and 1, such as 0.5")
    row = TrainedModel.objects.filter(version=version).first()
    if row is None:
        raise ExperimentError(f"there is no model {version!r}; the models page lists them")
    _check_challenger(row)
    try:
        with transaction.atomic():
            return Experiment.objects.create(challenger=row, share=share)
    except IntegrityError:
        raise ExperimentError(f"{running_experiment()} is running; stop it first: manage.py experiment stop") from None


def stop(because: str = "Stopped by hand.") -> Experiment:
    """End the running experiment; raises ExperimentError where none runs."""
    experiment = running_experiment()
    if experiment is None or not end_experiment(experiment, because):
        raise ExperimentError("no experiment is running")
    experiment.refresh_from_db()
    return experiment


def end_promoted() -> Experiment | None:
    """End the running experiment when its challenger was promoted.

    Both arms are then the same.
    """
    experiment, newest = running_experiment(), TrainedModel.objects.serving_order().first()
    if experiment is None or newest != experiment.challenger:
        return None
    end_experiment(experiment, "The challenger was promoted.")
    return experiment


def outcome(experiment: Experiment) -> dict[str, Any]:
    """Compare the arms, with 95 % intervals over readers.

    Each arm has its readers, days and outcomes per day. A day counts when a page showed the reader a ranking of the
    experiment; other surfaces do not count.
    """
    data = _arm_outcomes(experiment)
    readers = {arm: len(data.days[arm]) for arm in Arm.values}
    if min(readers.values()) < FEWEST:
        return {"arms": {}, "differences": {}, "note": f"An arm has fewer than {FEWEST} readers so far."}
    seed = experiment.pk
    arms = {}
    for arm in Arm.values:
        chances = np.repeat(data.days[arm][:, None], len(OUTCOMES), axis=1)
        arm_rates = rates(data.counts[arm], chances, seed)
        arms[arm] = {
            "readers": readers[arm],
            "days": int(data.days[arm].sum()),
            **{name: rate.as_dict() for name, rate in zip(OUTCOMES, arm_rates, strict=True)},
        }
    challenger, serving = ((data.counts[arm], data.days[arm]) for arm in (Arm.CHALLENGER, Arm.SERVING))
    differences = difference(challenger, serving, seed)
    return {
        "arms": arms,
        "differences": {name: rate.as_dict() for name, rate in zip(OUTCOMES, differences, strict=True)},
        "note": "",
    }


def _arm_outcomes(experiment: Experiment) -> ArmOutcomes:
    """The outcomes from the impressions of the experiment's rankings; one query."""
    impressions = Impression.objects.filter(
        ranking__experiment=experiment, surface=Impression.Surface.WEB, reader__gives_evidence=True
    ).order_by()
    aggregates = {name: Count("pk", filter=condition) for name, condition in OUTCOMES.items()}
    by_reader = impressions.values("ranking__arm", "reader").annotate(
        days=Count(TruncDate("at"), distinct=True), **aggregates
    )
    rows = list(by_reader.values_list("ranking__arm", "days", *OUTCOMES))
    days, counts = {}, {}
    for arm in Arm.values:
        table = np.array([row[1:] for row in rows if row[0] == arm], dtype=np.float64).reshape(-1, 1 + len(OUTCOMES))
        days[arm], counts[arm] = table[:, 0], table[:, 1:]
    return ArmOutcomes(days, counts)


def _check_challenger(row: TrainedModel) -> None:
    """Raise ExperimentError unless the model may be a challenger.

    It must be readable and finite, and differ from the one that serves.
    """
    newest = TrainedModel.objects.serving_order().first()
    if newest is None:
        raise ExperimentError(
            "no model serves yet, so there is nothing to compare with; run manage.py night after some votes"
        )
    others = ", ".join(sorted(model_cache.versions_to_keep() - {newest.version})) or "none"
    if row == newest:
        raise ExperimentError(f"{row.version} is the serving model; choose another stored model: {others}")
    try:
        is_sound = overrule.read_model(row).is_finite()
    except DamagedModel as error:
        raise ExperimentError(f"{error}; stored models: {others}") from error
    if not is_sound:
        raise ExperimentError(f"{row.version} contains numbers that are not finite; stored models: {others}")
