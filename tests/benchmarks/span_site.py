"""What the benchmark of spans does inside a process of a site, whose environment says which: fill it, learn, and rank.

`python span_site.py fill`, `... learn`, `... serve`; `PYTHONPATH` names the checkout whose code is used.
"""

import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django
import numpy as np

django.setup()

from django.db.models import Count, F  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from recommender.dataset import collect  # noqa: E402
from recommender.engine.data import Settings  # noqa: E402
from recommender.engine.fit import fit  # noqa: E402
from recommender.engine.storage import save  # noqa: E402
from recommender.models import ModelState, Paper, Ranking, TrainedModel, Vote  # noqa: E402
from recommender.night import rank_everyone  # noqa: E402
from recommender.ranking.rank import rank  # noqa: E402
from recommender.ranking.similar import similar_papers  # noqa: E402
from recommender.serving import model_cache  # noqa: E402
from recommender.serving.archives import folder_of  # noqa: E402
from recommender.spans import month_of, week_of  # noqa: E402
from tests.benchmarks.inside import HURRIED  # noqa: E402
from tests.benchmarks.inventing import Town, Writer, read_real  # noqa: E402

PAPERS, READERS, VOTES = 20_000, 2_000, 200_000
MONTH, A_MONTH, A_DAY = date(2026, 10, 1), 15_000, 700
DAY = date(2026, 10, 15)  # the day with `A_DAY` papers
DIMENSION = 384  # of the random vectors
AT_NIGHT = 500  # readers
ASKED = 12  # readers, from the fewest votes to the most


def days_of_papers() -> list[date]:
    """A day for each paper: those before October, then October with `A_DAY` on `DAY` and the rest evenly."""
    earlier = [MONTH - timedelta(days=1 + number // 500) for number in reversed(range(PAPERS - A_MONTH))]
    others = [MONTH + timedelta(days=number) for number in range(31) if MONTH + timedelta(days=number) != DAY]
    rest = A_MONTH - A_DAY
    return earlier + sorted([others[number * len(others) // rest] for number in range(rest)] + [DAY] * A_DAY)


def fill() -> None:
    """The papers, readers and votes into the database of the settings."""
    town, at = Town(read_real(), PAPERS, READERS, VOTES), datetime(2026, 10, 1, tzinfo=UTC)
    written = zip(days_of_papers(), Writer(town).papers(range(PAPERS)), strict=True)
    fields = [
        paper | {"day": day, "public_id": f"pb.{number}", "source": "dataset", "added_at": at, "updated_at": at}
        for number, (day, paper) in enumerate(written)
    ]
    Paper.objects.bulk_create([Paper(**paper) for paper in fields], batch_size=1000)
    User.objects.bulk_create([User(email=f"reader-{number}@example.org") for number in range(READERS)])
    papers, readers = (list(table.objects.order_by("pk").values_list("pk", flat=True)) for table in (Paper, User))
    cast = zip(*(column.tolist() for column in town.votes()), strict=True)
    votes = [
        Vote(reader_id=readers[who], paper_id=papers[what], value=value, voted_at=datetime.fromtimestamp(when, UTC))
        for who, what, value, when in cast
    ]
    Vote.objects.bulk_create(votes, batch_size=5000)


def learn() -> None:
    """A model of all votes that serves from now on, trained in a hurry, with vectors where the build has them."""
    vectors = _random_vectors()
    data, now = collect(), timezone.now()
    model = fit(data.texts, data.paper_ids, data.votes, Settings(epochs=1, most_steps=HURRIED), **vectors)
    version = f"hurried-{now:%Y-%m-%dT%H%M%S}"
    save(model, folder_of(version))
    TrainedModel.objects.create(
        version=version, day=now.date(), state=ModelState.PROMOTED, promoted_at=now, papers_seen=len(data.texts)
    )


def _random_vectors() -> dict[str, Any]:
    """Store a vector for each paper; returns what `fit` takes of them, nothing in a build without vectors."""
    try:
        from recommender import vectors  # noqa: PLC0415 - an older build may not have it
        from recommender.models import PaperVector  # noqa: PLC0415
    except ImportError:
        return {}
    encoder, papers = vectors.encoder_identity(), Paper.objects.order_by("pk").values_list("pk", "updated_at")
    if not encoder:
        return {}
    numbers = np.random.default_rng(1).standard_normal((len(papers), DIMENSION)).astype(np.float32)
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)
    rows = [
        PaperVector(paper_id=pk, encoder=encoder, paper_updated_at=at, vector=vector.astype("<f2").tobytes())
        for (pk, at), vector in zip(papers, numbers, strict=True)
    ]
    PaperVector.objects.bulk_create(rows, batch_size=1000)
    return {"vectors": vectors.vectors_of(np.array([pk for pk, _ in papers], dtype=np.int64)), "encoder": encoder}


def serve() -> None:
    """Answer each line on standard input, a kind and the number of a reader; print milliseconds."""
    voters = list(User.objects.annotate(cast=Count("votes")).filter(cast__gt=0).order_by("cast", "pk"))
    chosen = [voters[number * (len(voters) - 1) // (ASKED - 1)] for number in range(ASKED)]
    model_cache.current(wait=True)
    of_day = list(Paper.objects.filter(day=DAY).order_by("pk"))
    spans = {"day": DAY, "week": week_of(DAY), "month": month_of(DAY)}
    for line in sys.stdin:
        kind, number = line.rsplit(maxsplit=1)
        reader = chosen[int(number)]
        if kind == "night":
            took = _night()
        elif kind == "similar papers":
            started = time.perf_counter()
            similar = similar_papers(of_day[int(number)])
            took = time.perf_counter() - started
            assert similar.papers, similar.note
        else:
            if not kind.endswith("unchanged"):  # as a vote does
                User.objects.filter(pk=reader.pk).update(taste_version=F("taste_version") + 1)
            started = time.perf_counter()
            ranking = rank(reader, spans[kind.split()[0]])
            took = time.perf_counter() - started
            if ranking.mode != Ranking.Mode.HYBRID:
                raise SystemExit(f"the {kind} was ranked without the model: {ranking.mode_reason}")
        print(1000 * took, flush=True)


def _night() -> float:
    """Seconds of the night's ranking step for the first `AT_NIGHT` readers, after each has voted."""
    User.objects.update(taste_version=F("taste_version") + 1)
    readers = list(User.objects.order_by("pk")[:AT_NIGHT])
    started = time.perf_counter()
    prepared = rank_everyone._prepare(DAY)
    if isinstance(prepared, str):
        raise SystemExit(f"the night ranks nothing: {prepared}")
    for first in range(0, AT_NIGHT, rank_everyone.BATCH):
        rank_everyone._rank_batch(prepared, readers[first : first + rank_everyone.BATCH])
    return time.perf_counter() - started


if __name__ == "__main__":
    {"fill": fill, "learn": learn, "serve": serve}[sys.argv[1]]()
