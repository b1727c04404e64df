"""Makes the record of evidence, once a night, from the impressions of the last four weeks; reading is in `record`."""

from datetime import date
from typing import Any

from django.utils import timezone

from recommender.estimating import TooFew, estimate_orders
from recommender.models import Evidence, Ranking

from .experiments import end_what_is_over, outcome
from .exposure import exposure
from .rates import by_model, by_position
from .record import newest_experiments
from .telling import midnight, window

DAYS = 28
MOST_RANKINGS = 200_000  # that an estimate of other orders reads, whole


def gather(day: date) -> Evidence:
    """Make the day's evidence, anew if it is there; experiments that are over end first."""
    end_what_is_over()
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
    if isinstance(found, TooFew):
        return {"values": [], "note": f"{found.rankings:,} rankings explored, which are too few for an estimate."}
    return {"values": [value.as_dict() for value in found], "note": ""}
