"""Starting over: what a reader's taste was learned from goes, or a part of it, and nothing else."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User

from .models import VoteEvent

PARTS = ("votes", "interests", "mutes")
TASTE = ("votes", "interests")  # from which taste is learned; a mute only hides


@dataclass(frozen=True)
class DeletedCounts:
    """How much went."""

    votes: int = 0
    interests: int = 0
    rankings: int = 0
    mutes: int = 0


@transaction.atomic
def forget(reader: User, what: Collection[str] = TASTE, *, keep_history: bool = False) -> DeletedCounts:
    """Delete these parts of what the reader has said; settings and what is saved stay.

    keep_history  whether the history of votes, which learning does not read, and the past rankings stay. They are
                  about votes and interests, so that forgetting mutes alone leaves them in any case

    Raises ValueError for an unknown part.
    """
    if unknown := [part for part in what if part not in PARTS]:
        raise ValueError(f"what can be forgotten is {', '.join(PARTS)}; got {unknown[0]!r}")
    User.objects.select_for_update().get(pk=reader.pk)  # a vote cast meanwhile comes wholly before or after
    gone = {part: _delete(reader, part, keep_history) for part in dict.fromkeys(what)}
    if not keep_history and not gone.keys().isdisjoint(TASTE):
        gone["rankings"] = reader.rankings.count()
        reader.rankings.all().delete()
    reader.touch_taste()
    return DeletedCounts(**gone)


def _delete(reader: User, part: str, keep_history: bool) -> int:
    rows = getattr(reader, part)
    if part == "votes" and keep_history:
        _note_the_end(reader)
    elif part == "votes":
        reader.vote_events.all().delete()
    count = int(rows.count())
    rows.all().delete()
    return count


def _note_the_end(reader: User) -> None:
    """History says of each vote that it was taken back."""
    now = timezone.now()
    VoteEvent.objects.bulk_create(
        VoteEvent(reader=reader, paper_id=paper, value=0, previous=value, at=now)
        for paper, value in reader.votes.values_list("paper", "value")
    )
