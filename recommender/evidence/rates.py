"""Click and vote rates by place and by model, from impressions on pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When

from recommender.engine.rates import rates
from recommender.models import Impression

FEWEST = 5  # readers of a published figure
BANDS = [(place, place) for place in range(1, 21)] + [(21, 30), (31, 50), (51, 100), (101, 1000)]
KINDS = {"clicks": Q(clicked_at__isnull=False), "up_votes": Q(vote=1), "down_votes": Q(vote=-1)}
IMPERSONAL = ("popular", "recent")


def web_impressions(since: datetime) -> QuerySet[Impression]:
    """Impressions on pages since then, of readers who allow usage statistics."""
    impressions = Impression.objects.filter(at__gte=since, surface=Impression.Surface.WEB, reader__gives_evidence=True)
    return impressions.order_by()


def by_position(since: datetime) -> list[dict[str, Any]]:
    """Rates by position, over all readers and rankings.

    For each of the first 20 places, and for bands of those below.
    """
    band = Case(
        *(When(position__lte=last, then=Value(number)) for number, (_, last) in enumerate(BANDS)),
        default=Value(len(BANDS) - 1),
        output_field=IntegerField(),
    )
    rows = _rates_by_group(web_impressions(since), band, list(range(len(BANDS))))
    return [
        {"first": first, "last": last, **row}
        for (first, last), row in zip(BANDS, rows, strict=True)
        if row["readers"] != 0
    ]


def by_model(since: datetime) -> list[dict[str, Any]]:
    """Rates for each model, newest first, and for the orders made without a model."""
    maker = Case(
        When(ranking__mode__in=IMPERSONAL, then=F("ranking__mode")),
        default=F("ranking__model__version"),
        output_field=CharField(),
    )
    impressions = web_impressions(since)
    names = impressions.annotate(group=maker).values_list("group", flat=True).distinct()
    ordered = sorted((str(name) for name in names), key=lambda name: (name not in IMPERSONAL, name), reverse=True)
    rows = _rates_by_group(impressions, maker, ordered)
    return [{"model": name, **row} for name, row in zip(ordered, rows, strict=True)]


def _rates_by_group(impressions: QuerySet[Impression], group: Case, groups: Sequence[Any]) -> list[dict[str, Any]]:
    """Readers, impressions and rates with intervals for each group.

    Returns None for a group of fewer than `FEWEST` readers.
    """
    aggregates = {name: Count("pk", filter=condition) for name, condition in KINDS.items()}
    by_reader = (
        impressions.annotate(group=group).values("reader", "group").annotate(impressions=Count("pk"), **aggregates)
    )
    table = np.array(
        [
            (reader, groups.index(name), *counts)
            for reader, name, *counts in by_reader.values_list("reader", "group", "impressions", *KINDS).iterator()
        ],
        dtype=np.int64,
    ).reshape(-1, 3 + len(KINDS))
    readers, row_of = np.unique(table[:, 0], return_inverse=True)
    counts_of = np.zeros((1 + len(KINDS), len(readers), len(groups)))  # impressions, then each kind
    for place in range(1 + len(KINDS)):
        counts_of[place, row_of, table[:, 1]] = table[:, 2 + place]
    n_shown = counts_of[0]
    kinds = {name: rates(counts_of[1 + place], n_shown, seed=place) for place, name in enumerate(KINDS)}
    rows: list[dict[str, Any]] = []
    for column in range(len(groups)):
        n_readers = int((n_shown[:, column] > 0).sum())
        if n_readers < FEWEST:
            rows.append({"readers": None if n_readers else 0, "impressions": None} | dict.fromkeys(KINDS))
        else:
            figures = {name: by_group[column].as_dict() for name, by_group in kinds.items()}
            rows.append({"readers": n_readers, "impressions": int(n_shown[:, column].sum()), **figures})
    return rows


def window(until: date, days: int) -> date:
    """The first of `days` days that end with `until`."""
    return until - timedelta(days=days - 1)


def midnight(day: date) -> datetime:
    """The beginning of the day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
