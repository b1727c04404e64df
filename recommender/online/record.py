"""The record of evidence as pages and API read it: the newest figures, and the experiments as they are now."""

from typing import Any

from recommender.models import Evidence, Experiment

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
