"""The state of the service in one place, for the page and the API."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet

from feeds.models import Delivery, DeliveryState, Fetch
from feeds.sources.freshness import Freshness, freshness
from recommender.models import NightStep, Paper, TrainedModel
from recommender.models.training import refused_in_a_row
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable

NIGHTS = FETCH_DAYS = 7


def status_now(now: datetime) -> dict[str, Any]:
    """Catalogue, sources, model in service, and the ledgers of the last days and nights."""
    served = model_cache.current()
    row, reason = (None, served.reason) if isinstance(served, Unavailable) else (served.row, "")
    return {
        "papers": Paper.objects.count(),
        "last_day": Paper.objects.aggregate(last=Max("day"))["last"],
        "catalogue_as_of": _last_paper(),
        "sources": freshness(now),
        "digests": digests_of(now),
        "fetches": list(Fetch.objects.filter(day__gt=now.date() - timedelta(days=FETCH_DAYS))),
        "model": row,
        "model_reason": reason,
        "models": TrainedModel.objects.count(),
        "refused_in_a_row": refused_in_a_row(),
        "nights": list(_whole_steps().filter(day__in=_last_nights()).order_by("-day", "started_at")),
    }


def digests_of(now: datetime) -> dict[str, int]:
    """How many digests came to which end in the last 24 hours, and how many wait."""
    recent = Delivery.objects.filter(claimed_at__gt=now - timedelta(days=1)).order_by()
    counts = dict(recent.values_list("state").annotate(number=Count("pk")))
    return {state.value: counts.get(state.value, 0) for state in DeliveryState}


def late_sources(now: datetime) -> list[Freshness]:
    """The sources that have broken their promise, of which every reader is told."""
    return [source for source in freshness(now) if source.is_late]


def _last_paper() -> datetime | None:
    """When the last paper came in: the one with the last key, for which no other has to be read."""
    return Paper.objects.order_by("-pk").values_list("added_at", flat=True).first()


def _whole_steps() -> QuerySet[NightStep]:
    """Without the parts that a running step is split into; the step itself says how many are done."""
    return NightStep.objects.exclude(step__contains=":")


def _last_nights() -> list[Any]:
    return list(NightStep.objects.order_by("-day").values_list("day", flat=True).distinct()[:NIGHTS])
