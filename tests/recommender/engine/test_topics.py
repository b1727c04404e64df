"""The effects of terms agree with the scores, and are sums over votes and interests."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText
from recommender.engine.rows import Rows, stack
from recommender.engine.score import ReaderVectors, prepare, score
from recommender.engine.topics import profile, term_effects
from tests.recommender.planted import topic_of

from .readers import represent

MOST = 12


def of(world, circle, count):
    return np.flatnonzero(world.circles == circle)[:count]


@pytest.fixture(scope="module")
def reader(world, model):
    """Five papers on proteins up, two on markets down, one that the model does not know up, and a topic."""
    numbers = np.concatenate([of(world, 2, 5), of(world, 6, 2)]).astype(np.int32)
    new = represent(model, [PaperText(title="proteina proteinb noisea")])
    return ReaderVectors(
        stack([model.rows[numbers], new]),
        np.append(numbers, -1).astype(np.int32),
        np.array([1, 1, 1, 1, 1, -1, -1, 1], dtype=np.float32),
        represent(model, [PaperText(title="proteinc galaxya")]),
    )


def words(model, terms):
    return [model.vocabulary.terms[column] for column in terms.columns]


def is_of(circle, term):
    """Whether a term is a word of the circle's topic, or one of the people who write its papers."""
    return term.startswith((topic_of(circle), f"au:author {circle // 2} "))


def test_the_liked_topic_raises_and_the_disliked_one_lowers(model, reader):
    raising, lowering = term_effects(model, reader, 3)
    assert topic_of(2) == "protein"
    assert all(is_of(2, word) for word in words(model, raising))
    assert all(is_of(6, word) for word in words(model, lowering))
    assert (raising.effects > 0).all()
    assert (lowering.effects < 0).all()


def test_the_strongest_come_first_and_no_more_than_asked_for(model, reader):
    raising, lowering = term_effects(model, reader, MOST)
    assert len(raising.columns) == MOST
    assert raising.effects.tolist() == sorted(raising.effects, reverse=True)
    assert lowering.effects.tolist() == sorted(lowering.effects)


def test_the_parts_of_votes_and_interests_sum_to_the_effects(model, reader):
    for terms in term_effects(model, reader, MOST):
        assert terms.parts.shape == (8 + 1, len(terms.columns))
        np.testing.assert_allclose(terms.parts.sum(axis=0), terms.effects, atol=1e-5)


def test_an_effect_is_what_the_term_adds_to_the_score_of_a_paper(model, reader):
    """A paper that is one term alone, as heavy as in the papers that have it, scores its effect above an empty one."""
    (terms, _), size = term_effects(model, reader, MOST), len(model.vocabulary.terms)
    heavy = model.term_values[terms.columns]
    places = (np.arange(MOST), terms.columns)
    words_alone = sp.csr_matrix((heavy, places), (MOST, size), dtype=np.float32)
    rows = Rows(words_alone, np.zeros((MOST, model.rows.dense.shape[1]), np.float32))
    prior = prepare(model, rows).prior
    np.testing.assert_allclose(score(model, reader, prepare(model, rows)) - prior, terms.effects, atol=1e-5)


def test_the_value_of_a_term_is_its_mean_where_it_stands(model):
    column = model.vocabulary.columns["proteina"]
    entries = model.rows.toarray()[:, column]
    assert model.term_values[column] == pytest.approx(entries[entries != 0].mean(), rel=1e-5)


def test_a_reader_without_votes_and_interests_has_no_terms(model):
    nobody = ReaderVectors(model.rows[:0], np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32), model.rows[:0])
    assert [len(terms.columns) for terms in term_effects(model, nobody, MOST)] == [0, 0]
    assert not profile(model, nobody).any()


def test_only_terms_of_votes_and_interests_are_listed(world, model, reader):
    terms = model.vocabulary.terms
    own_terms = {terms[c] for c in stack([reader.rows, reader.interests]).terms.indices}
    for terms in term_effects(model, reader, 1000):
        assert set(words(model, terms)) <= own_terms
