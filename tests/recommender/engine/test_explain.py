"""The effects of votes and interests are the true differences of scores."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText
from recommender.engine.explain import explain, explain_interests, shared_authors
from recommender.engine.rows import Rows
from recommender.engine.score import ReaderVectors, prepare, score, score_rows

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


def test_shared_authors_add_what_is_missing_without_them(model):
    """The rows' entries for authors are set to 0; where authors count among the words, as nothing is known of them."""
    rows, candidates = model.rows[:5], every_paper(model)
    without = rows.terms.toarray()
    without[:, model.ridge.terms :] = 0
    nameless = Rows(sp.csr_matrix(without), rows.dense)
    expected = score_rows(model, rows, candidates) - score_rows(model, nameless, candidates)
    np.testing.assert_allclose(shared_authors(model, rows, candidates), expected, atol=1e-5)


def test_authors_that_two_papers_share_add_something(vector_model):
    shared = shared_authors(vector_model, vector_model.rows[:5], every_paper(vector_model))
    assert (shared[np.arange(5), np.arange(5)] > 0).all()
    assert (shared == 0).any()
