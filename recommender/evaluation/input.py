"""A data set folder as engine arrays, with a note on everything that was not taken as it stands."""

from collections import Counter
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.datasets.folder import FolderPaper, FolderVote, papers_file, read_papers, read_votes, votes_file
from recommender.engine.data import IntArray, PaperText, Votes, votes_from_triples
from recommender.engine.features import terms_of
from recommender.textfiles import Rejected, WrongFile

TimeArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EvaluationData:
    """A whole data set.

    days     (n,) int32, the day of each paper as an ordinal, New Year's Day where only the year is known, 0 for neither
    undated  how many papers have no day
    times    (v,) float64, when each vote was cast, in seconds since 1970; None where the file has no times
    notes    what was found and put right, in words
    """

    papers: list[PaperText]
    days: IntArray
    undated: int
    votes: Votes
    times: TimeArray | None
    notes: list[str]


def read_evaluation_data(folder: Path, without: Several[str] = ()) -> EvaluationData:
    """The data set of a folder.

    without  fields of the papers to leave out, of `folders.FIELDS`

    A vote that is repeated counts once; of votes that contradict each other the last counts, by time where there are
    times, else by line. Both are noted with their number. Raises WrongFile for anything else that is wrong, with its
    line, so that a broken data set is not measured by accident.
    """
    rows = list(_whole(read_papers(folder), papers_file(folder).name))
    row_of = {paper.id: row for row, paper in enumerate(rows)}
    _check_unique(rows, papers_file(folder).name)
    papers = [_leave_out(paper.text, without) for paper in rows]
    if not any(map(terms_of, papers)):
        raise WrongFile(f"{papers_file(folder).name}: no paper has a word to learn from{_left_out(without)}")
    notes = _notes(papers)
    triples, times = _votes(folder, row_of, notes)
    votes = votes_from_triples(triples, 1 + max((reader for reader, *_ in triples), default=-1), len(rows))
    days = np.array([_ordinal(paper) for paper in rows], dtype=np.int32)
    return EvaluationData(papers, days, sum(paper.day is None for paper in rows), votes, times, notes)


def _whole(rows: Iterable[Any], name: str) -> Iterator[Any]:
    for row in rows:
        if isinstance(row, Rejected):
            raise WrongFile(f"{name}, line {row.line}: {row.reason}")
        yield row


def _check_unique(rows: list[FolderPaper], name: str) -> None:
    ((paper, count),) = Counter(row.id for row in rows).most_common(1) or [("", 1)]
    if count > 1:
        raise WrongFile(f"{name}: the id {paper!r} occurs {count} times; each paper needs an id of its own")


def _notes(papers: list[PaperText]) -> list[str]:
    wordless = sum(not terms_of(paper) for paper in papers)
    return [f"{wordless:,} papers have no word; content says nothing about them"] if wordless else []


def _votes(
    folder: Path, row_of: dict[str, int], notes: list[str]
) -> tuple[list[tuple[int, int, float]], TimeArray | None]:
    name = votes_file(folder).name
    readers: dict[str, int] = {}
    kept: dict[tuple[int, int], FolderVote] = {}
    repeated = contradicted = 0
    for vote in _whole(read_votes(folder), name):
        if vote.paper not in row_of:
            raise WrongFile(f"{name}, line {vote.line}: paper {vote.paper!r} is not in {papers_file(folder).name}")
        pair = (readers.setdefault(vote.reader, len(readers)), row_of[vote.paper])
        earlier = kept.get(pair)
        repeated += earlier is not None and earlier.value == vote.value
        contradicted += earlier is not None and earlier.value != vote.value
        if earlier is None or _is_later(vote, earlier):
            kept[pair] = vote
    if repeated:
        notes.append(f"{repeated:,} votes repeat an earlier one and count once")
    if contradicted:
        notes.append(f"{contradicted:,} votes contradict another of the same reader and paper; the last one counts")
    times = [vote.at.timestamp() for vote in kept.values() if vote.at is not None]
    triples = [(*pair, float(vote.value)) for pair, vote in kept.items()]
    return triples, np.array(times) if len(times) == len(triples) > 0 else None


def _is_later(vote: FolderVote, earlier: FolderVote) -> bool:
    return vote.at is None or earlier.at is None or vote.at >= earlier.at


def _ordinal(paper: FolderPaper) -> int:
    if paper.day is not None:
        return paper.day.toordinal()
    return date(paper.year, 1, 1).toordinal() if paper.year else 0


def _leave_out(text: PaperText, without: Several[str]) -> PaperText:
    return replace(text, **{field: type(getattr(text, field))() for field in without})


def _left_out(without: Several[str]) -> str:
    return f" (without {', '.join(without)})" if without else ""
