"""Today's ranking for every reader who has said anything, in batches, before they ask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from accounts.models import User
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.score import Candidates, prepare, score_many
from recommender.models import Experiment, Ranking
from recommender.mutes import muted_by_each
from recommender.ranking.candidates import candidate_rows
from recommender.ranking.placement import Scored, ages_of
from recommender.ranking.profile import read_profiles, vectors_of_many
from recommender.ranking.rank import latest_day, ranking_columns
from recommender.serving import arms, model_cache
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import PaperPool, pool_of

from . import parts
from .ledger import Claim

BATCH = 250
PART = 2000  # primary keys of readers in one part, which one worker does

Say = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """What the rankings of all readers have in common: the model and the day's papers."""

    served: Served
    papers: PaperPool
    paper_ids: IdArray
    candidates: Candidates
    ages: FloatArray
    experiment: Experiment | None


def rank_everyone(claim: Claim, say: Say) -> dict[str, Any]:
    """Make and keep the ranking of the day's papers for every reader with votes or interests; helpers may join."""
    ready = _prepare(claim.day)
    if isinstance(ready, str):
        summary: dict[str, Any] = {"rankings": 0, "reason": ready}
    else:
        say(f"ranking {len(ready.paper_ids):,} papers of {ready.papers.day}")
        made = parts.do_every(claim, part_numbers(), lambda number: _rank_part(ready, number, say))
        summary = {"rankings": made, "day": str(ready.papers.day), "model": ready.served.row.version}
    parts.finish(claim, summary)
    return summary


def help_to_rank(day: date, step: str, say: Say) -> int:
    """Do parts of the ranking that another run holds; returns how many."""
    ready = _prepare(day)
    if isinstance(ready, str):
        return 0
    return parts.do_free(day, step, part_numbers(), lambda number: _rank_part(ready, number, say))


def part_numbers() -> list[int]:
    """The parts that hold active readers: part n has the primary keys from n * PART up to the next one's."""
    found = User.objects.filter(is_active=True).annotate(part=F("pk") / PART)
    return sorted(found.order_by().values_list("part", flat=True).distinct())


def _prepare(day: date) -> Prepared | str:
    """The model and the papers, or the reason why there is nothing to rank."""
    served, shown = model_cache.current(wait=True), latest_day(day)
    if shown is None:
        return "no papers"
    if isinstance(served, Unavailable):
        return "no model"
    papers = pool_of(shown)
    paper_ids, rows = candidate_rows(served, papers)
    candidates = prepare(served.model, rows, served.model.rows_of(paper_ids))
    return Prepared(served, papers, paper_ids, candidates, ages_of(papers, paper_ids), arms.running_experiment())


def _rank_part(ready: Prepared, number: int, say: Say) -> int:
    made = 0
    for batch in _batches(number):
        made += _rank_batch(ready, batch)
        say(f"ranked for {made:,} readers of part {number}")
    return made


def _rank_batch(ready: Prepared, batch: list[User]) -> int:
    """Readers for whom a challenger ranks are left to the moment at which they come."""
    served, papers = ready.served, ready.papers
    noted = {reader.pk: arms.served_by_night(served, ready.experiment, reader) for reader in batch}
    heard = [
        (reader, said) for reader, said in read_profiles(batch) if said and not reader.is_paused and noted[reader.pk]
    ]
    muted = muted_by_each(batch)
    tastes = vectors_of_many(served.model, [said for _, said in heard])
    scores = score_many(served.model, tastes, ready.candidates)
    rankings = []
    for (reader, said), taste, row in zip(heard, tastes, scores, strict=True):
        scored = Scored(ready.paper_ids, row, ready.ages, ready.candidates)
        rankings.append(
            Ranking(
                **ranking_columns(reader, papers, muted[reader.pk], said, noted[reader.pk] or served, taste, scored)
            )
        )
    Ranking.objects.bulk_create(rankings, ignore_conflicts=True)
    return len(rankings)


def _batches(number: int) -> Iterator[list[User]]:
    """Active readers of a part, `BATCH` at a time, by primary key."""
    last = number * PART - 1
    readers = User.objects.filter(is_active=True, pk__lt=(number + 1) * PART).order_by("pk")
    while batch := list(readers.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk
