"""The best papers of a feed's newest days.

They are ranked again only if something has changed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db import transaction

from feeds.models import FeedKey, Listing
from recommender.models import Ranking
from recommender.spans import pool_of

DAYS = 7  # that a feed covers: a program that polls once a week misses nothing
MAX_PAPERS, DEFAULT_PAPERS = 100, 30  # of a day
REFRESH_INTERVAL = timedelta(minutes=5)  # at most how often an order that depends on other readers' votes is renewed
RETENTION = timedelta(days=60)
_PERSONAL = (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT)


@dataclass(frozen=True)
class DayOrder:
    """The best papers of a day, best first: pairs of primary key and reason."""

    papers: Sequence[tuple[int, str]]
    mode: str = ""


class Channel(Protocol):
    """The source of a feed's papers."""

    @property
    def key(self) -> FeedKey | None: ...

    @property
    def name(self) -> str: ...

    def days(self, now: datetime) -> list[date]:
        """The days that the feed covers, the newest first."""

    def state(self, day: date) -> str:
        """The state of reader and catalogue that the day's order depends on."""

    def order(self, day: date, now: datetime) -> DayOrder | None:
        """The present order of the day.

        Returns None if it can no longer be determined.
        """


def listings(channel: Channel, now: datetime) -> list[Listing]:
    """Return the listings of the feed's days, newest first.

    That of the newest day is updated first. Earlier days stay as they were listed; one that was never listed is listed
    now.
    """
    days = channel.days(now)
    rows = {row.day: row for row in Listing.objects.filter(key=channel.key, feed=channel.name, day__in=days)}
    for place, day in enumerate(days):
        if day not in rows or place == 0:
            row = _update(channel, day, rows.get(day), now)
            if row is not None:
                rows[day] = row
    return [rows[day] for day in days if day in rows]


def catalogue_state(day: date) -> str:
    """Return a state of the day's papers.

    It changes whenever one is added or changed.
    """
    return pool_of(day).state


def merge(before: Sequence[Sequence[int | str]], now: Sequence[tuple[int, str]]) -> list[list[int | str]]:
    """Return the present papers in order, then earlier ones.

    The earlier ones are no longer among the best. Each has the best place that it ever had: a reader of the best 30 of
    a day keeps a paper that fell behind.
    """
    best = {pk: place for pk, place, _ in before}
    first = [[pk, min(best.get(pk, place), place), why] for place, (pk, why) in enumerate(now, start=1)]
    return first + [list(paper) for paper in before if paper[0] not in {pk for pk, _ in now}]


def _update(channel: Channel, day: date, row: Listing | None, now: datetime) -> Listing | None:
    """Rank the day if its state has changed, and store the listing.

    Two requests at once take turns.
    """
    basis = hashlib.sha256(channel.state(day).encode()).hexdigest()
    if row is not None and row.basis == basis and (row.mode in _PERSONAL or now - row.looked_at < REFRESH_INTERVAL):
        return row
    order = channel.order(day, now)
    if order is None:
        return row
    with transaction.atomic():
        row, is_new = Listing.objects.select_for_update().get_or_create(
            key=channel.key, feed=channel.name, day=day, defaults={"looked_at": now, "changed_at": now}
        )
        papers = merge(row.papers, order.papers)
        if papers != row.papers:
            row.papers, row.changed_at = papers, now
        row.basis, row.mode, row.looked_at = basis, order.mode, now
        row.save(update_fields=["papers", "basis", "mode", "looked_at", "changed_at"])
        if is_new:
            Listing.objects.filter(key=channel.key, feed=channel.name, day__lt=day - RETENTION).delete()
    return row
