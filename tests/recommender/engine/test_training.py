"""Training with LightFM."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import Settings, votes_from_triples
from recommender.engine.features import learn_vocabulary, terms_of
from recommender.engine.training import learn_embeddings, training_votes

SETTINGS = Settings(embedding_size=8, epochs=8)


@pytest.fixture(scope="module")
def text(world):
    return learn_vocabulary([terms_of(paper) for paper in world.texts], 400)


def test_embeddings_have_a_row_for_each_feature(world, text):
    embeddings = learn_embeddings(world.votes, text[1], SETTINGS)
    assert (embeddings.shape, embeddings.dtype) == ((len(text[0].terms), 8), np.float32)
    assert np.isfinite(embeddings).all()


def test_one_thread_gives_the_same_embeddings_again(world, text):
    again = [learn_embeddings(world.votes, text[1], SETTINGS) for _ in range(2)]
    np.testing.assert_array_equal(*again)


def test_words_that_the_same_readers_like_come_near_each_other(world, text):
    """Cosines between words of one planted topic against words of two topics."""
    vocabulary, rows = text
    embeddings = learn_embeddings(world.votes, rows, SETTINGS)
    embeddings /= np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)
    graph, galaxy = ([c for t, c in vocabulary.columns.items() if t.startswith(topic)] for topic in ("graph", "galaxy"))
    within, across = (embeddings[graph] @ embeddings[graph].T).mean(), (embeddings[graph] @ embeddings[galaxy].T).mean()
    assert within > across + 0.3


def test_a_feature_of_no_liked_paper_stays_at_zero():
    """Paper 0 (liked) has feature 0; paper 1 (never liked) has feature 1."""
    features = sp.csr_matrix(np.eye(2, dtype=np.float32))
    embeddings = learn_embeddings(votes_from_triples([(0, 0, 1), (0, 1, -1)], 1, 2), features, SETTINGS)
    assert embeddings[0].any()
    assert not embeddings[1].any()


def test_size_zero_leaves_lightfm_out(world, text):
    assert learn_embeddings(world.votes, text[1], Settings(embedding_size=0)).shape == (len(text[0].terms), 0)


@pytest.mark.parametrize("triples", [[], [(0, 0, -1)]])
def test_without_an_up_vote_there_is_nothing_to_learn_from(triples):
    with pytest.raises(ValueError, match="at least one up-vote"):
        learn_embeddings(votes_from_triples(triples, 1, 1), sp.csr_matrix([[1.0]]), SETTINGS)


def test_a_reader_who_likes_everything_does_no_harm():
    features = sp.csr_matrix(np.eye(3, dtype=np.float32))
    embeddings = learn_embeddings(votes_from_triples([(0, paper, 1) for paper in range(3)], 1, 3), features, SETTINGS)
    assert np.isfinite(embeddings).all()


def test_a_training_that_diverged_is_refused(world, text):
    with pytest.raises(ValueError, match="diverged"):
        learn_embeddings(world.votes, text[1], Settings(embedding_size=8, epochs=2, learning_rate=1e38))


@pytest.mark.parametrize(("most_steps", "epochs"), [(100, 8), (40, 4), (19, 1)])
def test_many_votes_are_trained_on_in_fewer_epochs(most_steps, epochs):
    """Ten votes: 8 epochs make 80 steps, of 40 steps there are 4 rounds, of 19 one."""
    likes = sp.csr_matrix(np.ones((2, 5), dtype=np.float32))
    votes, rounds = training_votes(likes, Settings(epochs=8, most_steps=most_steps))
    assert (votes.nnz, rounds) == (10, epochs)


def test_of_too_many_votes_a_sample_is_trained_on_once():
    likes = sp.csr_matrix(np.ones((2, 5), dtype=np.float32))
    votes, rounds = training_votes(likes, Settings(epochs=8, most_steps=7))
    assert (votes.nnz, votes.shape, rounds) == (7, (2, 5), 1)
    assert len(set(zip(votes.row.tolist(), votes.col.tolist(), strict=True))) == 7
