"""`python -m tests.benchmarks.topics [PAPERS.jsonl.gz]`: what five up-votes and two down-votes of a newcomer do.

Papers of the last 60 days train a model on somebody else's votes. For every ordered pair of topics (a topic: words of
the title) a newcomer votes up five papers of the first and down two of the second, all older than the last ten days.
The table says where the two topics stand among each of those days' papers: 0 first, 1 last, 0.5 what chance gives.
"""

import gzip
import itertools
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from recommender.engine.data import PaperText, Settings, votes_from_triples
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import ReaderVectors, prepare, score

DEFAULT = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
TOPICS = (
    "diffusion", "reinforcement learning", "segmentation", "retrieval", "medical", "video", "3d", "robot", "benchmark",
    "reasoning", "speech", "code", "agent", "privacy", "graph", "translation",
)  # fmt: skip
DAYS, RANKED_DAYS, UP, DOWN = 60, 10, 5, 2


def load(file: Path) -> tuple[list[PaperText], np.ndarray]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    first = date.fromisoformat(rows[-1]["date"]) - timedelta(days=DAYS - 1)
    rows = [row for row in rows if row["date"] >= first.isoformat()]
    texts = [
        PaperText(row["title"], row["abstract"], tuple(row["authors"]), tuple(row["categories"] or ())) for row in rows
    ]
    return texts, np.array([row["date"] for row in rows])


def places(scores: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Each candidate's place on its own day, from 0 to 1."""
    place_of = np.zeros(len(scores))
    for day in np.unique(days):
        own = np.flatnonzero(days == day)
        order = np.argsort(-scores[own], kind="stable")
        place_of[own[order]] = np.arange(len(own)) / len(own)
    return place_of


def newcomer(model: Model, up: np.ndarray, down: np.ndarray) -> ReaderVectors:
    rows = np.concatenate([up, down]).astype(np.int32)
    values = np.repeat(np.array([1, -1], dtype=np.float32), [len(up), len(down)])
    return ReaderVectors(model.rows[rows], rows, values, model.rows[:0])


def main(file: Path) -> None:
    texts, days = load(file)
    titles = [text.title.lower() for text in texts]
    about = {topic: np.array([topic in title for title in titles]) for topic in TOPICS}
    others = [*np.flatnonzero(about["segmentation"])[:10], *np.flatnonzero(about["translation"])[:10]]
    votes = votes_from_triples([(0, int(paper), 1.0) for paper in others], 1, len(texts))
    model = fit(texts, np.arange(len(texts), dtype=np.int64), votes, Settings())
    ranked = np.isin(days, np.unique(days)[-RANKED_DAYS:])
    candidates = prepare(model, model.rows[ranked], np.flatnonzero(ranked).astype(np.int32))
    chance = np.random.default_rng(1)
    raised, lowered = [], []
    for one, two in itertools.permutations(TOPICS, 2):
        first, second = about[one] & ~about[two], about[two] & ~about[one]
        up = chance.permutation(np.flatnonzero(first & ~ranked))[:UP]
        down = chance.permutation(np.flatnonzero(second & ~ranked))[:DOWN]
        stand = places(
            score(model, newcomer(model, up, down), candidates),
            days[ranked],
        )
        raised.append(stand[first[ranked]].mean())
        lowered.append(stand[second[ranked]].mean())
    print(f"{len(texts):,} papers, {len(raised)} pairs of topics")
    print("| | mean place | pairs on the wrong side of 0.5 |\n| --- | --- | --- |")
    print(f"| topic voted up | {np.mean(raised):.2f} | {np.sum(np.array(raised) > 0.5)} |")
    print(f"| topic voted down | {np.mean(lowered):.2f} | {np.sum(np.array(lowered) < 0.5)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
