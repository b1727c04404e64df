"""Import a data set folder into the database.

Papers, simulated readers and their votes; the import is idempotent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from recommender.models import Paper, PaperSource, Vote
from recommender.paper_ids import canonical, own_id
from recommender.textfiles import PositionReport, Rejected
from recommender.votes import record

from .folder import FolderPaper, FolderVote, read_papers, read_votes

Row = TypeVar("Row", FolderPaper, FolderVote)
BATCH = 1000
TITLE_WORDS = 8  # of a bag of words that replace a missing title


@dataclass
class Counts:
    """The results of an import so far."""

    papers: int = 0
    papers_new: int = 0
    readers_new: int = 0
    votes: int = 0
    votes_new: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.papers:,} papers ({self.papers_new:,} new), {self.readers_new:,} new readers, "
            f"{self.votes:,} votes ({self.votes_new:,} new), {len(self.rejected):,} lines rejected"
        )


@dataclass(frozen=True)
class DatasetImport:
    """One run of the import.

    undated  the day of papers without one
    untimed  the time of votes without one
    report   called with the position in the file in bytes
    """

    folder: Path
    undated: date
    untimed: datetime
    report: PositionReport = lambda position: None

    def paper_id(self, folder_id: str) -> str:
        """The public id of a paper of the data set."""
        return canonical(folder_id) or own_id(self.folder.resolve().name, _in_hex(folder_id))

    def email(self, reader: str) -> str:
        """The made-up e-mail address that identifies a reader of the data set."""
        return f"{own_id(self.folder.resolve().name, _in_hex(reader))}@dataset.invalid"


def _in_hex(folder_id: str) -> str:
    """Encode the id so that `own_id` keeps case and punctuation.

    It then distinguishes `u-1` and `U1`.
    """
    return folder_id.encode().hex()


def import_dataset(run: DatasetImport, counts: Counts) -> Iterator[Counts]:
    """Import the data set and yield the growing counts.

    Importing the same folder again adds nothing.
    """
    for papers in _batches(read_papers(run.folder, run.report), counts):
        with transaction.atomic():
            _import_papers(run, papers, counts)
        yield counts
    pairs: set[tuple[str, str]] = set()
    for votes in _batches(read_votes(run.folder, run.report), counts):
        first_votes = []
        for vote in votes:
            if (vote.reader, vote.paper) in pairs:
                reason = f"reader {vote.reader} already has a vote on paper {vote.paper}"
                counts.rejected.append(Rejected(vote.line, reason))
            else:
                pairs.add((vote.reader, vote.paper))
                first_votes.append(vote)
        with transaction.atomic():
            _import_votes(run, first_votes, counts)
        yield counts


def _batches(rows: Iterable[Row | Rejected], counts: Counts) -> Iterator[list[Row]]:
    """The rows in batches of up to `BATCH`.

    Rejections go to the counts.
    """
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        counts.rejected += [row for row in batch if isinstance(row, Rejected)]
        yield [row for row in batch if not isinstance(row, Rejected)]


def _import_papers(run: DatasetImport, papers: list[FolderPaper], counts: Counts) -> None:
    rows = {run.paper_id(paper.id): _row(run, paper) for paper in papers}
    existing = set(Paper.objects.filter(public_id__in=rows).values_list("public_id", flat=True))
    new_rows = [row for public_id, row in rows.items() if public_id not in existing]
    Paper.objects.bulk_create(new_rows)
    counts.papers += len(papers)
    counts.papers_new += len(new_rows)


def _row(run: DatasetImport, paper: FolderPaper) -> Paper:
    """A paper's row.

    A bag of words becomes a title of its commonest words and an abstract of all of them.
    """
    title, abstract = paper.text.title, paper.text.abstract
    if paper.text.bow and not title:
        commonest = sorted(paper.text.bow, key=lambda entry: (-entry[1], entry[0]))
        title = " ".join(word for word, _ in commonest[:TITLE_WORDS])
        abstract = " ".join(" ".join([word] * count) for word, count in commonest)
    return Paper(
        public_id=run.paper_id(paper.id),
        day=paper.day or run.undated,
        title=title or f"{run.folder.resolve().name} {paper.id}",
        abstract=abstract,
        authors=list(paper.text.authors),
        categories=list(paper.text.categories),
        tags=list(paper.text.tags),
        source=PaperSource.DATASET,
    )


def _import_votes(run: DatasetImport, votes: list[FolderVote], counts: Counts) -> None:
    """Store the votes that the database does not have.

    A vote on a paper outside the data set is rejected.
    """
    readers = _create_readers(run, {vote.reader for vote in votes}, counts)
    public_ids = {run.paper_id(vote.paper) for vote in votes}
    papers = dict(Paper.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
    existing = set(Vote.objects.filter(reader__in=list(readers.values())).values_list("reader", "paper"))
    new_votes: dict[tuple[int, int], Vote] = {}
    for vote in votes:
        paper = papers.get(run.paper_id(vote.paper))
        if paper is None:
            counts.rejected.append(Rejected(vote.line, f"paper {vote.paper!r} is not in the data set"))
            continue
        counts.votes += 1
        pair = (readers[vote.reader], paper)
        if pair not in existing:
            at = vote.at or run.untimed
            new_votes[pair] = Vote(reader_id=pair[0], paper_id=paper, value=vote.value, voted_at=at)
    record(list(new_votes.values()))
    counts.votes_new += len(new_votes)


def _create_readers(run: DatasetImport, names: set[str], counts: Counts) -> dict[str, int]:
    """Create the simulated readers that are missing.

    Returns the primary key of each by name.
    """
    emails = {run.email(name): name for name in names}
    existing = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    new_readers = [
        User(email=email, name=f"reader {name[:60]}", is_simulated=True, password=make_password(None))
        for email, name in emails.items()
        if email not in existing
    ]
    User.objects.bulk_create(new_readers)
    counts.readers_new += len(new_readers)
    return {emails[email]: pk for email, pk in User.objects.filter(email__in=emails).values_list("email", "pk")}
