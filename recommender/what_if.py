"""What one vote would change: the day's first papers as they are and as they would be, with nothing saved."""

from dataclasses import dataclass, replace
from datetime import date

from accounts.models import User

from .models import Paper, Ranking, Vote
from .ranking import preview
from .tastes import Said, listen

SHOWN = 20


@dataclass(frozen=True)
class Place:
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
    first_after: list[Place]

    @property
    def is_the_same(self) -> bool:
        return self.before.order.tolist() == self.after.order.tolist()


def what_if(reader: User, paper: Paper, value: int, day: date) -> WhatIf:
    """What the vote would do to this reader's order of a day's papers.

    value  +1, -1, or 0 for no vote; raises ValueError for any other
    """
    if value not in (0, *Vote.Value.values):
        raise ValueError(f"a vote to try is 1, -1, or 0 for none, got {value!r}")
    said = listen(reader)
    before, after = (preview(reader, day, heard) for heard in (said, with_vote(said, paper.pk, value)))
    papers = Paper.objects.in_bulk([*before.order[:SHOWN].tolist(), *after.order[:SHOWN].tolist()])
    place_of = {pk: place for place, pk in enumerate(before.order.tolist(), start=1)}
    first = [papers[pk] for pk in before.order[:SHOWN].tolist() if pk in papers]
    shown = enumerate(after.order[:SHOWN].tolist(), start=1)
    changed = [Place(place, papers[pk], place_of.get(pk)) for place, pk in shown if pk in papers]
    return WhatIf(paper, value, said.votes.get(paper.pk, 0), day, before, after, first, changed)


def with_vote(said: Said, paper_pk: int, value: int) -> Said:
    """What the reader would have said with this vote; 0 takes it back."""
    votes = {pk: vote for pk, vote in said.votes.items() if pk != paper_pk}
    if value:
        votes[paper_pk] = value
    return replace(said, votes=dict(sorted(votes.items())))
