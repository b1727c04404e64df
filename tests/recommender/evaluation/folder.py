"""Data set folders for tests: a few lines, or the planted world with a day for each paper and a time for each vote."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from tests.recommender.planted import World

FIRST_DAY = date(2026, 1, 1)
PAPER_DAYS = 20


def write(folder: Path, papers: Iterable[dict], votes: Iterable[str], header: str = "reader\tpaper\tvalue") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "papers.jsonl").write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    (folder / "votes.tsv").write_text("".join(line + "\n" for line in (header, *votes)))
    return folder


def write_world(folder: Path, planted: World) -> Path:
    """Papers come out over twenty days; a reader votes on a paper an hour into its day."""
    papers = [
        {"id": str(row), "title": text.title, "abstract": text.abstract, "day": str(day_of(row))}
        for row, text in enumerate(planted.texts)
    ]
    votes = zip(planted.votes.readers, planted.votes.papers, planted.votes.values, strict=True)
    lines = [f"{reader}\t{paper}\t{int(value)}\t{day_of(paper)}T01:00" for reader, paper, value in votes]
    return write(folder, papers, lines, "reader\tpaper\tvalue\ttime")


def day_of(paper: int) -> date:
    return FIRST_DAY + timedelta(days=int(paper) % PAPER_DAYS)


def write_vectors(folder: Path, planted: World) -> None:
    """Vectors of 16 columns: the sum of a random direction for each word of a paper."""
    rng = np.random.default_rng(1)
    words = sorted({word for text in planted.texts for word in text.abstract.split()})
    direction = dict(zip(words, rng.normal(size=(len(words), 16)), strict=True))
    rows = [sum((direction[word] for word in text.abstract.split()), np.zeros(16)) for text in planted.texts]
    np.save(folder / "vectors.npy", np.array(rows, dtype=np.float16))
