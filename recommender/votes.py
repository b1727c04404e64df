"""Cast and remove votes.

Every vote of a page, the API, an import or a data set is written here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User

from .models import Paper, Vote, VoteEvent, VoteValue


@dataclass(frozen=True)
class VoteOutcome:
    """A reader's vote on a paper, before and now.

    0 is none. Includes when the present one was cast.
    """

    value: int
    previous: int
    voted_at: datetime | None


@dataclass(frozen=True)
class VoteRequest:
    """A requested vote on a paper, as of a time.

    +1, -1, or 0 for none; the time None is now.
    """

    paper: Paper
    value: int
    at: datetime | None = None


class NewerVoteExists(Exception):
    """The reader's present vote on the paper is newer.

    It is not changed.
    """


def cast(reader: User, paper: Paper, value: int) -> VoteOutcome:
    """Set the reader's vote on the paper to `value` (+1 or -1).

    The same vote again changes nothing. Raises ValueError for any other value.
    """
    if value not in VoteValue.values:
        raise ValueError(f"a vote is 1 or -1, got {value!r}")
    with transaction.atomic():
        previous = _lock(reader, paper)
        if previous and previous.value == value:
            return VoteOutcome(value, value, previous.voted_at)
        now = timezone.now()
        Vote.objects.update_or_create(reader=reader, paper=paper, defaults={"value": value, "voted_at": now})
        before = previous.value if previous else 0
        _add_event(reader, paper, value, before, now)
        return VoteOutcome(value, before, now)


def take_back(reader: User, paper: Paper) -> VoteOutcome:
    """Remove the reader's vote on the paper; without one nothing changes."""
    with transaction.atomic():
        previous = _lock(reader, paper)
        if previous is None:
            return VoteOutcome(0, 0, None)
        previous.delete()
        _add_event(reader, paper, 0, previous.value, timezone.now())
        return VoteOutcome(0, previous.value, None)


def cast_many(reader: User, requests: Sequence[VoteRequest]) -> list[VoteOutcome | NewerVoteExists]:
    """Cast votes on different papers at once.

    Takes a fixed number of queries; returns the outcome of each. A request for the present vote changes nothing, and
    one from before the present vote is not carried out. Raises ValueError for a value other than 1, -1 and 0.
    """
    if wrong := [request.value for request in requests if request.value not in (1, 0, -1)]:
        raise ValueError(f"a vote is 1, -1 or 0 for none, got {wrong[0]!r}")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        now = timezone.now()
        papers = [request.paper.pk for request in requests]
        present = {vote.paper_id: vote for vote in reader.votes.filter(paper__in=papers)}
        outcomes: list[VoteOutcome | NewerVoteExists] = []
        votes, events = [], []
        for request in requests:
            at, vote = request.at or now, present.get(request.paper.pk)
            value = vote.value if vote else 0
            if vote is not None and value == request.value:
                outcomes.append(VoteOutcome(value, value, vote.voted_at))
            elif vote is not None and at < vote.voted_at:
                newer = f"a newer vote ({value}) of {vote.voted_at.isoformat()} already exists and was kept"
                outcomes.append(NewerVoteExists(newer))
            else:
                outcomes.append(VoteOutcome(request.value, value, at if request.value else None))
                if request.value != value:
                    columns = {"reader": reader, "paper": request.paper, "value": request.value}
                    events.append(VoteEvent(**columns, previous=value, at=at))
                    votes += [Vote(**columns, voted_at=at)] if request.value else []
        if events:
            replaced = [event.paper_id for event in events if event.previous]
            Vote.objects.filter(reader=reader, paper__in=replaced).delete()
            Vote.objects.bulk_create(votes)
            VoteEvent.objects.bulk_create(events)
            reader.touch_taste()
    return outcomes


def record(votes: Sequence[Vote]) -> None:
    """Store many new votes at once, for data sets and the demo.

    They have their own times and their history. Raises IntegrityError, storing none, if a reader has a vote on one of
    the papers already.
    """
    with transaction.atomic():
        Vote.objects.bulk_create(votes)
        VoteEvent.objects.bulk_create(
            VoteEvent(reader_id=vote.reader_id, paper_id=vote.paper_id, value=vote.value, previous=0, at=vote.voted_at)
            for vote in votes
        )
        changed = {vote.reader_id for vote in votes}
        User.objects.filter(pk__in=changed).update(taste_version=F("taste_version") + 1)


def cast_new(reader: User, papers: Iterable[Paper], value: int) -> int:
    """Vote `value` (+1 or -1) on the papers without a vote.

    Returns how many those are. Raises ValueError for any other value.
    """
    if value not in VoteValue.values:
        raise ValueError(f"a vote is 1 or -1, got {value!r}")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        voted, now = set(reader.votes.values_list("paper", flat=True)), timezone.now()
        new = {paper.pk: paper for paper in papers if paper.pk not in voted}
        record([Vote(reader=reader, paper=paper, value=value, voted_at=now) for paper in new.values()])
    return len(new)


def _lock(reader: User, paper: Paper) -> Vote | None:
    """The present vote.

    Other requests of this reader wait until the transaction ends.
    """
    User.objects.select_for_update().get(pk=reader.pk)
    return Vote.objects.filter(reader=reader, paper=paper).first()


def _add_event(reader: User, paper: Paper, value: int, previous: int, at: datetime) -> None:
    VoteEvent.objects.create(reader=reader, paper=paper, value=value, previous=previous, at=at)
    reader.touch_taste()
