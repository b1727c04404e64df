"""Dump the database to a data set folder.

Pseudonyms replace names and e-mail addresses.
"""

import gzip
import json
import random
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from recommender.models import Paper, Vote

CHUNK = 2000  # rows that are in memory at one time


class NotEmpty(Exception):
    """The folder to write to is not empty."""


@dataclass(frozen=True)
class DumpSummary:
    """What a dump holds."""

    papers: int
    readers: int
    votes: int

    def __str__(self) -> str:
        return f"{self.papers:,} papers, {self.readers:,} readers, {self.votes:,} votes"


def dump_dataset(folder: Path, count: Callable[[], object] = lambda: None) -> DumpSummary:
    """Write every paper and every vote as `papers.jsonl.gz` and `votes.tsv.gz`.

    count  called after each paper and each vote

    Readers are numbered in a random order that is different in every dump. The files are written to a temporary folder
    beside `folder`, which is moved into place when complete. Raises NotEmpty when `folder` has anything in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty(f"{folder} is not an empty folder; name a new one, so that nothing is overwritten")
    aside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}"
    aside.mkdir(parents=True)
    try:
        readers, votes = _write_votes(aside / "votes.tsv.gz", count)  # first: no vote is on a paper that is added later
        papers = _write_papers(aside / "papers.jsonl.gz", count)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return DumpSummary(papers, readers, votes)


def _write_votes(file: Path, count: Callable[[], object]) -> tuple[int, int]:
    """Write the votes in order of time.

    Returns the numbers of readers and of votes.
    """
    readers = list(Vote.objects.order_by().values_list("reader", flat=True).distinct())
    random.SystemRandom().shuffle(readers)
    pseudonym_of = {reader: number for number, reader in enumerate(readers, start=1)}
    rows = Vote.objects.order_by("voted_at", "pk").values_list("reader", "paper__public_id", "value", "voted_at")
    votes = 0
    with gzip.open(file, "wt", encoding="utf-8", newline="\n") as stream:
        stream.write("reader\tpaper\tvalue\ttime\n")
        for reader, paper_id, value, at in rows.iterator(CHUNK):
            stream.write(f"{pseudonym_of[reader]}\t{paper_id}\t{value}\t{at.astimezone(UTC).isoformat()}\n")
            votes += 1
            count()
    return len(readers), votes


def _write_papers(file: Path, count: Callable[[], object]) -> int:
    """Write the papers; their number."""
    fields = ("public_id", "title", "abstract", "authors", "categories", "tags", "day")
    papers = 0
    with gzip.open(file, "wt", encoding="utf-8", newline="\n") as stream:
        for paper_id, *texts, day in Paper.objects.order_by("pk").values_list(*fields).iterator(CHUNK):
            row = {"id": paper_id, **dict(zip(fields[1:-1], texts, strict=True)), "day": day.isoformat()}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            papers += 1
            count()
    return papers
