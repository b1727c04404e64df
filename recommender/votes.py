"""Casting and taking back votes: the one way in, for page, API and data sets alike."""

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
    """What a reader thinks of a paper now (0: nothing), what they thought before, and since when."""

    value: int
    previous: int
    voted_at: datetime | None


@dataclass(frozen=True)
class VoteRequest:
    """A vote (+1, -1) or none (0) on a paper, as of a time; None is now."""

    paper: Paper
    value: int
    at: datetime | None = None


class NewerVoteExists(Exception):
    """The reader has a vote on the paper that is newer than the one they wish for, and it stays."""


def cast(reader: User, paper: Paper, value: int) -> VoteOutcome:
    """Make `value` (+1 or -1) the reader's vote on the paper; the same vote again changes nothing.

    Raises ValueError for any other value.
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
        _remember(reader, paper, value, before, now)
        return VoteOutcome(value, before, now)


def take_back(reader: User, paper: Paper) -> VoteOutcome:
    """Remove the reader's vote on the paper; without one nothing changes."""
    with transaction.atomic():
        previous = _lock(reader, paper)
        if previous is None:
            return VoteOutcome(0, 0, None)
        previous.delete()
        _remember(reader, paper, 0, previous.value, timezone.now())
        return VoteOutcome(0, previous.value, None)


def cast_many(reader: User, wishes: Sequence[VoteRequest]) -> list[VoteOutcome | NewerVoteExists]:
    """Fulfil the wishes, each about another paper, at once and in a fixed number of queries; what became of each.

    What is so already changes nothing, and a wish from before the vote that there is gives way to it. Raises
    ValueError for a value that is neither 1, -1 nor 0.
    """
    if wrong := [wish.value for wish in wishes if wish.value not in (1, 0, -1)]:
        raise ValueError(f"a vote is 1, -1 or 0 for none, got {wrong[0]!r}")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        now = timezone.now()
        there = {vote.paper_id: vote for vote in reader.votes.filter(paper__in=[wish.paper.pk for wish in wishes])}
        outcomes = [_would_be(wish, there.get(wish.paper.pk), now) for wish in wishes]
        _fulfil(reader, [(wish, outcome) for wish, outcome in zip(wishes, outcomes, strict=True)], now)
    return outcomes


def record(votes: Sequence[Vote]) -> None:
    """Keep many new votes at once, with their own times and their history; for data sets and the demo.

    Raises IntegrityError, keeping none, when a reader has a vote on one of the papers already.
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
    """Make `value` (+1 or -1) the reader's vote on those of the papers that have none of theirs; how many those are.

    Raises ValueError for any other value.
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
    """The current vote, with the reader's row locked so that two requests at once go one after the other."""
    User.objects.select_for_update().get(pk=reader.pk)
    return Vote.objects.filter(reader=reader, paper=paper).first()


def _remember(reader: User, paper: Paper, value: int, previous: int, at: datetime) -> None:
    VoteEvent.objects.create(reader=reader, paper=paper, value=value, previous=previous, at=at)
    reader.touch_taste()


def _would_be(wish: VoteRequest, vote: Vote | None, now: datetime) -> VoteOutcome | NewerVoteExists:
    at, value = wish.at or now, vote.value if vote else 0
    if vote is not None and value == wish.value:
        return VoteOutcome(value, value, vote.voted_at)
    if vote is not None and at < vote.voted_at:
        return NewerVoteExists(f"you voted {value} on {vote.voted_at.isoformat()}, which is later and stays")
    return VoteOutcome(wish.value, value, at if wish.value else None)


def _fulfil(reader: User, wishes: Sequence[tuple[VoteRequest, VoteOutcome | NewerVoteExists]], now: datetime) -> None:
    """Make rows of the votes that change, with their history."""
    changed = [(w, o) for w, o in wishes if isinstance(o, VoteOutcome) and o.value != o.previous]
    if not changed:
        return
    Vote.objects.filter(
        reader=reader, paper__in=[wish.paper.pk for wish, outcome in changed if outcome.previous]
    ).delete()
    Vote.objects.bulk_create(
        Vote(reader=reader, paper=wish.paper, value=wish.value, voted_at=wish.at or now)
        for wish, outcome in changed
        if outcome.value
    )
    VoteEvent.objects.bulk_create(
        VoteEvent(reader=reader, paper=wish.paper, value=outcome.value, previous=outcome.previous, at=wish.at or now)
        for wish, outcome in changed
    )
    reader.touch_taste()
