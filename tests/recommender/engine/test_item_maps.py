"""The item-item maps."""

from math import sqrt

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine import item_maps
from recommender.engine.data import Settings, votes_from_triples
from recommender.engine.item_maps import direct_map, item_map

TWO_READERS = [(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 1)]


def slow_map(votes):
    likes = votes.likes.toarray()
    per_reader, per_paper = likes.sum(axis=1), likes.sum(axis=0)
    whole = np.zeros((votes.n_papers, votes.n_papers))
    for i in range(votes.n_papers):
        for j in range(votes.n_papers):
            both = (likes[:, i] * likes[:, j] > 0).nonzero()[0]
            if i != j and len(both):
                whole[i, j] = sum(1 / per_reader[r] for r in both) / sqrt(per_paper[i] * per_paper[j])
    return whole


def test_papers_are_neighbours_by_the_readers_they_share():
    """Papers 0 and 1 share one reader who liked 2; paper 0 has 1 reader, paper 1 has 2: 1/2 / sqrt(1 * 2)."""
    neighbours = item_map(votes_from_triples(TWO_READERS, 2, 3), neighbours=10).toarray()
    step = 0.5 / sqrt(2)
    np.testing.assert_allclose(neighbours, [[0, step, 0], [step, 0, step], [0, step, 0]], rtol=1e-6)


def test_the_map_agrees_with_a_slow_version(world):
    some = world.votes.only(world.votes.readers < 12)
    neighbours = item_map(some, neighbours=1000).toarray()
    np.testing.assert_allclose(neighbours, slow_map(some), atol=1e-6)


def test_only_the_nearest_neighbours_are_kept_and_ties_go_to_the_lower_paper():
    """One reader likes all four: every other paper is as near as the next."""
    neighbours = item_map(votes_from_triples([(0, paper, 1) for paper in range(4)], 1, 4), neighbours=2)
    assert [sorted(row.indices.tolist()) for row in neighbours] == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_down_votes_make_no_neighbours():
    assert item_map(votes_from_triples([(0, 0, 1), (0, 1, -1)], 1, 2), neighbours=10).nnz == 0


@pytest.mark.parametrize("triples", [[], [(0, 1, 1)]])
def test_without_shared_readers_the_map_is_empty(triples):
    neighbours = item_map(votes_from_triples(triples, 1, 3), neighbours=10)
    assert (neighbours.shape, neighbours.nnz) == ((3, 3), 0)


def test_no_papers_have_an_empty_map():
    assert item_map(votes_from_triples([], 0, 0), neighbours=10).shape == (0, 0)


def test_with_no_neighbours_the_map_is_empty(world):
    assert item_map(world.votes, neighbours=0).nnz == 0


def test_working_in_blocks_changes_nothing(world, monkeypatch):
    whole = item_map(world.votes, neighbours=20).toarray()
    monkeypatch.setattr(item_maps, "BLOCK", 7)
    np.testing.assert_array_equal(item_map(world.votes, neighbours=20).toarray(), whole)


def test_neighbours_of_planted_papers_are_of_their_circle(world):
    neighbours = item_map(world.votes, neighbours=5).tocoo()
    assert (world.circles[neighbours.row] == world.circles[neighbours.col]).all()


def vote_scores_of(direct):
    """What an up-vote on each paper adds to every paper, (m, m)."""
    papers = np.arange(direct.likes.shape[1], dtype=np.int32)
    return direct.vote_scores(papers, np.float32(1), direct.from_readers(papers))


def without_own(scores):
    """The same with nothing for a vote on its own paper."""
    return scores * (1 - np.eye(len(scores)))


def slow_ease(votes, ridge):
    likes = votes.likes.toarray().astype(np.float64)
    inverse = np.linalg.inv(likes.T @ likes + ridge * np.eye(votes.n_papers))
    whole = -inverse / np.diag(inverse)
    np.fill_diagonal(whole, 0)
    return whole


def test_a_paper_is_regressed_on_all_others():
    """Papers 0 and 1 share one of their readers, paper 0 has 2: a vote on 0 weighs 1 / (2 + ridge 3) for paper 1."""
    votes = votes_from_triples([(0, 0, 1), (0, 1, 1), (1, 0, 1)], 2, 2)
    scores = vote_scores_of(direct_map(votes, ridge=3, readers=10))
    np.testing.assert_allclose(without_own(scores), [[0, 1 / 5], [1 / 4, 0]], rtol=1e-5)


def test_the_direct_map_is_ease(world):
    direct = direct_map(world.votes, ridge=2, readers=1000)
    np.testing.assert_allclose(without_own(vote_scores_of(direct)), slow_ease(world.votes, 2), atol=1e-5)


def test_a_vote_adds_most_to_its_own_paper_and_no_more_than_needed(world):
    """At least its largest effect on another paper; with the usual ridge at most three times as much."""
    scores = vote_scores_of(direct_map(world.votes, ridge=Settings().direct_ridge, readers=1000))
    own, largest = np.diag(scores), without_own(scores).max(axis=1)
    has_votes = largest > 0
    assert has_votes.any()
    assert (own[has_votes] >= largest[has_votes]).all()
    assert (own[has_votes] <= 3 * largest[has_votes]).all()


def test_rows_of_votes_add_the_sum_of_what_each_vote_adds(world):
    direct, papers = direct_map(world.votes, ridge=2, readers=1000), np.array([3, 50, 4], dtype=np.int32)
    votes = sp.csr_matrix(([1, -0.5, 1], ([0, 0, 1], [3, 7, 50])), (2, world.votes.n_papers), dtype=np.float32)
    scores = direct.scores(votes, papers, np.float32(2), 2 * direct.from_readers(papers))
    np.testing.assert_allclose(direct.scores(votes, papers, np.float32(2)), scores, rtol=1e-4, atol=1e-6)
    of_each_vote = vote_scores_of(direct)
    np.testing.assert_allclose(scores, 2 * (votes @ of_each_vote)[:, papers], atol=1e-5)


def test_the_direct_map_is_made_from_the_readers_with_most_up_votes():
    """Readers 0 and 2 have two up-votes each, reader 1 one and a down-vote."""
    votes = votes_from_triples([(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 2, -1), (2, 1, 1), (2, 2, 1)], 3, 3)
    assert direct_map(votes, ridge=1, readers=2).likes.toarray().tolist() == [[1, 1, 0], [0, 1, 1]]


@pytest.mark.parametrize(("triples", "readers"), [([], 10), ([(0, 1, -1)], 10), ([(0, 1, 1)], 0)])
def test_without_up_votes_or_readers_the_direct_map_adds_nothing(triples, readers):
    direct = direct_map(votes_from_triples(triples, 1, 3), ridge=1, readers=readers)
    assert not vote_scores_of(direct).any()
    assert direct.votes.tolist() == [0, 0, 0]


def test_a_ridge_of_zero_is_refused(world):
    with pytest.raises(ValueError, match="ridge of the direct map must be positive, got 0"):
        direct_map(world.votes, ridge=0, readers=10)
