"""The gate by size of the site: noise is never promoted, and a good model is where there is enough to judge it by.

`tests/benchmarks/gate.py` counts 100 seeds of each size.
"""

from dataclasses import replace

import pytest

from recommender.engine.fit import fit
from recommender.night.judge import Trials, judge_model, judge_recipe
from tests.recommender.planted import SMALL, dataset_of, permuted, world

TINY = replace(SMALL, width=300, embedding_size=4, epochs=4)


def judged(planted):
    data = dataset_of(planted)
    return judge_model(fit(data.texts, data.paper_ids, data.votes, TINY), Trials(data, None), lambda line: None)


@pytest.mark.parametrize("readers", [8, 35, 100])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_permuted_votes_are_not_promoted(readers, seed):
    assert not judged(permuted(world(seed, readers), seed)).passed


@pytest.mark.parametrize("seed", [13, 29, 43])
def test_noise_that_looks_proven_for_twenty_readers_is_not_promoted(seed):
    """Here the 95 % intervals of the candidate's gains lie above 0."""
    verdict = judged(permuted(world(seed, 35), seed))
    assert "not clearly better than" in verdict.reason
    assert all(verdict.figures["differences"][simple]["low"] > 0 for simple in ("popularity", "recency"))


@pytest.mark.parametrize("readers", [35, 100])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_good_model_is_promoted(readers, seed):
    assert judged(world(seed, readers)).passed


def test_with_eight_readers_the_content_order_serves():
    verdict = judge_recipe(TINY.content_only(), Trials(dataset_of(world(1, 8)), None))
    assert verdict.passed
    assert verdict.reason.startswith("not enough votes to judge: the content order serves; readers with votes")
