"""Read a data set folder into engine arrays.

Everything that was corrected is noted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
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

    days     (n,) int32, the day of each paper as an ordinal; 1 January where only the year is known, 0 for neither
    undated  the number of papers without a day
    times    (v,) float64, when each vote was cast, in seconds since 1970; None where the file has no times
    notes    a sentence on each kind of correction
    """

    papers: list[PaperText]
    days: IntArray
    undated: int
    votes: Votes
    times: TimeArray | None
    notes: list[str]


def read_evaluation_data(folder: Path, without: Collection[str] = ()) -> EvaluationData:
    """The data set of a folder.

    without  fields of the papers to leave out, of `datasets.folder.FIELDS`

    A repeated vote counts once. Of contradicting votes the last counts, by time where there are times, else by line.
    Both are noted with their number. Raises WrongFile with the line for anything else that is wrong, so that a damaged
    data set is not measured by accident.
    """
    name = papers_file(folder).name
    rows: list[FolderPaper] = list(_without_rejections(read_papers(folder), name))
    row_of = {paper.id: row for row, paper in enumerate(rows)}
    if len(row_of) < len(rows):
        ((paper_id, count),) = Counter(row.id for row in rows).most_common(1)
        raise WrongFile(f"{name}: the id {paper_id!r} occurs {count} times; each paper needs its own id")
    papers = [replace(row.text, **{field: type(getattr(row.text, field))() for field in without}) for row in rows]
    wordless = sum(not terms_of(paper) for paper in papers)
    if wordless == len(papers):
        left_out = f" (without {', '.join(without)})" if without else ""
        raise WrongFile(f"{name}: no paper has a word to learn from{left_out}")
    notes = [f"{wordless:,} papers have no words; they cannot be ranked by content"] if wordless else []
    triples, times = _read_votes(folder, row_of, notes)
    votes = votes_from_triples(triples, 1 + max((reader for reader, *_ in triples), default=-1), len(rows))
    days = [row.day or (date(row.year, 1, 1) if row.year else None) for row in rows]
    ordinals = np.array([day.toordinal() if day else 0 for day in days], dtype=np.int32)
    return EvaluationData(papers, ordinals, sum(row.day is None for row in rows), votes, times, notes)


def _without_rejections(rows: Iterable[Any], name: str) -> Iterator[Any]:
    """The rows of a file.

    Raises WrongFile at the first that was rejected.
    """
    for row in rows:
        if isinstance(row, Rejected):
            raise WrongFile(f"{name}, line {row.line}: {row.reason}")
        yield row


def _read_votes(
    folder: Path, row_of: dict[str, int], notes: list[str]
) -> tuple[list[tuple[int, int, float]], TimeArray | None]:
    """Votes as (reader row, paper row, value) and their times.

    Corrections are added to `notes`.
    """
    name = votes_file(folder).name
    readers: dict[str, int] = {}
    votes: dict[tuple[int, int], FolderVote] = {}
    repeated = contradicted = 0
    for vote in _without_rejections(read_votes(folder), name):
        if vote.paper not in row_of:
            raise WrongFile(f"{name}, line {vote.line}: paper {vote.paper!r} is not in {papers_file(folder).name}")
        pair = (readers.setdefault(vote.reader, len(readers)), row_of[vote.paper])
        earlier = votes.get(pair)
        if earlier is not None:
            repeated += earlier.value == vote.value
            contradicted += earlier.value != vote.value
        if earlier is None or vote.at is None or earlier.at is None or vote.at >= earlier.at:
            votes[pair] = vote
    if repeated:
        notes.append(f"{repeated:,} votes repeat an earlier one and count once")
    if contradicted:
        notes.append(f"{contradicted:,} votes contradict another of the same reader and paper; the last one counts")
    times = [vote.at.timestamp() for vote in votes.values() if vote.at is not None]
    triples = [(*pair, float(vote.value)) for pair, vote in votes.items()]
    return triples, np.array(times) if len(times) == len(triples) > 0 else None
