"""What a feed lists: the best papers of its newest days, asked of the ranking only where something has changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

from feeds.models import FeedKey, Listing
from recommender.models import Ranking
from recommender.spans import pool_of

DAYS = 7  # that a feed covers: software that asks once a week misses nothing
MAX_PAPERS, DEFAULT_PAPERS = 100, 30  # papers of a day
REFRESH_INTERVAL = timedelta(minutes=5)  # orders that other people's votes change are asked for no more often
RETENTION = timedelta(days=60)
_PERSONAL = (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT)


@dataclass(frozen=True)
class DayOrder:
    """The best papers of a day, the best first: primary keys, and why each is there."""

    papers: Sequence[tuple[int, str]]
    mode: str = ""


class Channel(Protocol):
    """Where the papers of a feed come from."""

    @property
    def key(self) -> FeedKey | None: ...

    @property
    def name(self) -> str: ...

    def days(self, now: datetime) -> list[date]:
        """Those that the feed covers, the newest first."""

    def state(self, day: date) -> str:
        """Names what the order of the day depends on, as far as it is the reader's or the catalogue's."""

    def order(self, day: date, now: datetime) -> DayOrder | None:
        """The order of the day as it is now; None where that can be said no more."""


def listings(channel: Channel, now: datetime) -> list[Listing]:
    """The listings of the feed's days, the newest first; that of the newest is brought up to date.

    A day that the feed has passed stays as it was listed then, and is listed now if nobody had asked for it.
    """
    days = channel.days(now)
    known = {row.day: row for row in _rows(channel).filter(day__in=days)}
    found = []
    for place, day in enumerate(days):
        row = known.get(day)
        if row is None or place == 0:
            row = _up_to_date(channel, day, row, now)
        if row is not None:
            found.append(row)
    return found


def catalogue_state(day: date) -> str:
    """Changes whenever a paper of the day is added or changed."""
    return pool_of(day).state


def _rows(channel: Channel) -> QuerySet[Listing]:
    return Listing.objects.filter(key=channel.key, feed=channel.name)


def _up_to_date(channel: Channel, day: date, row: Listing | None, now: datetime) -> Listing | None:
    basis = hashlib.sha256(channel.state(day).encode()).hexdigest()
    if row is not None and _is_fresh(row, basis, now):
        return row
    order = channel.order(day, now)
    if order is None:
        return row
    with transaction.atomic():
        return _stored(channel, day, order, basis, now)


def _is_fresh(row: Listing, basis: str, now: datetime) -> bool:
    return row.basis == basis and (row.mode in _PERSONAL or now - row.looked_at < REFRESH_INTERVAL)


def _stored(channel: Channel, day: date, order: DayOrder, basis: str, now: datetime) -> Listing:
    """The day's row with this order; two requests at once go one after the other."""
    row, is_new = Listing.objects.select_for_update().get_or_create(
        key=channel.key, feed=channel.name, day=day, defaults={"looked_at": now, "changed_at": now}
    )
    papers = merge(row.papers, order.papers)
    if papers != row.papers:
        row.papers, row.changed_at = papers, now
    row.basis, row.mode, row.looked_at = basis, order.mode, now
    row.save(update_fields=["papers", "basis", "mode", "looked_at", "changed_at"])
    if is_new:
        _rows(channel).filter(day__lt=day - RETENTION).delete()
    return row


def merge(before: Sequence[Sequence[int | str]], now: Sequence[tuple[int, str]]) -> list[list[int | str]]:
    """The papers in their order of now, then those that were in and are no more among the best.

    Each with the best place that it ever had: whoever wants the best 30 of a day keeps a paper that fell behind.
    """
    best = {pk: place for pk, place, _ in before}
    first = [[pk, min(best.get(pk, place), place), why] for place, (pk, why) in enumerate(now, start=1)]
    return first + [list(paper) for paper in before if paper[0] not in {pk for pk, _ in now}]
