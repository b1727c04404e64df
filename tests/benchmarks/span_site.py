"""What the benchmark of spans does inside a process of a site, whose environment says which: fill it, and rank.

`python span_site.py fill`, `... serve`; `PYTHONPATH` names the checkout whose code is used.
"""

import sys
import time
from datetime import UTC, date, datetime, timedelta

import django

django.setup()

from django.db.models import Count, F  # noqa: E402

from accounts.models import User  # noqa: E402
from recommender.models import Paper, Vote  # noqa: E402
from recommender.ranking.rank import rank  # noqa: E402
from recommender.spans import month_of, week_of  # noqa: E402
from tests.benchmarks.inside import learn  # noqa: E402
from tests.benchmarks.inventing import Town, Writer, read_real  # noqa: E402

PAPERS, READERS, VOTES = 20_000, 2_000, 200_000
MONTH, A_MONTH, A_DAY = date(2026, 10, 1), 15_000, 700
DAY = date(2026, 10, 15)  # the day with `A_DAY` papers
ASKED = 12  # readers, from the fewest votes to the most


def days_of_papers() -> list[date]:
    """A day for each paper: those before October, then October with `A_DAY` on `DAY` and the rest evenly."""
    earlier = [MONTH - timedelta(days=1 + number // 500) for number in reversed(range(PAPERS - A_MONTH))]
    others = [MONTH + timedelta(days=number) for number in range(31) if MONTH + timedelta(days=number) != DAY]
    rest = A_MONTH - A_DAY
    return earlier + sorted([others[number * len(others) // rest] for number in range(rest)] + [DAY] * A_DAY)


def fill() -> None:
    """The papers, readers and votes into the database of the settings, and a model of them."""
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
    learn()


def serve() -> None:
    """Rank for each line on standard input, a kind and the number of a reader; print milliseconds and the places."""
    voters = list(User.objects.annotate(cast=Count("votes")).filter(cast__gt=0).order_by("cast", "pk"))
    chosen = [voters[number * (len(voters) - 1) // (ASKED - 1)] for number in range(ASKED)]
    spans = {"day": DAY, "week": week_of(DAY), "month": month_of(DAY)}
    for line in sys.stdin:
        kind, number = line.rsplit(maxsplit=1)
        reader = chosen[int(number)]
        if not kind.endswith("unchanged"):  # as a vote does
            User.objects.filter(pk=reader.pk).update(taste_version=F("taste_version") + 1)
        started = time.perf_counter()
        ranking = rank(reader, spans[kind.split()[0]])
        print(1000 * (time.perf_counter() - started), len(ranking.order), flush=True)


if __name__ == "__main__":
    {"fill": fill, "serve": serve}[sys.argv[1]]()
