"""Read a data set folder into engine arrays.

Everything that was corrected is noted.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.datasets.folder import (
    FolderPaper,
    FolderVote,
    papers_file,
    ratings_file,
    read_papers,
    read_ratings,
    read_votes,
    votes_file,
)
from recommender.engine.data import FloatArray, IntArray, PaperText, Votes, votes_from_triples
from recommender.engine.features import terms_of
from recommender.textfiles import Rejected, WrongFile

from .vectors import VECTORS_FILE, encoded_text, read_vectors

TimeArray = npt.NDArray[np.float64]
TUNING, FINAL = "tuning", "final"  # halves of the readers: settings are chosen on one, figures reported on the other
OWN_PAPERS = 0.5  # share of pairs with a common author from which on votes are taken for the readers' own papers
COMPARED = 30  # papers of a reader whose authors are compared


@dataclass(frozen=True)
class Ratings:
    """Ratings as three arrays of the same length: rows of readers, rows of papers, and values, higher is better."""

    readers: IntArray
    papers: IntArray
    values: FloatArray


@dataclass(frozen=True)
class EvaluationData:
    """A whole data set.

    days     (n,) int32, the day of each paper as an ordinal; 1 January where only the year is known, 0 for neither
    undated  the number of papers without a day
    times    (v,) float64, when each vote was cast, in seconds since 1970; None where the file has no times
    notes    a sentence on each kind of correction
    vectors  (n, e) float32, the sentence vector of each paper, of length 1 or zeros; None where the folder has none
    reader_ids  the id of each row of readers
    ratings  of the same readers and papers; None where the folder has none
    """

    papers: list[PaperText]
    days: IntArray
    undated: int
    votes: Votes
    times: TimeArray | None
    notes: list[str]
    vectors: FloatArray | None = None
    reader_ids: Sequence[str] = ()
    ratings: Ratings | None = None

    def measured(self, readers: IntArray, part: str | None) -> IntArray:
        """Those of the readers that are in a part of the data set, `TUNING` or `FINAL`; all of them for None."""
        if part is None:
            return readers
        return np.array([row for row in readers if part_of(self.reader_ids[row]) == part], dtype=np.int32)


def part_of(reader_id: str) -> str:
    """`TUNING` or `FINAL`, each for half of all ids: the same in every data set and run."""
    return FINAL if hashlib.sha256(reader_id.encode()).digest()[0] % 2 else TUNING


def read_evaluation_data(folder: Path, without: Collection[str] = (), *, has_vectors: bool = True) -> EvaluationData:
    """The data set of a folder.

    without      fields of the papers to leave out, of `datasets.folder.FIELDS`
    has_vectors  whether the vectors of the folder are read

    A repeated vote counts once. Of contradicting votes the last counts, by time where there are times, else by line.
    Both are noted with their number. Vectors are those of `vectors.npy`; they are left out, with a note, together with
    a field that they were made from. Raises WrongFile with the line for anything else that is wrong, so that a damaged
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
    readers: dict[str, int] = {}
    triples, times = _read_votes(folder, row_of, readers, notes)
    ratings = _read_ratings(folder, row_of, readers)
    votes = votes_from_triples(triples, len(readers), len(rows))
    share = share_with_common_author([row.text.authors for row in rows], votes)
    if share >= OWN_PAPERS:
        remedy = "" if "authors" in without else "; measure also --without authors"
        notes.append(
            f"{share:.0%} of the pairs of papers that one reader voted up share an author: the ids look like authors "
            f"with their own papers, not like readers{remedy}"
        )
    days = [row.day or (date(row.year, 1, 1) if row.year else None) for row in rows]
    ordinals = np.array([day.toordinal() if day else 0 for day in days], dtype=np.int32)
    vectors = _vectors(folder, [row.text for row in rows], papers, notes) if has_vectors else None
    return EvaluationData(
        papers, ordinals, sum(row.day is None for row in rows), votes, times, notes, vectors, list(readers), ratings
    )


def share_with_common_author(authors: Sequence[tuple[str, ...]], votes: Votes) -> float:
    """Share of the pairs of papers that one reader voted up whose author lists have a name in common.

    It is the mean over the readers with a pair of papers with authors, of their first papers only; 0 without any.
    """
    names = [frozenset(name.casefold() for name in paper) for paper in authors]
    likes, shares = votes.likes, []
    for start, end in pairwise(likes.indptr):
        liked = [names[paper] for paper in likes.indices[start:end] if names[paper]][:COMPARED]
        if pairs := [not one.isdisjoint(other) for one, other in combinations(liked, 2)]:
            shares.append(sum(pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else 0.0


def _vectors(
    folder: Path, complete: Sequence[PaperText], papers: Sequence[PaperText], notes: list[str]
) -> FloatArray | None:
    """The vectors of the folder, unless they were made from text that is left out of `papers`."""
    vectors = read_vectors(folder, len(papers))
    if vectors is not None and [*map(encoded_text, complete)] != [*map(encoded_text, papers)]:
        notes.append(f"{VECTORS_FILE} is not used: it was made from titles and abstracts, one of which is left out")
        return None
    return vectors


def _without_rejections(rows: Iterable[Any], name: str) -> Iterator[Any]:
    """The rows of a file.

    Raises WrongFile at the first that was rejected.
    """
    for row in rows:
        if isinstance(row, Rejected):
            raise WrongFile(f"{name}, line {row.line}: {row.reason}")
        yield row


def _read_votes(
    folder: Path, row_of: dict[str, int], readers: dict[str, int], notes: list[str]
) -> tuple[list[tuple[int, int, float]], TimeArray | None]:
    """Votes as (reader row, paper row, value) and their times.

    Ids of readers are added to `readers`, corrections to `notes`.
    """
    name = votes_file(folder).name
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


def _read_ratings(folder: Path, row_of: dict[str, int], readers: dict[str, int]) -> Ratings | None:
    """The ratings of the folder, None where it has none.

    Ids of readers are added to `readers`. Raises WrongFile for an unknown paper, or one that a reader rates twice.
    """
    file = ratings_file(folder)
    if file is None:
        return None
    values: dict[tuple[int, int], float] = {}
    for rating in _without_rejections(read_ratings(file), file.name):
        if rating.paper not in row_of:
            raise WrongFile(
                f"{file.name}, line {rating.line}: paper {rating.paper!r} is not in {papers_file(folder).name}"
            )
        pair = (readers.setdefault(rating.reader, len(readers)), row_of[rating.paper])
        if pair in values:
            raise WrongFile(
                f"{file.name}, line {rating.line}: reader {rating.reader!r} has rated paper {rating.paper!r} before; "
                "leave one of the lines out"
            )
        values[pair] = rating.value
    pairs = np.array(list(values), dtype=np.int32).reshape(-1, 2)
    return Ratings(pairs[:, 0], pairs[:, 1], np.array(list(values.values()), dtype=np.float32))
