"""A planted catalogue whose right answers are known, as engine arrays and as rows of the tables.

Four topics have words of their own. Each topic holds two circles of papers that the same words describe; a reader
belongs to one circle and votes up two thirds of its papers, and down a few papers of other topics. So popularity and
recency know nothing, the text knows the topic, and only other readers' votes tell the two circles apart.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from accounts.models import User
from recommender.dataset import Dataset, collect
from recommender.engine.data import FloatArray, PaperText, Settings, Votes, votes_from_triples
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.storage import save
from recommender.models import ModelState, Paper, PaperSource, TrainedModel, Vote
from recommender.serving.model_cache import Served, folder_of
from recommender.votes import record

TOPICS = ("graph", "protein", "galaxy", "market")
CIRCLES = 8
PAPERS_IN_CIRCLE = 15
OTHERS = 120
READERS = 64
LIKED = 10
DISLIKED = 3
DAYS = 5
FIRST_DAY = date(2026, 11, 2)
SMALL = Settings(width=400, embedding_size=8, epochs=8, embedding_votes=2000)
VECTOR = 16  # numbers of a planted sentence vector
AUTHORS = 6  # people who write the papers of one topic


@dataclass(frozen=True)
class World:
    """Papers, the circle of each (-1: none), votes in the order they were cast, the circle of each reader.

    vectors  (n, VECTOR) float32, the papers' sentence vectors; None where there is no encoder
    """

    texts: list[PaperText]
    circles: np.ndarray
    votes: Votes
    reader_circles: np.ndarray
    vectors: FloatArray | None = None


@dataclass(frozen=True)
class Town:
    """The same world in the database: papers and readers as rows."""

    world: World
    papers: list[Paper]
    readers: list[User]

    def of(self, circle: int) -> list[Paper]:
        return [self.papers[row] for row in np.flatnonzero(self.world.circles == circle)]


def topic_of(circle: int) -> str:
    return TOPICS[circle // 2]


def text_on(topic: str, chance: np.random.Generator) -> PaperText:
    """Four words of the topic among words that mean nothing."""
    words = [f"{topic}{letter}" for letter in chance.permutation(list("abcdefgh"))[:4]]
    noise = [f"noise{letter}" for letter in chance.permutation(list("abcdefghijklmnopqrst"))[:6]]
    return PaperText(title=" ".join(words[:2] + noise[:2]), abstract=" ".join(words[2:] + noise[2:]))


def world(seed: int = 1, readers: int = READERS) -> World:
    chance = np.random.default_rng(seed)
    circles = np.array([circle for circle in range(CIRCLES) for _ in range(PAPERS_IN_CIRCLE)] + [-1] * OTHERS)
    circles = chance.permutation(circles)
    texts = [text_on("other" if circle < 0 else topic_of(circle), chance) for circle in circles]
    reader_circles = np.arange(readers) % CIRCLES
    triples: list[tuple[int, int, float]] = []
    for reader, circle in enumerate(reader_circles):
        liked = chance.permutation(np.flatnonzero(circles == circle))[:LIKED]
        elsewhere = np.flatnonzero((circles >= 0) & (circles // 2 != circle // 2))
        triples += [(reader, paper, 1.0) for paper in liked]
        triples += [(reader, paper, -1.0) for paper in chance.permutation(elsewhere)[:DISLIKED]]
    shuffled = [triples[place] for place in chance.permutation(len(triples))]
    return World(texts, circles, votes_from_triples(shuffled, readers, len(texts)), reader_circles)


def with_authors_and_vectors(planted: World, seed: int = 5) -> World:
    """The same papers and votes; each topic has authors of its own, and a direction that its papers' vectors are near.

    Every tenth paper has no vector.
    """
    chance = np.random.default_rng(seed)
    topics = np.where(planted.circles < 0, len(TOPICS), planted.circles // 2)
    by_two = (tuple(f"Author {topic} {one}" for one in chance.permutation(AUTHORS)[:2]) for topic in topics)
    texts = [replace(text, authors=names) for text, names in zip(planted.texts, by_two, strict=True)]
    directions = chance.standard_normal((len(TOPICS) + 1, VECTOR))
    vectors = unit_rows(directions[topics] + chance.standard_normal((len(topics), VECTOR)))
    vectors[::10] = 0
    return replace(planted, texts=texts, vectors=vectors)


def unit_rows(rows: np.ndarray) -> FloatArray:
    """The rows at length 1, as an encoder gives them."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def shuffled_labels(votes: Votes, seed: int = 3) -> Votes:
    """The same votes on papers drawn by chance: nothing is left to learn."""
    chance = np.random.default_rng(seed)
    papers = [chance.permutation(votes.n_papers)[: (votes.readers == r).sum()] for r in range(votes.n_readers)]
    order = np.argsort(votes.readers, kind="stable")
    return Votes(
        votes.readers[order],
        np.concatenate(papers).astype(np.int32),
        votes.values[order],
        votes.n_readers,
        votes.n_papers,
    )


