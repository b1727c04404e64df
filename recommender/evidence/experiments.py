"""Starting and stopping experiments, and what came of them: up-votes, down-votes and clicks on a reader's day."""

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
    """The experiment cannot be started or stopped; the message says why and what to do instead."""


@dataclass(frozen=True)
class Arms:
    """What readers did in each arm, a row for each: days (n,) and outcomes (n, 3), in the order of `OUTCOMES`."""

    days: dict[str, WideArray]
    counts: dict[str, WideArray]


def start(version: str, share: float) -> Experiment:
    """Let the model rank for that share of the readers from now on; raises Unfit."""
    if not 0 < share < 1:
        raise ExperimentError(f"a share of {share:g} leaves nobody in one arm; give one between 0 and 1, such as 0.5")
    row = TrainedModel.objects.filter(version=version).first()
    if row is None:
        raise ExperimentError(f"there is no model {version!r}; the page of models lists them")
    _check(row)
    try:
        with transaction.atomic():
            return Experiment.objects.create(challenger=row, share=share)
    except IntegrityError:
        raise ExperimentError(f"{running_experiment()} runs; end it first: manage.py experiment stop") from None


def stop(because: str = "Stopped by hand.") -> Experiment:
    """End the experiment that runs; raises Unfit where none does."""
    experiment = running_experiment()
    if experiment is None or not end_experiment(experiment, because):
        raise ExperimentError("no experiment runs")
    experiment.refresh_from_db()
    return experiment


def end_what_is_over() -> Experiment | None:
    """End the experiment whose challenger was promoted meanwhile: both arms are the same now."""
    experiment, newest = running_experiment(), TrainedModel.objects.serving_order().first()
    if experiment is None or newest != experiment.challenger:
        return None
    end_experiment(experiment, "The challenger itself serves now.")
    return experiment


def outcome(experiment: Experiment) -> dict[str, Any]:
    """Each arm's readers, days and outcomes for each day, and the differences, with 95 % intervals over readers.

    A day counts where a page showed the reader a ranking of the experiment; what they did elsewhere does not.
    """
    found = _arms(experiment)
    readers = {arm: len(found.days[arm]) for arm in Arm.values}
    if min(readers.values()) < FEWEST:
        return {"arms": {}, "differences": {}, "note": f"An arm has fewer than {FEWEST} readers yet."}
    seed = experiment.pk
    each = {arm: rates(found.counts[arm], _as_columns(found.days[arm]), seed) for arm in Arm.values}
    apart = difference(
        (found.counts[Arm.CHALLENGER], found.days[Arm.CHALLENGER]),
        (found.counts[Arm.SERVING], found.days[Arm.SERVING]),
        seed,
    )
    return {
        "arms": {
            arm: {
                "readers": readers[arm],
                "days": int(found.days[arm].sum()),
                **{name: rate.as_dict() for name, rate in zip(OUTCOMES, each[arm], strict=True)},
            }
            for arm in Arm.values
        },
        "differences": {name: found.as_dict() for name, found in zip(OUTCOMES, apart, strict=True)},
        "note": "",
    }


def _arms(experiment: Experiment) -> Arms:
    shown = Impression.objects.filter(
        ranking__experiment=experiment, surface=Impression.Surface.WEB, reader__gives_evidence=True
    ).order_by()
    counts = {name: Count("pk", filter=what) for name, what in OUTCOMES.items()}
    grouped = shown.values("ranking__arm", "reader").annotate(days=Count(TruncDate("at"), distinct=True), **counts)
    rows = list(grouped.values_list("ranking__arm", "days", *OUTCOMES))
    days, found = {}, {}
    for arm in Arm.values:
        table = np.array([row[1:] for row in rows if row[0] == arm], dtype=np.float64).reshape(-1, 1 + len(OUTCOMES))
        days[arm], found[arm] = table[:, 0], table[:, 1:]
    return Arms(days, found)


def _as_columns(days: WideArray) -> WideArray:
    return np.repeat(days[:, None], len(OUTCOMES), axis=1)


def _check(row: TrainedModel) -> None:
    """A challenger is whole, sound, and another model than the one that serves."""
    newest = TrainedModel.objects.serving_order().first()
    if newest is None:
        raise ExperimentError(
            "no model serves yet, so there is nothing to compare with; manage.py night, after some votes"
        )
    if row == newest:
        raise ExperimentError(f"{row.version} itself serves; name another model that is kept: {_kept(newest)}")
    try:
        is_sound = overrule.read_model(row).is_finite()
    except DamagedModel as error:
        raise ExperimentError(f"the files of {error}; models that are kept: {_kept(newest)}") from error
    if not is_sound:
        raise ExperimentError(f"{row.version} holds numbers that are not finite; models that are kept: {_kept(newest)}")


def _kept(newest: TrainedModel) -> str:
    return ", ".join(sorted(model_cache.versions_to_keep() - {newest.version})) or "none"
