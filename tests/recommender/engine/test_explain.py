"""The effects of votes and interests are the true differences of scores."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.engine.explain import explain, explain_interests
from recommender.engine.score import ReaderVectors, prepare, score

from .readers import CASES, every_paper, taste, tastes_of


def without(model, reader, vote):
    others = np.arange(len(reader.values)) != vote
    return ReaderVectors(reader.rows[others], reader.known[others], reader.values[others], reader.interests)


@pytest.mark.parametrize("case", CASES)
def test_the_effect_of_a_vote_is_the_score_minus_the_score_without_it(model, case):
    reader = tastes_of(model)[case]
    candidates = every_paper(model)
    effects = explain(model, reader, candidates)
    for vote in range(len(reader.values)):
        change = score(model, reader, candidates) - score(model, without(model, reader, vote), candidates)
        np.testing.assert_allclose(effects[vote], change, atol=1e-4)


def test_the_effect_of_an_interest_is_the_score_minus_the_score_without_it(model):
    reader = taste(model, [3], [1], interests=[PaperText(title="galaxya"), PaperText(title="marketa")])
    candidates = prepare(model, model.rows)
    effects = explain_interests(model, reader, candidates)
    for gone in range(2):
        rest = replace(reader, interests=reader.interests[[1 - gone]])
        change = score(model, reader, candidates) - score(model, rest, candidates)
        np.testing.assert_allclose(effects[gone], change, atol=1e-4)


def test_without_votes_and_interests_there_are_no_effects(model):
    nothing, candidates = taste(model, [], []), prepare(model, model.rows[:5])
    assert explain(model, nothing, candidates).shape == (0, 5)
    assert explain_interests(model, nothing, candidates).shape == (0, 5)
