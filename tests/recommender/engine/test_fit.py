"""Papers and votes to a model, on planted structure."""

import numpy as np
import pytest

from recommender.engine.data import PaperText, Settings, Votes, votes_from_triples
from recommender.engine.fit import SAMPLE, embedding_scale, fit
from recommender.engine.score import ReaderVectors, best_first, prepare, score, score_rows
from tests.recommender.planted import (
    CIRCLES,
    LIKED,
    PAPERS_IN_CIRCLE,
    dataset_of,
    fit_small,
    unit_rows,
    with_authors_and_vectors,
    world,
)

from .readers import WORDS_ALONE, arrays_of

PAPERS = [PaperText(title="tree leaf"), PaperText(title="leaf root")]
IDS = np.array([4, 9], dtype=np.int64)
ONE_VOTE = votes_from_triples([(0, 0, 1)], 1, 2)


def assert_same_bytes(one, other):
    """Every array, every number and the vocabulary are the same, bit for bit."""
    assert (one.vocabulary.terms, one.ridge.gain) == (other.vocabulary.terms, other.ridge.gain)
    assert (one.embedding_scale, one.neighbour_trust) == (other.embedding_scale, other.neighbour_trust)
    arrays = [arrays_of(model) for model in (one, other)]
    for name, array in arrays[0].items():
        assert array.tobytes() == arrays[1][name].tobytes(), name


def scores_after(model, rows, values):
    rows = np.array(rows, dtype=np.int32)
    taste = ReaderVectors(model.rows[rows], rows, np.array(values, dtype=np.float32), model.represent([]))
    return score(model, taste, prepare(model, model.rows))


@WORDS_ALONE  # planted vectors know the topic and not the circle
def test_three_up_votes_bring_the_circle_of_their_papers_to_the_top(model, world):
    """12 papers of the circle are left. By its words alone they are 12 of 27 of the topic: less than a half."""
    shares = []
    for number in range(CIRCLES):
        circle = np.flatnonzero(world.circles == number)
        scores = scores_after(model, circle[:3], [1, 1, 1])
        scores[circle[:3]] = -np.inf
        shares.append((world.circles[best_first(scores, PAPERS_IN_CIRCLE - 3)] == number).mean())
    assert np.mean(shares) > 0.6


def test_a_paper_that_nobody_voted_on_is_known_by_its_words(model, world):
    taste_rows = np.flatnonzero(world.circles == 2)[:5]
    new = model.represent([PaperText(title="proteina proteinb"), PaperText(title="marketa marketb")])
    taste = ReaderVectors(
        model.rows[taste_rows], taste_rows.astype(np.int32), np.ones(5, np.float32), model.represent([])
    )  # circle 2 is about proteins
    protein, market = score(model, taste, prepare(model, new))
    assert protein > market


