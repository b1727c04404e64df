"""Rows of sparse terms and dense columns do what one dense array of all columns does."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.rows import Rows, one_row, stack

TERMS, DENSE = 7, 3


def chance_rows(n, seed, dense=DENSE):
    terms = sp.random(n, TERMS, density=0.4, random_state=seed, dtype=np.float32, format="csr")
    return Rows(terms, np.random.default_rng(seed).standard_normal((n, dense)).astype(np.float32))


@pytest.fixture(params=[DENSE, 0], ids=["dense columns", "terms alone"])
def rows(request):
    return chance_rows(5, 1, request.param)


def test_the_dense_columns_stand_behind_the_terms(rows):
    every = rows.toarray()
    assert rows.shape == every.shape == (5, TERMS + rows.dense.shape[1])
    assert len(rows) == 5
    np.testing.assert_array_equal(every[:, :TERMS], rows.terms.toarray())
    np.testing.assert_array_equal(every[:, TERMS:], rows.dense)


@pytest.mark.parametrize(
    "places",
    [
        slice(1, 3), slice(None, None, 2), slice(0, 0), [4, 0, 4], [], np.array([2, 2]), np.array([], dtype=np.int32),
        np.array([True, False, True, False, False]), np.zeros(5, dtype=bool),
    ],
    ids=str,
)  # fmt: skip
def test_rows_are_selected_as_from_an_array(rows, places):
    expected = rows.toarray()[np.array(places, dtype=np.int64) if isinstance(places, list) else places]
    np.testing.assert_array_equal(rows[places].toarray(), expected)


@pytest.mark.parametrize("place", [3, -1, np.int32(3)])
def test_a_single_number_gives_one_row(rows, place):
    np.testing.assert_array_equal(rows[place].toarray(), rows.toarray()[[place]])


def test_a_row_that_is_not_there_is_refused(rows):
    with pytest.raises(IndexError):
        rows[5]


def test_weighted_sums_are_those_of_the_array(rows):
    weights = sp.csr_matrix(np.array([[1, 0, -2, 0, 0.5], [0, 0, 0, 0, 0]], dtype=np.float32))
    sums = rows.combined(weights)
    np.testing.assert_allclose(sums.toarray(), weights.toarray() @ rows.toarray(), atol=1e-6)
    assert sums.dense.dtype == sums.terms.dtype == np.float32


@pytest.mark.parametrize("shape", [(), (4,)])
def test_the_product_with_a_vector_or_a_matrix_is_that_of_the_array(rows, shape):
    matrix = np.random.default_rng(2).standard_normal((rows.shape[1], *shape)).astype(np.float32)
    np.testing.assert_allclose(rows.times(matrix), rows.toarray() @ matrix, atol=1e-5)
    assert rows.times(matrix).dtype == np.float32


def test_inner_products_are_those_of_the_array(rows):
    others = chance_rows(4, 3, rows.dense.shape[1])
    np.testing.assert_allclose(rows.inner(others), rows.toarray() @ others.toarray().T, atol=1e-5)
    assert rows.inner(others).dtype == np.float32
    assert rows.inner(others[:0]).shape == (5, 0)


def test_lengths_and_the_sum_are_those_of_the_array(rows):
    np.testing.assert_allclose(rows.squared_lengths(), (rows.toarray() ** 2).sum(axis=1), atol=1e-5)
    np.testing.assert_allclose(rows.summed(), rows.toarray().sum(axis=0), atol=1e-5)


def test_no_rows_sum_to_zeros(rows):
    assert rows[:0].summed().tolist() == [0] * rows.shape[1]
    assert rows[:0].squared_lengths().tolist() == []


def test_stacked_rows_stand_one_part_after_the_other(rows):
    stacked = stack([rows[3:], rows[:0], rows[:2]])
    np.testing.assert_array_equal(stacked.toarray(), rows.toarray()[[3, 4, 0, 1]])
    assert stacked.terms.format == "csr"


def test_a_row_from_its_values_is_divided_at_the_terms(rows):
    [values] = rows[2].toarray()
    row = one_row(values, TERMS)
    assert row.terms.shape == (1, TERMS)
    np.testing.assert_array_equal(row.toarray(), rows[2].toarray())
