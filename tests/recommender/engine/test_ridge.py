"""The ridge map: exact with enough directions, close with fewer."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.ridge import OVERSAMPLING, ridge_map
from recommender.engine.rows import Rows

ALL = 1000


def chance_rows(n, d, density=0.3):
    return sp.random(n, d, density=density, random_state=5, dtype=np.float32, format="csr")


def words_alone(matrix):
    """Rows without a dense column."""
    return Rows(matrix, np.zeros((matrix.shape[0], 0), dtype=np.float32))


def plain_inverse(rows, ridge):
    dense = rows.toarray().astype(np.float64)
    return np.linalg.inv(dense.T @ dense + ridge * np.eye(rows.shape[1]))


def whole(ridge):
    """The map written out as a matrix."""
    return ridge.gain * np.eye(len(ridge.directions)) - ridge.directions @ ridge.directions.T


def test_one_paper_of_one_term_by_hand():
    """X = (1, 0), ridge 1: X'X + I = diag(2, 1), whose inverse is diag(1/2, 1)."""
    ridge = ridge_map(sp.csr_matrix([[1.0, 0.0]], dtype=np.float32), 1.0, ALL, seed=1)
    np.testing.assert_allclose(whole(ridge), [[0.5, 0], [0, 1]], atol=1e-6)


@pytest.mark.parametrize(("n", "d"), [(30, 12), (12, 30), (12, 12)])
def test_with_enough_directions_it_is_the_inverse(n, d):
    rows = chance_rows(n, d)
    np.testing.assert_allclose(whole(ridge_map(rows, 2.0, ALL, seed=1)), plain_inverse(rows, 2.0), atol=1e-5)


def test_it_gives_the_scores_of_the_dual_form():
    """y (K + l I)^-1 k(x) with K = X X', the form that the design names, for four new papers."""
    rows, new = chance_rows(30, 12), chance_rows(4, 12)
    dense, votes = rows.toarray().astype(np.float64), np.sign(np.arange(30) % 3 - 0.5)
    dual = votes @ np.linalg.inv(dense @ dense.T + 2 * np.eye(30)) @ dense @ new.toarray().T
    ridge = ridge_map(rows, 2.0, ALL, seed=1)
    np.testing.assert_allclose(new @ ridge.weights((votes @ rows).astype(np.float32), 12), dual, atol=1e-5)


def test_products_between_rows_are_those_of_the_written_out_map():
    ridge = ridge_map(chance_rows(30, 12), 2.0, 5, seed=1)
    left, right = words_alone(chance_rows(3, 12)), words_alone(chance_rows(4, 12))
    products = ridge.between(left, right, ridge.project(left), ridge.project(right))
    np.testing.assert_allclose(products, left.toarray() @ whole(ridge) @ right.toarray().T, atol=1e-5)


@pytest.fixture
def partial():
    """A map of 10 words and 2 dense columns; rows have 3 authors behind the words and 4 numbers of vectors at the end.

    Returns the map, rows (5, 13 + 6), and the map written out over all 19 columns, the inverse there being gain * I.
    """
    ridge = ridge_map(chance_rows(30, 12), 2.0, 5, seed=1, dense=2)
    dense = np.random.default_rng(4).standard_normal((5, 6)).astype(np.float32)
    columns = [*range(10), 13, 14]
    written = ridge.gain * np.eye(19)
    written[np.ix_(columns, columns)] = whole(ridge)
    return ridge, Rows(chance_rows(5, 13), dense), written


def test_columns_that_the_map_was_not_made_from_count_by_plain_products(partial):
    ridge, rows, written = partial
    every, projected = rows.toarray(), ridge.project(rows)
    np.testing.assert_allclose(ridge.between(rows, rows, projected, projected), every @ written @ every.T, atol=1e-5)
    np.testing.assert_allclose(ridge.variances(rows, projected), np.diag(every @ written @ every.T), atol=1e-5)


def test_a_profile_over_all_columns_is_weighed_by_the_written_out_map(partial):
    ridge, rows, written = partial
    profile = rows.summed()
    np.testing.assert_allclose(ridge.weights(profile, 13), written @ profile, atol=1e-5)
    np.testing.assert_allclose(ridge.along(profile, 13), ridge.project(rows).sum(axis=0), atol=1e-5)


def test_the_directions_have_no_entry_at_an_author(partial):
    ridge, _, _ = partial
    entries = ridge.at(np.array([0, 9, 10, 12], dtype=np.int32))
    np.testing.assert_array_equal(entries[:2], ridge.directions[[0, 9]])
    assert not entries[2:].any()


def test_the_leading_directions_are_found_without_the_whole_matrix():
    """Ten strong directions among weak ones: along an eigenvector of weight l the inverse is 1 / (l + ridge)."""
    chance = np.random.default_rng(2)
    strong = chance.standard_normal((300, 10)) @ chance.standard_normal((10, 250)) / 20
    rows = sp.csr_matrix((strong + 0.01 * chance.standard_normal((300, 250))).astype(np.float32))
    assert min(rows.shape) > 10 + OVERSAMPLING
    weights, vectors = np.linalg.eigh((rows.T @ rows).toarray().astype(np.float64))
    along = vectors[:, -10:].T @ whole(ridge_map(rows, 1.0, 10, seed=1)) @ vectors[:, -10:]
    np.testing.assert_allclose(along, np.diag(1 / (weights[-10:] + 1)), atol=1e-4)


def test_the_map_is_positive_however_few_directions_it_keeps():
    for rank in (1, 3, 11, 12, ALL):
        assert np.linalg.eigvalsh(whole(ridge_map(chance_rows(30, 12), 2.0, rank, seed=1))).min() > 0


def test_no_papers_leave_the_ridge_alone():
    ridge = ridge_map(sp.csr_matrix((0, 2), dtype=np.float32), 4.0, ALL, seed=1)
    assert whole(ridge).tolist() == [[0.25, 0], [0, 0.25]]


def test_papers_without_a_word_leave_the_ridge_alone():
    ridge = ridge_map(sp.csr_matrix((3, 2), dtype=np.float32), 4.0, ALL, seed=1)
    assert whole(ridge).tolist() == [[0.25, 0], [0, 0.25]]


def test_the_order_of_the_papers_does_not_matter():
    rows = chance_rows(30, 12)
    forth, back = (whole(ridge_map(some, 2.0, ALL, seed=1)) for some in (rows, rows[::-1]))
    np.testing.assert_allclose(forth, back, atol=1e-6)


@pytest.mark.parametrize(("ridge", "rank"), [(0, 5), (-1, 5), (1, 0)])
def test_a_ridge_or_a_rank_that_is_not_positive_is_refused(ridge, rank):
    with pytest.raises(ValueError, match="must be positive"):
        ridge_map(chance_rows(3, 2), ridge, rank, seed=1)