@pytest.mark.parametrize("circle", range(0, CIRCLES, 2))
def test_a_paper_without_a_known_word_is_known_by_its_vector(vector_model, circle):
    """Of new papers, one near each topic's direction, that of the topic voted up comes first."""
    planted = with_authors_and_vectors(world())
    topics = np.where(planted.circles < 0, -1, planted.circles // 2)
    near = unit_rows(np.array([planted.vectors[topics == topic].sum(axis=0) for topic in range(CIRCLES // 2)]))
    rows = np.flatnonzero(planted.circles == circle)[:5].astype(np.int32)
    taste = ReaderVectors(vector_model.rows[rows], rows, np.ones(5, np.float32), vector_model.rows[:0])
    new = vector_model.represent([PaperText(title="xyzzy")] * len(near), near)
    assert not new.terms.nnz
    assert best_first(score(vector_model, taste, prepare(vector_model, new)))[0] == circle // 2


def test_the_order_of_the_votes_does_not_change_a_byte(world, model, small):
    order = np.random.default_rng(9).permutation(len(world.votes))
    votes = world.votes
    mixed = Votes(votes.readers[order], votes.papers[order], votes.values[order], votes.n_readers, votes.n_papers)
    data = dataset_of(world)
    again = fit(data.texts, data.paper_ids, mixed, small, vectors=world.vectors)
    assert_same_bytes(again, model)


def test_more_votes_than_are_sampled_do_not_change_a_byte_in_another_order(world, small):
    """The scale of the prior is estimated from `SAMPLE` up-votes: the same ones, whatever order the votes come in."""
    pairs = np.argwhere(world.circles[None, :] // 2 == world.reader_circles[:, None] // 2)
    assert len(pairs) > SAMPLE
    forth = votes_from_triples([(*pair, 1) for pair in pairs.tolist()], len(world.reader_circles), len(world.texts))
    back = votes_from_triples([(*pair, 1) for pair in pairs[::-1].tolist()], forth.n_readers, forth.n_papers)
    data = dataset_of(world)
    one, other = (fit(data.texts, data.paper_ids, votes, small, vectors=world.vectors) for votes in (forth, back))
    assert_same_bytes(one, other)


def test_the_same_votes_give_the_same_model(model, world, small):
    assert_same_bytes(fit_small(world, small), model)


def test_the_stages_are_reported_in_order():
    stages = []
    fit(PAPERS, IDS, ONE_VOTE, Settings(embedding_size=2, epochs=1), report=stages.append)
    assert stages == ["features", "lightfm", "item-item maps", "ridge"]


def test_one_reader_with_one_vote_is_enough():
    assert fit(PAPERS, IDS, ONE_VOTE, Settings(embedding_size=2, epochs=1)).is_finite()


def test_a_reader_with_votes_on_everything_can_be_learned_from():
    everything = votes_from_triples([(0, 0, 1), (0, 1, 1)], 1, 2)
    assert fit(PAPERS, IDS, everything, Settings(embedding_size=2, epochs=1)).is_finite()


def test_a_model_without_lightfm_and_neighbours_goes_by_text_alone():
    papers = [PaperText(title=title) for title in ("tree leaf", "leaf root", "root sea", "sea tree")]
    votes = votes_from_triples([(0, 0, 1), (0, 2, 1)], 1, 4)
    plain = fit(papers, np.arange(4), votes, Settings(embedding_size=0, neighbours=0))
    assert (plain.embeddings.shape[1], plain.item_map.nnz) == (0, 0)
    itself, one_word, no_word, _ = scores_after(plain, [0], [1])
    assert itself > one_word > no_word


def test_the_lightfm_kernel_gains_weight_with_votes():
    """Weight 4 of which 10 of 10 + 30 votes give a quarter: the square root of 1."""
    assert embedding_scale(10, Settings(embedding_weight=4, embedding_votes=30)) == pytest.approx(1)
    assert embedding_scale(0, Settings()) == 0


@pytest.mark.parametrize(
    ("papers", "ids", "votes", "problem"),
    [
        (PAPERS[:1], IDS, ONE_VOTE, "1 papers, 2 ids and votes on 2 papers; all must be equal"),
        (PAPERS, IDS[::-1], ONE_VOTE, "must ascend"),
        (PAPERS, np.array([4, 4]), ONE_VOTE, "must ascend"),
        ([PaperText(), PaperText(title="...")], IDS, ONE_VOTE, "no paper has a word"),
        ([], IDS[:0], votes_from_triples([], 0, 0), "no paper has a word"),
        (PAPERS, IDS, votes_from_triples([(0, 0, -1)], 1, 2), "at least one up-vote"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_with_the_reason(papers, ids, votes, problem):
    with pytest.raises(ValueError, match=problem):
        fit(papers, ids, votes, Settings(embedding_size=2, epochs=1))


def test_the_planted_readers_do_not_vote_on_everything_they_like(world):
    assert LIKED < PAPERS_IN_CIRCLE
    assert len(world.votes) == 64 * 13


def test_what_readers_like_in_general_weighs_a_tenth_of_a_vote(model, world):
    """Prior weight .1: by root mean square over the papers, its scores are .1 times those of one vote."""
    everything = prepare(model, model.rows)
    one = score_rows(model, model.rows[world.votes.papers[world.votes.values > 0]], everything)
    assert model.settings.prior_weight == 0.1
    assert np.sqrt(np.mean(everything.prior**2)) == pytest.approx(0.1 * np.sqrt(np.mean(one**2)), rel=0.1)


def test_without_any_vote_there_is_no_general_taste():
    model = fit(PAPERS, IDS, votes_from_triples([], 1, len(PAPERS)), Settings(embedding_size=0))
    assert not model.prior.any()
    assert model.is_finite()
