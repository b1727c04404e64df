"""Impressions: the places of rankings that a reader was shown.

With the clicks and votes from there. A place counts once for each surface (page, e-mail, API, feed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User

from .models import Impression, Paper, Ranking

RETENTION = timedelta(days=90)
BATCH = 5_000  # rows deleted in one transaction
_WEB = Impression.Surface.WEB


@dataclass(frozen=True)
class ShownPlace:
    """A place of a ranking that was shown.

    From 1, with its paper, where it was shown, and when.
    """

    paper_pk: int
    position: int
    surface: str
    at: datetime


@dataclass(frozen=True)
class NotedCounts:
    """How many impressions are new, and how many were noted before."""

    new: int
    known: int


def note(reader: User, ranking: Ranking, places: Sequence[ShownPlace]) -> NotedCounts:
    """Note places of a ranking that the reader was shown.

    Places noted before keep their time. Raises ValueError if a place holds another paper. Requests of one reader at the
    same time wait for each other.
    """
    order = ranking.order
    if wrong := [
        place
        for place in places
        if not 1 <= place.position <= len(order) or order[place.position - 1] != place.paper_pk
    ]:
        raise ValueError(f"place {wrong[0].position} of {ranking.public_id} holds another paper")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        known = set(ranking.impressions.values_list("paper", "surface"))
        new = {
            (place.paper_pk, place.surface): place
            for place in reversed(places)
            if (place.paper_pk, place.surface) not in known
        }
        Impression.objects.bulk_create(
            Impression(
                reader=reader,
                ranking=ranking,
                paper_id=place.paper_pk,
                position=place.position,
                surface=place.surface,
                at=place.at,
            )
            for place in new.values()
        )
    return NotedCounts(len(new), len(places) - len(new))


def is_noted(reader: User) -> bool:
    """Whether pages note what this reader is shown and does."""
    return reader.gives_evidence and not reader.is_paused


def note_shown(reader: User, ranking: Ranking, positions: Sequence[int], at: datetime) -> None:
    """Note places of a ranking, from 1, that a page showed.

    Takes one insert, and no lock that votes wait for. Raises ValueError for a place that the ranking does not have.
    """
    order = ranking.order.tolist()
    if wrong := [position for position in positions if not 1 <= position <= len(order)]:
        raise ValueError(f"{ranking.public_id} has {len(order)} places; {wrong[0]} is none of them")
    if not is_noted(reader):
        return
    papers = [order[position - 1] for position in positions]
    existing = set(Paper.objects.filter(pk__in=papers).values_list("pk", flat=True))
    rows = [
        Impression(ranking=ranking, reader=reader, paper_id=order[place - 1], position=place, surface=_WEB, at=at)
        for place in dict.fromkeys(positions)
        if order[place - 1] in existing
    ]
    Impression.objects.bulk_create(rows, ignore_conflicts=True)


def note_click(reader: User, ranking_id: str, paper: Paper, at: datetime) -> None:
    """Note that the reader opened a paper from their ranking.

    The ranking has this public id; the first time is stored.
    """
    if impression := _place(reader, ranking_id, paper, at):
        Impression.objects.filter(pk=impression.pk, clicked_at=None).update(clicked_at=at)


def note_vote(reader: User, ranking_id: str, paper: Paper, value: int, at: datetime) -> None:
    """Note a vote from the reader's ranking.

    The vote is +1, -1, or 0 for a removed one; the ranking has this public id.
    """
    if impression := _place(reader, ranking_id, paper, at):
        Impression.objects.filter(pk=impression.pk).update(vote=value, voted_at=at)


def prune(now: datetime) -> int:
    """Delete impressions older than `RETENTION`, a batch at a time.

    Returns how many.
    """
    old, count = Impression.objects.filter(at__lt=now - RETENTION).order_by("at"), 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        count += Impression.objects.filter(pk__in=batch).delete()[0]
    return count


def _place(reader: User, ranking_id: str, paper: Paper, at: datetime) -> Impression | None:
    """The impression of the paper on a page with this ranking.

    It is created if necessary. Returns None if there is no such place. A reader who acts on a paper in a list has seen
    it there, even if the page could not report so.
    """
    ranking = reader.rankings.filter(public_id=ranking_id).first() if ranking_id and is_noted(reader) else None
    if ranking is None:
        return None
    places = (ranking.order == paper.pk).nonzero()[0]
    if not len(places):
        return None
    first: dict[str, Any] = {"reader": reader, "position": int(places[0]) + 1, "at": at}
    return Impression.objects.get_or_create(ranking=ranking, paper=paper, surface=_WEB, defaults=first)[0]
