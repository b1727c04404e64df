"""The nightly record of evidence, made from the last four weeks."""

from datetime import date
from typing import Any

from django.utils import timezone

from recommender.models import Evidence, Experiment, Ranking

from .experiments import end_promoted, outcome
from .exposure import exposure
from .off_policy import TooFewRankings, estimate_orders
from .rates import by_model, by_position, midnight, window

DAYS = 28
MOST_RANKINGS = 200_000  # that an off-policy estimate reads into memory
EXPERIMENTS = 10  # the newest, which the record covers


def gather(day: date) -> Evidence:
    """Make the day's evidence, or replace it.

    An experiment whose challenger was promoted ends first.
    """
    end_promoted()
    since = window(day, DAYS)
    figures = {
        "since": str(since),
        "positions": by_position(midnight(since)),
        "models": by_model(midnight(since)),
        "orders": _order_values(since),
        "exposure": exposure(since, day),
        "experiments": {experiment.public_id: outcome(experiment) for experiment in newest_experiments()},
    }
    evidence, _ = Evidence.objects.update_or_create(day=day, defaults={"figures": figures, "made_at": timezone.now()})
    return evidence


def _order_values(since: date) -> dict[str, Any]:
    """The estimates for other orders, or why there are none."""
    rankings = Ranking.objects.filter(day__gte=since, model__isnull=False).count()
    if rankings > MOST_RANKINGS:
        return {"values": [], "note": f"No estimate: {rankings:,} rankings explored, more than {MOST_RANKINGS:,}."}
    values = estimate_orders(since)
    if isinstance(values, TooFewRankings):
        return {"values": [], "note": f"No estimate: only {values.rankings:,} rankings explored."}
    return {"values": [value.as_dict() for value in values], "note": ""}


def newest() -> Evidence | None:
    """The newest record; None before the first night."""
    return Evidence.objects.first()


def experiments(record: Evidence | None) -> list[dict[str, Any]]:
    """The newest experiments as they are now, with their outcomes from the record."""
    outcomes = record.figures["experiments"] if record else {}
    not_yet: dict[str, Any] = {"arms": {}, "differences": {}, "note": "It will be evaluated in the next night."}
    return [
        {
            "id": experiment.public_id,
            "challenger": experiment.challenger.version,
            "share": experiment.share,
            "is_running": experiment.is_running,
            "started_at": experiment.started_at,
            "ended_at": experiment.ended_at,
            "ended_because": experiment.ended_because or None,
            **outcomes.get(experiment.public_id, not_yet),
        }
        for experiment in newest_experiments()
    ]


def newest_experiments() -> list[Experiment]:
    return list(Experiment.objects.select_related("challenger")[:EXPERIMENTS])
