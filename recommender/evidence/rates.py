"""Open and vote rates by place and by model."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When

from recommender.engine.rates import Rate, rates
from recommender.models import Impression

BANDS = [(place, place) for place in range(1, 21)] + [(21, 30), (31, 50), (51, 100), (101, 1000)]
KINDS = {"clicks": Q(clicked_at__isnull=False), "up_votes": Q(vote=1), "down_votes": Q(vote=-1)}
IMPERSONAL = ("popular", "recent")


def web_impressions(since: datetime) -> QuerySet[Impression]:
    """What pages showed to readers who let themselves be counted."""
    seen = Impression.objects.filter(at__gte=since, surface=Impression.Surface.WEB, reader__gives_evidence=True)
    return seen.order_by()


def by_position(since: datetime) -> list[dict[str, Any]]:
    """Rates for each of the first 20 places and for bands of those below, all readers and rankings together."""
    band = Case(
        *(When(position__lte=last, then=Value(number)) for number, (_, last) in enumerate(BANDS)),
        default=Value(len(BANDS) - 1),
        output_field=IntegerField(),
    )
    found = _told(web_impressions(since), band, list(range(len(BANDS))))
    return [
        {"first": first, "last": last, **row}
        for (first, last), row in zip(BANDS, found, strict=True)
        if row["readers"] != 0
    ]


def by_model(since: datetime) -> list[dict[str, Any]]:
    """Rates for each model, newest first, and for the orders that no model made."""
    maker = Case(
        When(ranking__mode__in=IMPERSONAL, then=F("ranking__mode")),
        default=F("ranking__model__version"),
        output_field=CharField(),
    )
    shown = web_impressions(since)
    names = shown.annotate(group=maker).values_list("group", flat=True).distinct()
    ordered = sorted((str(name) for name in names), key=lambda name: (name not in IMPERSONAL, name), reverse=True)
    return [{"model": name, **row} for name, row in zip(ordered, _told(shown, maker, ordered), strict=True)]


def _told(shown: QuerySet[Impression], group: Case, groups: Sequence[Any]) -> list[dict[str, Any]]:
    """For each group its readers and impressions, and each rate with its interval; nothing of fewer than `FEWEST`."""
    counts = {name: Count("pk", filter=what) for name, what in KINDS.items()}
    rows = shown.annotate(group=group).values("reader", "group").annotate(shown=Count("pk"), **counts)
    table = np.array(
        [
            (reader, groups.index(name), *numbers)
            for reader, name, *numbers in rows.values_list("reader", "group", "shown", *KINDS).iterator()
        ],
        dtype=np.int64,
    ).reshape(-1, 3 + len(KINDS))
    readers, row_of = np.unique(table[:, 0], return_inverse=True)
    wide = np.zeros((1 + len(KINDS), len(readers), len(groups)))
    for place in range(1 + len(KINDS)):
        wide[place, row_of, table[:, 1]] = table[:, 2 + place]
    found = [rates(wide[1 + place], wide[0], seed=place) for place in range(len(KINDS))]
    return [
        _row(int((wide[0, :, column] > 0).sum()), int(wide[0, :, column].sum()), [one[column] for one in found])
        for column in range(len(groups))
    ]


def _row(readers: int, impressions: int, found: Sequence[Rate]) -> dict[str, Any]:
    if readers < FEWEST:
        return {"readers": None if readers else 0, "impressions": None} | dict.fromkeys(KINDS)
    told = {name: rate.as_dict() for name, rate in zip(KINDS, found, strict=True)}
    return {"readers": readers, "impressions": impressions, **told}


FEWEST = 5  # readers; of fewer nothing is told


def window(until: date, days: int) -> date:
    """The first of so many days up to this one."""
    return until - timedelta(days=days - 1)


def midnight(day: date) -> datetime:
    """When the day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
