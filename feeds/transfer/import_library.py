"""Import the papers of a library as votes, interests or part of a collection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import InterestKind, User
from feeds.http.problems import Unprocessable
from recommender import collections, interests, votes
from recommender.interests import MOST_INTERESTS
from recommender.models import Paper, VoteValue
from recommender.textfiles import Rejected

from .library import LibraryEntry, Match, look_up, match

USES = ("votes", "interests", "collection")
NOT_HERE = "it is not in the catalogue"


@dataclass(frozen=True)
class LookupResult:
    """The result for each entry, in order.

    A match, a rejection, or an entry that the catalogue lacks, with the reason.
    """

    rows: list[Match | Rejected | tuple[LibraryEntry, str]]

    @property
    def papers(self) -> list[Paper]:
        """Each matched paper once, even if several entries match it."""
        return list({match.paper.pk: match.paper for match in self.matches}.values())

    @property
    def matches(self) -> list[Match]:
        return [row for row in self.rows if isinstance(row, Match)]

    @property
    def missing(self) -> list[tuple[str, str]]:
        """Label and reason of each entry without a paper.

        Unreadable entries come last.
        """
        absent = [(row[0].label, row[1]) for row in self.rows if isinstance(row, tuple)]
        return absent + [(f"Line {row.line}", row.reason) for row in self.rows if isinstance(row, Rejected)]


def match_library(
    reader: User, rows: Sequence[LibraryEntry | Rejected], now: datetime, *, may_ask: bool
) -> LookupResult:
    """Match the entries of a library with papers.

    `may_ask` allows a lookup of missing papers at arXiv.
    """
    library = [row for row in rows if isinstance(row, LibraryEntry)]
    matches = match(library)
    reasons: dict[str, str] = {}
    unknown = dict.fromkeys(entry.arxiv_id for entry in library if entry not in matches and entry.arxiv_id)
    if may_ask and unknown:
        reasons = look_up(reader, [arxiv_id for arxiv_id in unknown if arxiv_id], now)
        matches = match(library)
    results: list[Match | Rejected | tuple[LibraryEntry, str]] = []
    for row in rows:
        if isinstance(row, Rejected):
            results.append(row)
        else:
            results.append(matches.get(row) or (row, reasons.get(row.arxiv_id or "", NOT_HERE)))
    return LookupResult(results)


def import_papers(reader: User, papers: Sequence[Paper], use: str, collection: str, *, dry_run: bool) -> int:
    """Import all papers, or none, and return how many are new.

    use         "votes" gives a thumbs up to papers without a vote, "interests" makes seed papers of them, "collection"
                saves them in the reader's collection with the id `collection`
    dry_run     import them, then roll back

    Raises Unprocessable if there is not enough room, Collection.DoesNotExist for an unknown collection.
    """
    with transaction.atomic():
        if use == "votes":
            new = votes.cast_new(reader, papers, VoteValue.UP)
        elif use == "interests":
            new = as_interests(reader, papers)
        else:
            new = collections.save(collections.find(reader, collection), papers)
        transaction.set_rollback(dry_run)
    return new


def as_interests(reader: User, papers: Sequence[Paper]) -> int:
    """Make seed papers of all papers and return how many are new.

    Raises Unprocessable, adding none, without room.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)
        mine = list(reader.interests.values_list("kind", "text"))
        new = [paper for paper in papers if (InterestKind.PAPER, paper.public_id) not in mine]
        if len(mine) + len(new) > MOST_INTERESTS:
            raise Unprocessable(
                f"{len(new):,} more interests do not fit: you have {len(mine)} of at most {MOST_INTERESTS}; "
                "remove some, or choose fewer papers"
            )
        for paper in new:
            interests.add(reader, InterestKind.PAPER, paper.public_id)
    return len(new)
