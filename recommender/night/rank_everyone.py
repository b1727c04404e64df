"""The night's ranking step.

Makes the day's ranking for every reader with votes or interests, in batches.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from accounts.models import User
from recommender.engine.data import FloatArray, IdArray, Report
from recommender.engine.score import Candidates, score_many
from recommender.models import Experiment, Ranking
from recommender.mutes import muted_by_each
from recommender.ranking.candidates import prepare_papers
from recommender.ranking.placement import Scored
from recommender.ranking.profile import read_profiles, vectors_of_many
from recommender.ranking.rank import latest_day, ranking_columns
from recommender.serving import arms, model_cache
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import PaperPool, pool_of

from . import parts
from .ledger import Claim

BATCH = 250  # readers ranked at a time
PART = 2000  # primary keys of readers in a part


@dataclass(frozen=True)
class Prepared:
    """What the rankings of all readers share: model and papers."""

    served: Served
    papers: PaperPool
    paper_ids: IdArray
    candidates: Candidates
    ages: FloatArray
    experiment: Experiment | None


def rank_everyone(claim: Claim, report: Report) -> dict[str, Any]:
    """Store a ranking for every reader with votes or interests.

    The papers are the day's; helpers may join.
    """
    prepared = _prepare(claim.day)
    if isinstance(prepared, str):
        summary: dict[str, Any] = {"rankings": 0, "reason": prepared}
    else:
        report(f"ranking {len(prepared.paper_ids):,} papers of {prepared.papers.day}")
        count = parts.do_every(claim, part_numbers(), lambda number: _rank_part(prepared, number, report))
        summary = {"rankings": count, "day": str(prepared.papers.day), "model": prepared.served.row.version}
    parts.finish(claim, summary)
    return summary


def help_to_rank(day: date, step: str, report: Report) -> int:
    """Do parts of the ranking that another run holds; returns how many."""
    prepared = _prepare(day)
    if isinstance(prepared, str):
        return 0
    return parts.do_free(day, step, part_numbers(), lambda number: _rank_part(prepared, number, report))


def part_numbers() -> list[int]:
    """The numbers of the parts that have active readers.

    Part n has the primary keys from n * PART up to the next part's.
    """
    readers = User.objects.filter(is_active=True).annotate(part=F("pk") / PART)
    return sorted(readers.order_by().values_list("part", flat=True).distinct())


def _prepare(day: date) -> Prepared | str:
    """The model and the papers, or why there is nothing to rank."""
    served, ranked_day = model_cache.current(wait=True), latest_day(day)
    if ranked_day is None:
        return "no papers"
    if isinstance(served, Unavailable):
        return "no model"
    papers = pool_of(ranked_day)
    paper_ids, candidates, ages = prepare_papers(served, papers)
    return Prepared(served, papers, paper_ids, candidates, ages, arms.running_experiment())


def _rank_part(prepared: Prepared, number: int, report: Report) -> int:
    """Rank for the active readers of a part.

    `BATCH` readers at a time, by primary key; returns how many rankings.
    """
    readers = User.objects.filter(is_active=True, pk__lt=(number + 1) * PART).order_by("pk")
    last, count = number * PART - 1, 0
    while batch := list(readers.filter(pk__gt=last)[:BATCH]):
        count += _rank_batch(prepared, batch)
        last = batch[-1].pk
        report(f"ranked for {count:,} readers of part {number}")
    return count


def _rank_batch(prepared: Prepared, batch: list[User]) -> int:
    """Rank for these readers.

    Readers of an experiment's challenger are ranked when they come.
    """
    served = prepared.served
    served_as = {reader.pk: arms.served_by_night(served, prepared.experiment, reader) for reader in batch}
    profiles = [
        (reader, profile)
        for reader, profile in read_profiles(batch)
        if profile and not reader.is_paused and served_as[reader.pk]
    ]
    muted = muted_by_each(batch)
    vectors = vectors_of_many(served.model, [profile for _, profile in profiles])
    scores = score_many(served.model, vectors, prepared.candidates)
    rankings = []
    for (reader, profile), reader_vectors, row in zip(profiles, vectors, scores, strict=True):
        scored = Scored(prepared.paper_ids, row, prepared.ages, prepared.candidates)
        model = served_as[reader.pk] or served
        columns = ranking_columns(reader, prepared.papers, muted[reader.pk], profile, model, reader_vectors, scored)
        rankings.append(Ranking(**columns))
    Ranking.objects.bulk_create(rankings, ignore_conflicts=True)
    return len(rankings)
