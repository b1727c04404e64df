"""The state of the service, for the status page and the API."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max

from feeds.models import Delivery, DeliveryState, Fetch
from feeds.sources.freshness import Freshness, freshness
from recommender.models import NightStep, Paper, TrainedModel
from recommender.models.training import refused_in_a_row
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable

NIGHTS = FETCH_DAYS = 7


def status_now(now: datetime) -> dict[str, Any]:
    """Return the state of catalogue, sources, model, days and nights."""
    served = model_cache.current()
    row, reason = (None, served.reason) if isinstance(served, Unavailable) else (served.row, "")
    nights = list(NightStep.objects.order_by("-day").values_list("day", flat=True).distinct()[:NIGHTS])
    steps = NightStep.objects.exclude(step__contains=":")  # the parts of a step; the step itself counts its parts
    return {
        "papers": Paper.objects.count(),
        "last_day": Paper.objects.aggregate(last=Max("day"))["last"],
        # The paper with the last key came last; no other row has to be read.
        "catalogue_as_of": Paper.objects.order_by("-pk").values_list("added_at", flat=True).first(),
        "sources": freshness(now),
        "digests": digest_counts(now),
        "fetches": list(Fetch.objects.filter(day__gt=now.date() - timedelta(days=FETCH_DAYS))),
        "model": row,
        "model_reason": reason,
        "models": TrainedModel.objects.count(),
        "refused_in_a_row": refused_in_a_row(),
        "nights": list(steps.filter(day__in=nights).order_by("-day", "started_at")),
    }


def digest_counts(now: datetime) -> dict[str, int]:
    """Return the number of digests of the last 24 hours in each state."""
    recent = Delivery.objects.filter(claimed_at__gt=now - timedelta(days=1)).order_by()
    counts = dict(recent.values_list("state").annotate(number=Count("pk")))
    return {state.value: counts.get(state.value, 0) for state in DeliveryState}


def late_sources(now: datetime) -> list[Freshness]:
    """Return the sources that are late, which every reader is told."""
    return [source for source in freshness(now) if source.is_late]
