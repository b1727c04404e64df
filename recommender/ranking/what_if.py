"""The ranking of a day as it would be after hypothetical votes.

Nothing is saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Max

from accounts.models import User
from recommender.models import Paper, Ranking, Vote, VoteValue

from .profile import Profile, read_profile
from .rank import preview

SHOWN = 20
UNSAVED = -1  # version of a hypothetical profile: no ranking is stored under it


@dataclass(frozen=True)
class Change:
    """A reader's vote on a paper now, and in the simulation.

    0 is no vote.
    """

    now: int
    then: int


@dataclass(frozen=True)
class SimulatedRanking:
    """A simulated ranking, and the votes that differ from now.

    By paper.
    """

    ranking: Ranking
    changes: dict[int, Change]


@dataclass(frozen=True)
class WhatIfPlace:
    """One place, from 1, of the simulated order.

    `before` is the paper's place now, None if it has none.
    """

    place: int
    paper: Paper
    before: int | None

    @property
    def moved(self) -> int | None:
        """Places moved up; negative is down."""
        return None if self.before is None else self.before - self.place

    @property
    def down(self) -> int:
        """Places moved down; 0 if it moved up."""
        return max(-(self.moved or 0), 0)


@dataclass(frozen=True)
class WhatIf:
    """The order now, and the order with another vote.

    `value` (0: none) is the vote on the paper instead of `now`.
    """

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
    """What a vote would do to this reader's order of a day's papers.

    value  +1, -1, or 0 for no vote; raises ValueError for any other
    """
    if value not in (0, *VoteValue.values):
        raise ValueError(f"a vote must be 1, -1, or 0 for none, got {value!r}")
    profile = read_profile(reader)
    before = preview(reader, day, profile)
    after = _simulate(reader, {paper.pk: value}, day, profile, None).ranking
    order_before, order_after = before.order.tolist(), after.order.tolist()
    papers = Paper.objects.in_bulk([*order_before[:SHOWN], *order_after[:SHOWN]])
    place_of = {pk: place for place, pk in enumerate(order_before, start=1)}
    first_before = [papers[pk] for pk in order_before[:SHOWN] if pk in papers]
    first_after = [
        WhatIfPlace(place, papers[pk], place_of.get(pk))
        for place, pk in enumerate(order_after[:SHOWN], start=1)
        if pk in papers
    ]
    return WhatIf(paper, value, profile.votes.get(paper.pk, 0), day, before, after, first_before, first_after)


def simulate(reader: User, votes: Mapping[int, int], day: date, now: datetime) -> SimulatedRanking:
    """Rank a day as it would be after these votes.

    Votes are by primary key of their papers; 0 removes a vote.

    now  when the votes would be cast

    Raises ValueError for a value that is no vote.
    """
    if wrong := [value for value in votes.values() if value not in (0, *VoteValue.values)]:
        raise ValueError(f"a vote must be 1, -1, or 0 for none, got {wrong[0]!r}")
    return _simulate(reader, votes, day, read_profile(reader), now)


def with_votes(profile: Profile, values: Mapping[int, int]) -> Profile:
    """The profile with these votes, by primary key; 0 removes one."""
    votes = {pk: value for pk, value in (profile.votes | dict(values)).items() if value}
    return replace(profile, votes=dict(sorted(votes.items())), version=UNSAVED)


def _simulate(
    reader: User, votes: Mapping[int, int], day: date, profile: Profile, now: datetime | None
) -> SimulatedRanking:
    """Simulate votes, as `simulate` does.

    Votes that the reader has already change nothing, as when they are cast again.
    """
    changes = {pk: Change(profile.votes.get(pk, 0), value) for pk, value in votes.items()}
    changes = {pk: change for pk, change in changes.items() if change.now != change.then}
    if not changes:
        return SimulatedRanking(preview(reader, day, profile), {})
    if any(change.then for change in changes.values()):
        until = now
    else:  # votes are only removed: the newest of the others
        others = Vote.objects.filter(reader=reader).exclude(paper__in=changes)
        until = others.aggregate(newest=Max("voted_at"))["newest"]
    popularity = {pk: change.then - change.now for pk, change in changes.items()}
    changed = replace(with_votes(profile, votes), until=until)
    return SimulatedRanking(preview(reader, day, changed, popularity), changes)
