"""Votes as arrays: what is refused, and the matrices they make."""

import numpy as np
import pytest

from recommender.engine.data import Settings, Votes, votes_from_triples


def test_the_matrix_holds_both_kinds_of_votes_and_the_likes_one():
    votes = votes_from_triples([(0, 2, 1), (1, 0, -1)], 2, 3)
    assert votes.matrix.toarray().tolist() == [[0, 0, 1], [-1, 0, 0]]
    assert votes.likes.toarray().tolist() == [[0, 0, 1], [0, 0, 0]]


def test_no_votes_make_an_empty_matrix_of_the_right_shape():
    votes = votes_from_triples([], 2, 3)
    assert (len(votes), votes.matrix.shape, votes.likes.nnz) == (0, (2, 3), 0)


def test_a_selection_keeps_the_numbers_of_readers_and_papers():
    votes = votes_from_triples([(0, 0, 1), (1, 2, -1)], 2, 3).only(np.array([False, True]))
    assert votes.matrix.toarray().tolist() == [[0, 0, 0], [0, 0, -1]]


@pytest.mark.parametrize(
    ("triple", "problem"),
    [
        ((2, 0, 1), "reader row 2 is outside 0..1"),
        ((-1, 0, 1), "reader row -1 is outside 0..1"),
        ((0, 3, 1), "paper row 3 is outside 0..2"),
        ((0, 0, 0), r"a vote is \+1 or -1, got 0"),
        ((0, 0, 2), r"a vote is \+1 or -1, got 2"),
        ((0, 0, float("nan")), r"a vote is \+1 or -1, got nan"),
    ],
)
def test_what_is_no_vote_is_refused_by_name(triple, problem):
    with pytest.raises(ValueError, match=problem):
        votes_from_triples([triple], 2, 3)


def test_two_votes_of_a_reader_on_a_paper_are_refused():
    with pytest.raises(ValueError, match="at most once"):
        votes_from_triples([(0, 1, 1), (0, 1, -1)], 2, 3)


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="got 1, 2, 1"):
        Votes(np.zeros(1, np.int32), np.zeros(2, np.int32), np.ones(1, np.float32), 1, 1)


def test_settings_survive_the_trip_through_a_dictionary():
    settings = Settings(width=7, ridge=2.5)
    assert Settings(**settings.as_dict()) == settings
