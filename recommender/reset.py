"""Starting over: delete votes, interests or mutes of a reader, and nothing else."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User

from .models import VoteEvent

PARTS = ("votes", "interests", "mutes")
TASTE = ("votes", "interests")  # what taste is learned from; a mute only hides


@dataclass(frozen=True)
class DeletedCounts:
    """How many rows were deleted."""

    votes: int = 0
    interests: int = 0
    rankings: int = 0
    mutes: int = 0


@transaction.atomic
def forget(reader: User, what: Collection[str] = TASTE, *, keep_history: bool = False) -> DeletedCounts:
    """Delete these parts of the reader's data; settings and saved papers stay.

    keep_history  keep the history of votes, which learning does not read, and past rankings; deleting mutes alone
                  keeps both in any case

    Raises ValueError for an unknown part.
    """
    if unknown := [part for part in what if part not in PARTS]:
        raise ValueError(f"only {', '.join(PARTS)} can be deleted; got {unknown[0]!r}")
    User.objects.select_for_update().get(pk=reader.pk)  # a concurrent vote is stored before this or after it
    if "votes" in what and keep_history:
        now = timezone.now()
        VoteEvent.objects.bulk_create(
            VoteEvent(reader=reader, paper_id=paper, value=0, previous=value, at=now)
            for paper, value in reader.votes.values_list("paper", "value")
        )
    elif "votes" in what:
        reader.vote_events.all().delete()
    counts = {}
    for part in dict.fromkeys(what):
        rows = getattr(reader, part).all()
        counts[part] = int(rows.count())
        rows.delete()
    if not keep_history and not counts.keys().isdisjoint(TASTE):
        counts["rankings"] = reader.rankings.count()
        reader.rankings.all().delete()
    reader.touch_taste()
    return DeletedCounts(**counts)
