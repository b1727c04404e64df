"""What votes would change: a day's papers as they are and as they would be, with nothing saved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Max

from accounts.models import User
from recommender.models import Paper, Ranking, Vote, VoteValue

from .profile import Profile, read_profile
from .rank import preview

SHOWN = 20
UNSAVED = -1  # the version of what nobody has said: no ranking is stored under it


@dataclass(frozen=True)
class Change:
    """A reader's vote on a paper as it is and as it would be; 0 is none."""

    now: int
    then: int


@dataclass(frozen=True)
class SimulatedRanking:
    """A ranking as it would be, and by paper the votes that would be other than they are."""

    ranking: Ranking
    changes: dict[int, Change]


@dataclass(frozen=True)
class WhatIfPlace:
    """One place, from 1, of the order as it would be; `before` is the paper's place now, None where it has none."""

    place: int
    paper: Paper
    before: int | None

    @property
    def moved(self) -> int | None:
        """How many places up; negative is down."""
        return None if self.before is None else self.before - self.place

    @property
    def down(self) -> int:
        """How many places down, where it is down."""
        return max(-(self.moved or 0), 0)


@dataclass(frozen=True)
class WhatIf:
    """The order now and as it would be with `value` (0: none) as the vote on the paper, which now is `now`."""

    paper: Paper
    value: int
    now: int
    day: date
    before: Ranking
    after: Ranking
    first_before: list[Paper]
    first_after: list[WhatIfPlace]

    @property
    def is_the_same(self) -> bool:
        return self.before.order.tolist() == self.after.order.tolist()


def what_if(reader: User, paper: Paper, value: int, day: date) -> WhatIf:
    """What the vote would do to this reader's order of a day's papers.

    value  +1, -1, or 0 for no vote; raises ValueError for any other
    """
    if value not in (0, *VoteValue.values):
        raise ValueError(f"a vote to try is 1, -1, or 0 for none, got {value!r}")
    said = read_profile(reader)
    before, after = preview(reader, day, said), _foreseen(reader, {paper.pk: value}, day, said, None).ranking
    papers = Paper.objects.in_bulk([*before.order[:SHOWN].tolist(), *after.order[:SHOWN].tolist()])
    place_of = {pk: place for place, pk in enumerate(before.order.tolist(), start=1)}
    first = [papers[pk] for pk in before.order[:SHOWN].tolist() if pk in papers]
    shown = enumerate(after.order[:SHOWN].tolist(), start=1)
    changed = [WhatIfPlace(place, papers[pk], place_of.get(pk)) for place, pk in shown if pk in papers]
    return WhatIf(paper, value, said.votes.get(paper.pk, 0), day, before, after, first, changed)


def simulate(reader: User, votes: Mapping[int, int], day: date, now: datetime) -> SimulatedRanking:
    """The ranking of a day as it would be after these votes, by primary key of their papers; 0 takes a vote back.

    now  when they would be cast; raises ValueError for a value that is no vote
    """
    if wrong := [value for value in votes.values() if value not in (0, *VoteValue.values)]:
        raise ValueError(f"a vote to try is 1, -1, or 0 for none, got {wrong[0]!r}")
    return _foreseen(reader, votes, day, read_profile(reader), now)


def with_votes(said: Profile, values: Mapping[int, int]) -> Profile:
    """What the reader would have said with these votes, by primary key; 0 takes one back."""
    votes = {pk: value for pk, value in (said.votes | dict(values)).items() if value}
    return replace(said, votes=dict(sorted(votes.items())), version=UNSAVED)


def _foreseen(
    reader: User, votes: Mapping[int, int], day: date, said: Profile, now: datetime | None
) -> SimulatedRanking:
    """As `simulate`; votes that are there already change nothing, as casting them again does not."""
    found = {pk: Change(said.votes.get(pk, 0), value) for pk, value in votes.items()}
    changes = {pk: change for pk, change in found.items() if change.now != change.then}
    if not changes:
        return SimulatedRanking(preview(reader, day, said), {})
    heard = replace(with_votes(said, votes), until=_until(reader, changes, now))
    popularity = {pk: change.then - change.now for pk, change in changes.items()}
    return SimulatedRanking(preview(reader, day, heard, popularity), changes)


def _until(reader: User, changes: Mapping[int, Change], now: datetime | None) -> datetime | None:
    """When the newest of the votes would be cast: now, or where some are only taken back, the newest that stays."""
    if any(change.then for change in changes.values()):
        return now
    stays = Vote.objects.filter(reader=reader).exclude(paper__in=changes)
    return stays.aggregate(newest=Max("voted_at"))["newest"]