def permuted(planted: World, seed: int) -> World:
    """The same papers, as popular as before, with votes of readers drawn by chance: nothing personal is left to learn.

    A pair that comes up twice counts once.
    """
    votes = planted.votes
    papers = np.random.default_rng(seed).permutation(votes.papers)
    pairs = votes.readers.astype(np.int64) * votes.n_papers + papers
    first = np.sort(np.unique(pairs, return_index=True)[1])
    noise = Votes(votes.readers[first], papers[first], votes.values[first], votes.n_readers, votes.n_papers)
    return replace(planted, votes=noise)


def dataset_of(planted: World) -> Dataset:
    """What `collect` would give: vote times ascend, days go round."""
    n = len(planted.texts)
    ids = np.arange(100, 100 + n, dtype=np.int64)
    times = np.arange(len(planted.votes), dtype=np.float64)
    days = (FIRST_DAY.toordinal() + np.arange(n) % DAYS).astype(np.int32)
    return Dataset(ids, planted.texts, planted.votes, np.arange(planted.votes.n_readers), times, days, None)


def fit_small(planted: World, settings: Settings = SMALL) -> Model:
    data = dataset_of(planted)
    return fit(data.texts, data.paper_ids, data.votes, settings, vectors=planted.vectors)


def into_database(planted: World) -> Town:
    """Papers over `DAYS` days; votes one a minute, all before the first day."""
    papers = Paper.objects.bulk_create(
        Paper(
            public_id=f"2611.{row:05d}",
            title=text.title,
            abstract=text.abstract,
            day=FIRST_DAY + timedelta(days=row % DAYS),
            source=PaperSource.DATASET,
        )
        for row, text in enumerate(planted.texts)
    )
    people = (User(email=f"reader{number}@example.org", is_simulated=True) for number in range(READERS))
    readers = User.objects.bulk_create(people)
    start = datetime(2026, 10, 1, tzinfo=UTC)
    rows = zip(planted.votes.readers, planted.votes.papers, planted.votes.values, strict=True)
    record(
        [
            Vote(reader=readers[r], paper=papers[p], value=int(value), voted_at=start + timedelta(minutes=minute))
            for minute, (r, p, value) in enumerate(rows)
        ]
    )
    return Town(planted, papers, readers)


def publish(model: Model, day: date = FIRST_DAY, **columns: object) -> Served:
    """The model's files and its promoted row."""
    version = f"test-{secrets.token_hex(6)}"
    save(model, folder_of(version))
    at = datetime.now(UTC)
    fields = {"state": ModelState.PROMOTED, "promoted_at": at, "votes_seen": 1} | columns
    return Served(TrainedModel.objects.create(version=version, day=day, **fields), model)


def train_on_the_tables(settings: Settings = SMALL) -> Model:
    data = collect()
    return fit(data.texts, data.paper_ids, data.votes, settings)


def a_paper(public_id: str, title: str = "A paper", day: date = FIRST_DAY, **columns: object) -> Paper:
    return Paper.objects.create(public_id=public_id, title=title, day=day, source=PaperSource.ARXIV, **columns)
