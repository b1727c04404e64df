"""Papers with a revealed vote are no answers."""

from dataclasses import replace

import numpy as np

from recommender.engine.data import PaperText, votes_from_triples
from recommender.engine.evaluation import Case
from recommender.evaluation.tasks import Task, mask_scores, revealed_positions
from tests.peers.votes import is_trained


def rows(*numbers):
    return np.array(numbers, dtype=np.int32)


def task():
    """Two papers to learn from; the candidates are a new one, the second paper, and another new one."""
    texts = [PaperText(title=name) for name in "abc"]
    votes = votes_from_triples([(0, 0, 1.0)], 2, 2)
    return Task(texts[:2], rows(0, 0), votes, [texts[2], texts[1], texts[2]], rows(-1, 1, -1), rows(0, 0, 0), seed=1)


def case(revealed, among=None):
    return Case(1, revealed, np.ones(len(revealed), np.float32), rows(0), among)


def test_known_and_new_papers_are_found_among_the_candidates():
    """Row 1 is candidate 1; row 2 + 2 is the new paper at position 2; row 0 is no candidate."""
    assert sorted(revealed_positions(task(), case(rows(0, 1, 4)))) == [1, 2]


def test_papers_that_were_told_go_to_the_end():
    assert mask_scores(task(), case(rows(1)), np.array([1.0, 9.0, 2.0])).tolist() == [1, -np.inf, 2]


def test_papers_that_were_not_chosen_from_go_to_the_end():
    assert mask_scores(task(), case(rows(), among=rows(1, 2)), np.array([9.0, 1.0, 2.0])).tolist() == [-np.inf, 1, 2]


def test_the_scores_of_the_system_stay_as_they_are():
    scores = np.array([1.0, 9.0, 2.0])
    mask_scores(task(), case(rows(1)), scores)
    assert scores.tolist() == [1, 9, 2]


def test_the_places_of_the_candidates_are_in_a_table_of_papers_and_new_ones_below():
    """Papers are rows 0 and 1, the two new ones 2 and 3."""
    assert task().places.tolist() == [2, 1, 3]


def test_a_reader_is_trained_who_has_votes_in_training():
    cases = [Case(reader, rows(), np.zeros(0, np.float32), rows(0)) for reader in (0, 1)]
    assert is_trained(task().votes, cases).tolist() == [True, False]


def test_the_vectors_of_new_candidates_are_theirs():
    """Candidates 0 and 2 are not among the papers."""
    vectors = np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32)
    assert replace(task(), candidate_vectors=vectors).new_vectors.tolist() == [[1, 0], [-1, 0]]
    assert task().new_vectors is None
