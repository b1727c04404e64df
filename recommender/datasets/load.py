"""A data set folder -> rows: papers, simulated readers and their votes, idempotent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from recommender.engine.data import PaperText
from recommender.models import Paper, PaperSource, Vote
from recommender.paper_ids import canonical, own_id
from recommender.textfiles import PositionReport, Rejected
from recommender.votes import record

from .folder import FolderPaper, FolderVote, read_papers, read_votes

Row = TypeVar("Row", FolderPaper, FolderVote)
BATCH = 1000
TITLE_WORDS = 8  # of a bag of words that stands for a missing title


@dataclass
class Counts:
    """What came of an import."""

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
    """One run: where from, what undated papers and untimed votes get, who is told the position in the file."""

    folder: Path
    undated: date
    untimed: datetime
    told: PositionReport = lambda position: None

    def paper_id(self, name: str) -> str:
        return canonical(name) or own_id(self.folder.resolve().name, _exactly(name))

    def email(self, reader: str) -> str:
        return f"{own_id(self.folder.resolve().name, _exactly(reader))}@dataset.invalid"


def import_dataset(run: DatasetImport, counts: Counts) -> Iterator[Counts]:
    """Put the data set into the tables; yields the growing counts. The same folder again adds nothing."""
    for batch in _batches(read_papers(run.folder, run.told), counts):
        with transaction.atomic():
            _papers(run, batch, counts)
        yield counts
    seen: set[tuple[str, str]] = set()
    for votes in _batches(read_votes(run.folder, run.told), counts):
        with transaction.atomic():
            _votes(run, [vote for vote in votes if _is_first(vote, seen, counts)], counts)
        yield counts


def _batches(rows: Iterable[Row | Rejected], counts: Counts) -> Iterator[list[Row]]:
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        counts.rejected += [row for row in batch if isinstance(row, Rejected)]
        yield [row for row in batch if not isinstance(row, Rejected)]


def _exactly(name: str) -> str:
    """The name so that `own_id` keeps apart what differs in case or punctuation only: `u-1` and `U1`."""
    return name.encode().hex()


def _papers(run: DatasetImport, papers: list[FolderPaper], counts: Counts) -> None:
    rows = {run.paper_id(paper.id): _row(run, paper) for paper in papers}
    known = set(Paper.objects.filter(public_id__in=rows).values_list("public_id", flat=True))
    fresh = [row for public_id, row in rows.items() if public_id not in known]
    Paper.objects.bulk_create(fresh)
    counts.papers += len(papers)
    counts.papers_new += len(fresh)


def _row(run: DatasetImport, paper: FolderPaper) -> Paper:
    title, abstract = _readable(paper.text)
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


def _readable(text: PaperText) -> tuple[str, str]:
    """Title and abstract; a bag of words becomes a title of its commonest words and an abstract of all of them."""
    if text.title or not text.bow:
        return text.title, text.abstract
    commonest = sorted(text.bow, key=lambda entry: (-entry[1], entry[0]))
    words = " ".join(" ".join([word] * count) for word, count in commonest)
    return " ".join(word for word, _ in commonest[:TITLE_WORDS]), words


def _is_first(vote: FolderVote, seen: set[tuple[str, str]], counts: Counts) -> bool:
    pair = (vote.reader, vote.paper)
    if pair in seen:
        counts.rejected.append(Rejected(vote.line, f"reader {vote.reader} has a vote on paper {vote.paper} already"))
        return False
    seen.add(pair)
    return True


def _votes(run: DatasetImport, votes: list[FolderVote], counts: Counts) -> None:
    readers = _readers(run, {vote.reader for vote in votes}, counts)
    names = {run.paper_id(vote.paper) for vote in votes}
    papers = dict(Paper.objects.filter(public_id__in=names).values_list("public_id", "pk"))
    known = _known_votes(readers.values())
    fresh: dict[tuple[int, int], Vote] = {}
    for vote in votes:
        paper = papers.get(run.paper_id(vote.paper))
        if paper is None:
            counts.rejected.append(Rejected(vote.line, f"paper {vote.paper!r} is not in the data set"))
            continue
        counts.votes += 1
        pair = (readers[vote.reader], paper)
        if pair not in known:
            at = vote.at or run.untimed
            fresh[pair] = Vote(reader_id=pair[0], paper_id=paper, value=vote.value, voted_at=at)
    record(list(fresh.values()))
    counts.votes_new += len(fresh)


def _readers(run: DatasetImport, names: set[str], counts: Counts) -> dict[str, int]:
    emails = {run.email(name): name for name in names}
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    fresh = [
        User(email=email, name=f"reader {name[:60]}", is_simulated=True, password=make_password(None))
        for email, name in emails.items()
        if email not in known
    ]
    User.objects.bulk_create(fresh)
    counts.readers_new += len(fresh)
    return {emails[email]: pk for email, pk in User.objects.filter(email__in=emails).values_list("email", "pk")}


def _known_votes(readers: Iterable[int]) -> set[tuple[int, int]]:
    return set(Vote.objects.filter(reader__in=list(readers)).values_list("reader", "paper"))
