"""The state of the service in one place, for the page and the API."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from recommender import serving
from recommender.models import NightStep, Paper, TrainedModel
from recommender.record import refused_in_a_row
from recommender.serving import Unavailable

NIGHTS = 7


def status_now() -> dict[str, Any]:
    """Catalogue, model in service, and the ledger of the last nights."""
    served = serving.current()
    row, reason = (None, served.reason) if isinstance(served, Unavailable) else (served.row, "")
    return {
        "papers": Paper.objects.count(),
        "last_day": Paper.objects.aggregate(last=Max("day"))["last"],
        "catalogue_as_of": _last_paper(),
        "model": row,
        "model_reason": reason,
        "models": TrainedModel.objects.count(),
        "refused_in_a_row": refused_in_a_row(),
        "nights": list(NightStep.objects.filter(day__in=_last_nights()).order_by("-day", "started_at")),
    }


def _last_paper() -> datetime | None:
    return Paper.objects.aggregate(last=Max("added_at"))["last"]


def _last_nights() -> list[Any]:
    return list(NightStep.objects.order_by("-day").values_list("day", flat=True).distinct()[:NIGHTS])
