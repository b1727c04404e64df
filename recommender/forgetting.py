"""Starting over: everything from which a reader's taste was learned goes, and nothing else."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import Interest, User

from .models import Ranking, Vote, VoteEvent


@dataclass(frozen=True)
class Forgotten:
    """How much went."""

    votes: int
    interests: int
    rankings: int


@transaction.atomic
def forget(reader: User) -> Forgotten:
    """Delete the reader's votes with their history, their interests, and the rankings made from them, for good.

    Mutes, settings and what is saved stay.
    """
    User.objects.select_for_update().get(pk=reader.pk)  # a vote cast meanwhile comes wholly before or after
    votes, _ = Vote.objects.filter(reader=reader).delete()
    VoteEvent.objects.filter(reader=reader).delete()
    interests, _ = Interest.objects.filter(reader=reader).delete()
    rankings, _ = Ranking.objects.filter(reader=reader).delete()
    reader.touch_taste()
    return Forgotten(votes, interests, rankings)
