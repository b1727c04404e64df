"""What a reader was shown: places of their rankings, each noted once for a surface."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User

from .models import Impression, Ranking


@dataclass(frozen=True)
class Shown:
    """A place of a ranking, from 1, with the paper in it, where it was shown, and when."""

    paper_pk: int
    position: int
    surface: str
    at: datetime


@dataclass(frozen=True)
class Noted:
    """How many impressions are new, and how many were noted before."""

    new: int
    known: int


def note(reader: User, ranking: Ranking, shown: Sequence[Shown]) -> Noted:
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
    return Noted(len(new), len(shown) - len(new))
