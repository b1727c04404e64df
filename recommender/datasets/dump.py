"""The tables -> a data set folder, whole or not at all: votes under pseudonyms, no names, no mail addresses."""

import gzip
import json
import random
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from recommender.models import Paper, Vote

CHUNK = 2000  # rows that are in memory at one time

Told = Callable[[], object]


class NotEmpty(Exception):
    """The folder holds something already."""


@dataclass(frozen=True)
class DumpSummary:
    """What went out."""

    papers: int
    readers: int
    votes: int

    def __str__(self) -> str:
        return f"{self.papers:,} papers, {self.readers:,} readers, {self.votes:,} votes"


def dump_dataset(folder: Path, told: Told = lambda: None) -> DumpSummary:
    """Every paper and every vote as `papers.jsonl.gz` and `votes.tsv.gz`; `told` is called after each.

    A reader is a running number in random order, another one in every dump. Written beside the folder and moved into
    its place. Raises NotEmpty when the folder has anything in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty(f"{folder} is not an empty folder; name a new one, so that nothing is written over")
    with _aside(folder) as aside:
        readers, votes = _write_votes(aside / "votes.tsv.gz", told)  # first: no vote is on a paper that came later
        papers = _write_papers(aside / "papers.jsonl.gz", told)
        aside.rename(folder)
    return DumpSummary(papers, readers, votes)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A new folder beside the wanted one; gone again, if it was not moved."""
    aside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}"
    aside.mkdir(parents=True)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_papers(file: Path, told: Told) -> int:
    fields = ("public_id", "title", "abstract", "authors", "categories", "tags", "day")
    count = 0
    with gzip.open(file, "wt", encoding="utf-8", newline="\n") as out:
        for public_id, *texts, day in Paper.objects.order_by("pk").values_list(*fields).iterator(CHUNK):
            row = {"id": public_id, **dict(zip(fields[1:-1], texts, strict=True)), "day": day.isoformat()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
            told()
    return count


def _write_votes(file: Path, told: Told) -> tuple[int, int]:
    number = _pseudonyms()
    rows = Vote.objects.order_by("voted_at", "pk").values_list("reader", "paper__public_id", "value", "voted_at")
    count = 0
    with gzip.open(file, "wt", encoding="utf-8", newline="\n") as out:
        out.write("reader\tpaper\tvalue\ttime\n")
        for reader, paper, value, at in rows.iterator(CHUNK):
            out.write(f"{number[reader]}\t{paper}\t{value}\t{at.astimezone(UTC).isoformat()}\n")
            count += 1
            told()
    return len(number), count


def _pseudonyms() -> dict[int, int]:
    readers = list(Vote.objects.order_by().values_list("reader", flat=True).distinct())
    random.SystemRandom().shuffle(readers)
    return {reader: number for number, reader in enumerate(readers, start=1)}
