"""A library that a reader brings: what each entry names, and votes, interests or a collection made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import InterestKind, User
from feeds.http.problems import Unprocessable
from recommender import collections, interests, votes
from recommender.interests import MOST_INTERESTS
from recommender.models import Paper, VoteValue
from recommender.textfiles import Rejected

from .library import LibraryEntry, Match, look_up, match

NOT_HERE = "it is not in the catalogue"


@dataclass(frozen=True)
class LookupResult:
    """What became of each entry, in their order: a match, a rejection, or an entry that is not here and why."""

    rows: list[Match | Rejected | tuple[LibraryEntry, str]]

    @property
    def papers(self) -> list[Paper]:
        """Each once, though two entries may name it."""
        return list({match.paper.pk: match.paper for match in self.matches}.values())

    @property
    def matches(self) -> list[Match]:
        return [row for row in self.rows if isinstance(row, Match)]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """What the reader called an entry, and why it is not here; those that could not be read come last."""
        absent = [(row[0].label, row[1]) for row in self.rows if isinstance(row, tuple)]
        return absent + [(f"Line {row.line}", row.reason) for row in self.rows if isinstance(row, Rejected)]


def match_library(
    reader: User, rows: Sequence[LibraryEntry | Rejected], now: datetime, *, may_ask: bool
) -> LookupResult:
    """The papers of a library's entries; where it `may_ask`, arXiv is asked for some of those that are not here."""
    library = [row for row in rows if isinstance(row, LibraryEntry)]
    found = match(library)
    reasons: dict[str, str] = {}
    unknown = dict.fromkeys(entry.arxiv_id for entry in library if entry not in found and entry.arxiv_id)
    if may_ask and unknown:
        reasons = look_up(reader, [public_id for public_id in unknown if public_id], now)
        found = match(library)
    return LookupResult([_end(row, found, reasons) for row in rows])


def _end(
    row: LibraryEntry | Rejected, found: dict[LibraryEntry, Match], reasons: dict[str, str]
) -> Match | Rejected | tuple[LibraryEntry, str]:
    if isinstance(row, Rejected):
        return row
    return found.get(row) or (row, reasons.get(row.arxiv_id or "", NOT_HERE))


def import_papers(reader: User, papers: Sequence[Paper], use: str, collection: str, *, dry_run: bool) -> int:
    """Use the papers as "votes", "interests" or what is in a "collection"; how many of them are new there.

    All or none: raises Unprocessable where there is no room for all. A dry run does it and takes it back. Raises
    Collection.DoesNotExist for an unknown collection.
    """
    with transaction.atomic():
        new = _USES[use](reader, papers, collection)
        transaction.set_rollback(dry_run)
    return new


def as_interests(reader: User, papers: Sequence[Paper], collection: str = "") -> int:
    """Make seed papers of those that are none yet; how many. Raises Unprocessable where there is no room for all."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        mine = list(reader.interests.values_list("kind", "text"))
        new = [paper for paper in papers if (InterestKind.PAPER, paper.public_id) not in mine]
        if len(mine) + len(new) > MOST_INTERESTS:
            raise Unprocessable(
                f"you have {len(mine)} interests and may have {MOST_INTERESTS}; {len(new):,} more do not fit: "
                "remove some, or bring fewer papers"
            )
        for paper in new:
            interests.add(reader, InterestKind.PAPER, paper.public_id)
    return len(new)


def _as_votes(reader: User, papers: Sequence[Paper], collection: str) -> int:
    """Thumbs up for those that have no vote of the reader's."""
    return votes.cast_new(reader, papers, VoteValue.UP)


def _as_saved(reader: User, papers: Sequence[Paper], collection: str) -> int:
    return collections.save(collections.find(reader, collection), papers)


_USES: dict[str, Callable[[User, Sequence[Paper], str], Any]] = {
    "votes": _as_votes,
    "interests": as_interests,
    "collection": _as_saved,
}
USES = tuple(_USES)
