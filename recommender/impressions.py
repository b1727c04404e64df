"""What a reader was shown: places of their rankings, each once for a surface; what they opened and voted there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User

from .models import Impression, Paper, Ranking

KEPT = timedelta(days=90)
AT_ONCE = 5_000  # rows deleted in one transaction
_WEB = Impression.Surface.WEB


@dataclass(frozen=True)
class ShownPlace:
    """A place of a ranking, from 1, with the paper in it, where it was shown, and when."""

    paper_pk: int
    position: int
    surface: str
    at: datetime


@dataclass(frozen=True)
class NotedCounts:
    """How many impressions are new, and how many were noted before."""

    new: int
    known: int


def note(reader: User, ranking: Ranking, shown: Sequence[ShownPlace]) -> NotedCounts:
    """Note what the reader was shown of a ranking of theirs; what was noted before stays as it is, with its time.

    Raises ValueError where a paper is not in the place that it is said to be in. Requests of one reader at once go one
    after the other.
    """
    order = ranking.order
    if wrong := [
        one for one in shown if not 1 <= one.position <= len(order) or order[one.position - 1] != one.paper_pk
    ]:
        raise ValueError(f"place {wrong[0].position} of {ranking.public_id} holds another paper")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        known = set(ranking.impressions.values_list("paper", "surface"))
        new = {(one.paper_pk, one.surface): one for one in reversed(shown) if (one.paper_pk, one.surface) not in known}
        Impression.objects.bulk_create(
            Impression(
                reader=reader,
                ranking=ranking,
                paper_id=one.paper_pk,
                position=one.position,
                surface=one.surface,
                at=one.at,
            )
            for one in new.values()
        )
    return NotedCounts(len(new), len(shown) - len(new))


def is_noted(reader: User) -> bool:
    """Whether pages note what this reader is shown and does."""
    return reader.gives_evidence and not reader.is_paused


def note_shown(reader: User, ranking: Ranking, positions: Sequence[int], at: datetime) -> None:
    """Note places of a ranking of the reader's, from 1, that a page showed; in one insert, and holding up no vote.

    Raises ValueError for a place that the ranking does not have.
    """
    order = ranking.order.tolist()
    if wrong := [position for position in positions if not 1 <= position <= len(order)]:
        raise ValueError(f"{ranking.public_id} has {len(order)} places; {wrong[0]} is none of them")
    if not is_noted(reader):
        return
    there = set(
        Paper.objects.filter(pk__in=[order[position - 1] for position in positions]).values_list("pk", flat=True)
    )
    rows = [
        Impression(ranking=ranking, reader=reader, paper_id=order[place - 1], position=place, surface=_WEB, at=at)
        for place in dict.fromkeys(positions)
        if order[place - 1] in there
    ]
    Impression.objects.bulk_create(rows, ignore_conflicts=True)


def note_click(reader: User, name: str, paper: Paper, at: datetime) -> None:
    """Note that the reader went on to the paper from their ranking of this name; the first time stays."""
    if found := _place(reader, name, paper, at):
        Impression.objects.filter(pk=found.pk, clicked_at=None).update(clicked_at=at)


def note_vote(reader: User, name: str, paper: Paper, value: int, at: datetime) -> None:
    """Note the vote (+1, -1, or 0: taken back) that the reader cast on the paper in their ranking of this name."""
    if found := _place(reader, name, paper, at):
        Impression.objects.filter(pk=found.pk).update(vote=value, voted_at=at)


def prune(now: datetime) -> int:
    """Delete what was noted more than `KEPT` ago, a part at a time; how many that were."""
    old, gone = Impression.objects.filter(at__lt=now - KEPT).order_by("at"), 0
    while some := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        gone += Impression.objects.filter(pk__in=some).delete()[0]
    return gone


def _place(reader: User, name: str, paper: Paper, at: datetime) -> Impression | None:
    """The impression of the paper on a page with this ranking, noted now if it was not; None for no such place.

    Who acts on a paper in a list has seen it there, even if the page could not tell so.
    """
    ranking = reader.rankings.filter(public_id=name).first() if name and is_noted(reader) else None
    if ranking is None:
        return None
    places = (ranking.order == paper.pk).nonzero()[0]
    if not len(places):
        return None
    first: dict[str, Any] = {"reader": reader, "position": int(places[0]) + 1, "at": at}
    return Impression.objects.get_or_create(ranking=ranking, paper=paper, surface=_WEB, defaults=first)[0]
