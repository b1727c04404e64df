"""Entries of a ranking: paper, score, reasons, votes and sources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import User
from recommender.collections import saved_pks
from recommender.models import Paper, PaperSource, Ranking, Vote
from recommender.ranking.reasons import Placement, Reason, placements, reasons
from recommender.ranking.what_if import Change

from .models import Submission, SubmissionState, Telling
from .sources.merge import TRUSTED


@dataclass(frozen=True)
class Exploration:
    """Whether and how exploration placed a paper.

    Includes its probability and its place (from 1) in the reader's own order.
    """

    by_chance: bool = False
    propensity: float = 1.0
    own_place: int | None = None

    @property
    def one_in(self) -> int:
        return round(1 / self.propensity)


@dataclass(frozen=True)
class Entry:
    """One place of a ranking.

    `position` counts from 1; `score` is None if the order is by time.
    """

    position: int
    paper: Paper
    score: float | None
    why: Sequence[Reason]
    my_vote: int
    exploration: Exploration = Exploration()
    is_saved: bool = False
    placed_because: Placement | None = None


def entries(ranking: Ranking, reader: User | None, offset: int, limit: int) -> list[Entry]:
    """The entries from `offset` on, without papers removed since.

    Takes a fixed number of queries.
    """
    return entries_at(ranking, reader, range(len(ranking.order))[offset : offset + limit])


def whole_entry(ranking: Ranking, reader: User, place: int) -> Entry:
    """One place, counted from 0, with all of its reasons."""
    [entry] = entries_at(ranking, reader, [place], explain=False)
    return replace(entry, why=reasons(ranking, [entry.paper.pk], whole=True)[entry.paper.pk])


def as_if(shown: Sequence[Entry], changes: Mapping[int, Change]) -> list[Entry]:
    """The entries with changed votes of the reader, which the public votes include."""
    return [_as_if(entry, changes[entry.paper.pk]) if entry.paper.pk in changes else entry for entry in shown]


def entries_at(ranking: Ranking, reader: User | None, places: Sequence[int], *, explain: bool = True) -> list[Entry]:
    """The same for any places, counted from 0; without reasons unless `explain`."""
    chosen = np.array(places, dtype=np.int64)
    pks, scores = ranking.order[chosen].tolist(), _scores(ranking)[chosen].tolist()
    papers = with_provenance(Paper.objects.with_public_votes()).in_bulk(pks)
    mine, saved = votes_of(reader, pks), saved_pks(reader, pks)
    why = reasons(ranking, [pk for pk in pks if pk in papers]) if explain else {}
    chances, placed = explorations(ranking), placements(ranking, places)
    return [
        Entry(
            place + 1,
            papers[pk],
            score,
            why.get(pk, ()),
            mine.get(pk, 0),
            chances[place],
            pk in saved,
            None if chances[place].by_chance else placed.get(place),
        )
        for place, pk, score in zip(places, pks, scores, strict=True)
        if pk in papers
    ]


def explorations(ranking: Ranking) -> list[Exploration]:
    """The exploration of each place of the ranking."""
    explored = ranking.explored
    return [
        Exploration(True, chance, explored[slot] + 1) if slot in explored else Exploration(False, chance)
        for slot, chance in enumerate(ranking.propensity_values.tolist())
    ]


def votes_of(reader: User | None, pks: Sequence[int]) -> dict[int, int]:
    """The reader's own votes on these papers."""
    if reader is None:
        return {}
    return dict(Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", "value"))


def _as_if(entry: Entry, change: Change) -> Entry:
    counted: Any = entry.paper  # with the columns that `with_public_votes` adds
    counted.up += (change.then == 1) - (change.now == 1)
    counted.down += (change.then == -1) - (change.now == -1)
    return replace(entry, my_vote=change.then)


def _scores(ranking: Ranking) -> "np.ndarray[Any, Any]":
    """The scores in the order of the ranking.

    Each is None if the order is by time.
    """
    return np.full(len(ranking.order), None) if ranking.mode == Ranking.Mode.RECENT else ranking.score_values


A_MEMBER = "a member"
_ANY = TypeVar("_ANY", bound="QuerySet[Any]")


def with_provenance(papers: _ANY) -> _ANY:
    """The papers with their sources and submissions, by two more queries in total."""
    return papers.prefetch_related(*_lookups())


def add_provenance(papers: Iterable[Paper]) -> None:
    """The same for papers that are already loaded."""
    prefetch_related_objects(list(papers), *_lookups())


def sources_of(paper: Paper) -> list[str]:
    """The sources that list the paper, most trusted first.

    If none has listed it yet, the paper's own source.
    """
    sources = {telling.source for telling in paper.tellings.all()} or {paper.source}
    return [source for source in TRUSTED if source in sources and source != PaperSource.MEMBER]


def names_of_sources(paper: Paper) -> list[str]:
    """The same by the names that readers know.

    The channels of arXiv share one name.
    """
    return list(dict.fromkeys(PaperSource(source).label for source in sources_of(paper)))


def submitter_of(paper: Paper) -> str | None:
    """The name of the member who submitted the paper.

    It is never the address. Returns None if nobody submitted it.
    """
    listed = (one for one in paper.submissions.all() if one.state == SubmissionState.LISTED)
    submission = next(listed, None)
    if submission is None:
        return None
    return (submission.submitter.name if submission.submitter else "") or A_MEMBER


def _lookups() -> list["Prefetch[Any]"]:
    return [
        Prefetch("tellings", Telling.objects.order_by().only("paper", "source")),
        Prefetch("submissions", Submission.objects.select_related("submitter")),
    ]
