"""The nightly record of evidence: made from the impressions of the last four weeks, and read."""

from datetime import date
from typing import Any

from django.utils import timezone

from recommender.models import Evidence, Experiment, Ranking

from .experiments import end_promoted, outcome
from .exposure import exposure
from .off_policy import TooFewRankings, estimate_orders
from .rates import by_model, by_position, midnight, window

DAYS = 28
MOST_RANKINGS = 200_000  # that an estimate of other orders reads, whole


def gather(day: date) -> Evidence:
    """Make the day's evidence, anew if it is there; experiments that are over end first."""
    end_promoted()
    since = window(day, DAYS)
    figures = {
        "since": str(since),
        "positions": by_position(midnight(since)),
        "models": by_model(midnight(since)),
        "orders": _orders(since),
        "exposure": exposure(since, day),
        "experiments": {one.public_id: outcome(one) for one in newest_experiments()},
    }
    made, _ = Evidence.objects.update_or_create(day=day, defaults={"figures": figures, "made_at": timezone.now()})
    return made


def _orders(since: date) -> dict[str, Any]:
    """What other orders would have earned, or why that cannot be said."""
    rankings = Ranking.objects.filter(day__gte=since, model__isnull=False).count()
    if rankings > MOST_RANKINGS:
        return {"values": [], "note": f"{rankings:,} rankings are more than an estimate reads: {MOST_RANKINGS:,}."}
    found = estimate_orders(since)
    if isinstance(found, TooFewRankings):
        return {"values": [], "note": f"{found.rankings:,} rankings explored, which are too few for an estimate."}
    return {"values": [value.as_dict() for value in found], "note": ""}


EXPERIMENTS = 10  # the newest, which are told of


def newest() -> Evidence | None:
    return Evidence.objects.first()


def experiments(record: Evidence | None) -> list[dict[str, Any]]:
    """The newest experiments as they are now, with their outcomes as of the record."""
    told = record.figures["experiments"] if record else {}
    none: dict[str, Any] = {"arms": {}, "differences": {}, "note": "It will be counted with the next night."}
    return [_described(one) | told.get(one.public_id, none) for one in newest_experiments()]


def newest_experiments() -> list[Experiment]:
    return list(Experiment.objects.select_related("challenger")[:EXPERIMENTS])


def _described(one: Experiment) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "challenger": one.challenger.version,
        "share": one.share,
        "is_running": one.is_running,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "ended_because": one.ended_because or None,
    }
