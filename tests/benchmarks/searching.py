"""`python -m tests.benchmarks.searching [SIZE ...]`: searches as the catalogue grows, on SQLite and on PostgreSQL.

The papers are those of `papers.jsonl.gz`, shuffled, so that their days come in no order; past its end they come again,
two years earlier each time, under other ids. Each of the questions is asked `TIMES` times in both orders, through the
one function that page and API call, and once more as the whole search page. Then `MORE` papers go in with
the index in place and, after it is dropped, as many without it.
"""

import atexit
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import django
from django.db import connection

from tests.servers import start_postgres

from .town import machine, seconds, table

DATA = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
SIZES = (1_000, 10_000, 100_000)
TIMES, MORE, BATCH, SEED = 15, 3_000, 500, 20261123
QUESTIONS = (
    "learning",
    "the",
    "diffusion",
    "hyperbolic",
    "deep reinforcement learning",
    '"large language models"',
    "title:learning",
    "author:li",
    'author:"Yu Wang"',
    "graph cat:cs.LG",
    "learning -language since:2026-01-01",
    "hyperbolic knowledge graph the of",
)


def rows() -> Iterator[dict[str, Any]]:
    """Papers without end, as columns."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        real = [json.loads(line) for line in lines]
    Random(SEED).shuffle(real)
    number = 0
    while True:
        for paper in real:
            back = timedelta(days=730 * (number // len(real)))
            number += 1
            yield {
                "public_id": f"{number // 100_000:04d}.{number % 100_000:05d}",
                "day": date.fromisoformat(paper["date"]) - back,
                "title": paper["title"],
                "abstract": paper["abstract"],
                "authors": paper["authors"],
                "categories": paper["categories"] or [],
                "source": "dataset",
            }


def put_in(source: Iterator[dict[str, Any]], count: int) -> None:
    """So many more papers, in batches as an import writes them."""
    from recommender.models import Paper  # noqa: PLC0415 - after django.setup()

    for start in range(0, count, BATCH):
        batch = [Paper(**next(source)) for _ in range(min(BATCH, count - start))]
        Paper.objects.bulk_create(batch)


def run(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def index_megabytes() -> tuple[float, float]:
    """The search index and the whole database."""
    if connection.vendor == "sqlite":
        index = run("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'recommender_paper_words%'")
        return index / 1e6, run("SELECT sum(pgsize) FROM dbstat") / 1e6
    columns = "sum(pg_column_size(search_words) + pg_column_size(search_title))"
    index = run("SELECT pg_relation_size('paper_search_by_time')")
    return (run(f"SELECT {columns} FROM recommender_paper") + index) / 1e6, run(
        "SELECT pg_database_size(current_database())"
    ) / 1e6


def timings(size: int) -> dict[str, list[float]]:
    """Milliseconds of every asking, by question and order."""
    from django.test import Client  # noqa: PLC0415

    from recommender.search.query import parse  # noqa: PLC0415
    from recommender.search.search import search  # noqa: PLC0415

    client, taken = Client(SERVER_NAME="localhost"), {}
    for question in QUESTIONS:
        asked = {
            "relevance": partial(search, parse(question)),
            "date": partial(search, parse(question), "date"),
            "page": partial(client.get, "/search/", {"q": question}),
        }
        for order, ask in asked.items():
            ask()
            taken[f"{question}|{order}"] = [1000 * seconds(ask) for _ in range(TIMES)]
    return taken


def make_index() -> None:
    """As migrations make it: PostgreSQL's first without periods, then with them."""
    with connection.schema_editor() as editor:
        import_module("recommender.migrations.0004_search").make(None, editor)
    with connection.schema_editor(atomic=False) as editor:
        import_module("recommender.migrations.0013_search_by_time").add_periods(None, editor)


def inside(sizes: list[int]) -> None:
    """The measurements on the database that the environment names, as JSON lines."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["localhost"]
    call_command("migrate", verbosity=0)
    source, there = rows(), 0
    for size in sizes:
        put_in(source, size - there)
        there = size
        if connection.vendor == "postgresql":
            run("VACUUM ANALYZE recommender_paper")
        print(json.dumps({"size": size, "megabytes": index_megabytes(), "ms": timings(size)}), flush=True)
    with_index = seconds(partial(put_in, source, MORE))
    with connection.schema_editor() as editor:
        import_module("recommender.migrations.0004_search").drop(None, editor)
    without = seconds(partial(put_in, source, MORE))
    made = seconds(make_index)
    print(json.dumps({"with": with_index, "without": without, "made": made, "of": there + 2 * MORE}), flush=True)


def measure(sizes: list[int], database: dict[str, str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "recommender.config.settings",
            "PAPERBOY_DATA_DIR": folder,
            "PAPERBOY_DEBUG": "true",
            **database,
        }
        command = [sys.executable, "-m", "tests.benchmarks.searching", "--inside", *map(str, sizes)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(name: str, lines: list[dict[str, Any]]) -> str:
    *measured, imports = lines
    sizes = [f"{line['size']:,}" for line in measured]
    parts = []
    for order in ("relevance", "date", "page"):
        medians = [
            [statistics.median(line["ms"][f"{question}|{order}"]) for line in measured] for question in QUESTIONS
        ]
        body = [[f"`{question}`", *_growth(row)] for question, row in zip(QUESTIONS, medians, strict=True)]
        every = [
            sorted(taken for key, runs in line["ms"].items() if key.endswith(f"|{order}") for taken in runs)
            for line in measured
        ]
        body += [[f"**p{share}**", *_growth([_quantile(run, share) for run in every])] for share in (50, 95)]
        parts.append(table([f"{name}, {order}: ms", *sizes, "last/first"], body))
    index = [
        f"{size} papers: {line['megabytes'][0]:.0f} MB of {line['megabytes'][1]:.0f}"
        for size, line in zip(sizes, measured, strict=True)
    ]
    more, without = (1000 * imports[how] / MORE for how in ("with", "without"))
    return "\n\n".join(parts) + (
        f"\n\nIndex: {'; '.join(index)}. A paper more: {more:.2f} ms with the index, {without:.2f} without. "
        f"Making the index of {imports['of']:,} papers: {imports['made']:.0f} s.\n"
    )


def _growth(row: list[float]) -> list[str]:
    return [*(f"{taken:.1f}" for taken in row), f"{row[-1] / row[0]:.1f}"]


def _quantile(taken: list[float], share: int) -> float:
    return taken[min(len(taken) - 1, len(taken) * share // 100)]


def main(sizes: list[int]) -> None:
    print(f"{len(QUESTIONS)} questions, {TIMES} times each; {machine()}\n", flush=True)
    print(report("SQLite", measure(sizes, {})), flush=True)
    folder = tempfile.mkdtemp(prefix="paperboy-postgres-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # before the server's own, so that it runs after it
    server = start_postgres(Path(folder))
    print(report("PostgreSQL", measure(sizes, {"DATABASE_URL": server})), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(list(map(int, sys.argv[2:])))
    else:
        main(list(map(int, sys.argv[1:])) or list(SIZES))
