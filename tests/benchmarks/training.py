"""`python -m tests.benchmarks.training [ROUNDS]`: the whole training step against a bare LightFM.fit.

Both see the votes of the database that the environment names, the same interaction matrix, the same paper features
and the same settings, in turn; the table shows the median of the rounds.
"""

import os
import statistics
import sys
import time
from collections import defaultdict

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from lightfm import LightFM  # noqa: E402

from recommender.dataset import Dataset, collect  # noqa: E402
from recommender.engine.data import Settings  # noqa: E402
from recommender.engine.features import learn_vocabulary, strongest_terms, terms_of  # noqa: E402
from recommender.engine.fit import fit  # noqa: E402
from recommender.engine.training import with_identity  # noqa: E402

SETTINGS = Settings()


def bare_fit(data: Dataset) -> float:
    """Seconds of LightFM.fit alone, on matrices that are ready."""
    _, text = learn_vocabulary([terms_of(paper) for paper in data.texts], SETTINGS.width)
    features = with_identity(strongest_terms(text, SETTINGS.embedding_terms), SETTINGS)
    likes = data.votes.likes.tocoo()
    model = LightFM(
        SETTINGS.embedding_size,
        loss=SETTINGS.loss,
        learning_rate=SETTINGS.learning_rate,
        max_sampled=SETTINGS.max_sampled,
        random_state=SETTINGS.seed,
    )
    started = time.perf_counter()
    model.fit(likes, item_features=features, epochs=SETTINGS.epochs, num_threads=1)
    return time.perf_counter() - started


def whole_step(data: Dataset, stages: dict[str, list[float]]) -> float:
    """Seconds of the training step: features, LightFM, item-item map, ridge map."""
    started = last = time.perf_counter()

    def ended(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[stage].append(now - last)
        last = now

    fit(data.texts, data.paper_ids, data.votes, SETTINGS, report=ended)
    return time.perf_counter() - started


def main(rounds: int) -> None:
    data = collect()
    print(f"{len(data.votes):,} votes of {len(data.reader_ids):,} readers, {len(data.texts):,} papers, {rounds} rounds")
    stages: dict[str, list[float]] = defaultdict(list)
    pairs = [(bare_fit(data), whole_step(data, stages)) for _ in range(rounds)]
    print("| what | seconds |\n| --- | --- |")
    print(f"| bare LightFM.fit | {statistics.median(bare for bare, _ in pairs):.1f} |")
    for stage, seconds in stages.items():
        print(f"| stage: {stage} | {statistics.median(seconds):.1f} |")
    print(f"| whole training step | {statistics.median(whole for _, whole in pairs):.1f} |")
    print(f"| ratio, median of pairs | {statistics.median(whole / bare for bare, whole in pairs):.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
