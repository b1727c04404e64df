"""Today's ranking for every reader who has said anything, in batches, before they ask."""

from collections.abc import Callable, Iterator
from typing import Any

from accounts.models import User

from . import serving
from .arranging import Scored, ages_of
from .engine.scoring import prepare, score_many
from .ledger import Claim
from .models import Ranking
from .mutes import muted_by_each
from .ranking import columns_for, day_to_show
from .serving import Served, Unavailable
from .spans import Offer, look_at
from .tastes import candidate_rows, listen_to, tastes_of

BATCH = 250

Say = Callable[[str], None]


def rank_everyone(claim: Claim, say: Say) -> dict[str, Any]:
    """Make and keep the ranking of the day's papers for every reader with votes or interests."""
    served = serving.current()
    day = day_to_show(claim.day)
    if isinstance(served, Unavailable) or day is None:
        summary: dict[str, Any] = {"rankings": 0, "reason": "no model" if day else "no papers"}
    else:
        summary = {"rankings": _rank_all(served, look_at(day), say), "day": str(day), "model": served.row.version}
    claim.finish(summary)
    return summary


def _rank_all(served: Served, papers: Offer, say: Say) -> int:
    paper_ids, rows = candidate_rows(served, papers)
    candidates = prepare(served.model, rows, served.model.rows_of(paper_ids))
    ages = ages_of(papers, paper_ids)
    say(f"ranking {len(paper_ids):,} papers of {papers.day}")
    made = 0
    for batch in _batches():
        heard = [(reader, said) for reader, said in listen_to(batch) if said and not reader.is_paused]
        muted = muted_by_each(batch)
        tastes = tastes_of(served.model, [said for _, said in heard])
        scores = score_many(served.model, tastes, candidates)
        Ranking.objects.bulk_create(
            [
                Ranking(
                    **columns_for(
                        reader, papers, muted[reader.pk], said, served, taste, Scored(paper_ids, row, ages, candidates)
                    )
                )
                for (reader, said), taste, row in zip(heard, tastes, scores, strict=True)
            ],
            ignore_conflicts=True,
        )
        made += len(heard)
        say(f"ranked for {made:,} readers")
    return made


def _batches() -> Iterator[list[User]]:
    """Active readers, `BATCH` at a time, by primary key."""
    last = 0
    while batch := list(User.objects.filter(pk__gt=last, is_active=True).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk
