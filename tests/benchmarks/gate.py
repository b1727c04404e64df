"""`python -m tests.benchmarks.gate [SEEDS]`: how often the nightly gate promotes a hybrid, by size of the site.

Planted towns of 8, 35, 100 and 1,000 readers, each with its own votes (a good model) and with its votes permuted over
the papers (noise). Each is trained and judged as a night does it. Noise should be promoted in at most 5 of 100 seeds;
a good model in at least 90, from 35 readers on. With 8 readers nothing can be judged, and content alone serves.
"""

import os
import sys
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from recommender.engine.fit import fit  # noqa: E402
from recommender.night.judge import Trials, judge_model  # noqa: E402
from tests.recommender.planted import SMALL, dataset_of, permuted, world  # noqa: E402

SETTINGS = replace(SMALL, width=300, embedding_size=4, epochs=4)
SIZES = (8, 35, 100, 1000)


def main(seeds: int) -> None:
    for readers in SIZES:
        passed = {"noise": 0, "good": 0}
        for seed in range(seeds):
            town = world(seed, readers)
            for kind, planted in (("noise", permuted(town, seed)), ("good", town)):
                data = dataset_of(planted)
                model = fit(data.texts, data.paper_ids, data.votes, SETTINGS)
                passed[kind] += judge_model(model, Trials(data, None), lambda line: None).passed
        print(f"{readers:,} readers, {seeds} seeds: {passed}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
