"""Rows in 16 bits do what rows of float32 do."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine import rounded as module
from recommender.engine.rounded import Rounded, as_rounded, combination, product, rounded


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 3)
    numbers = np.random.default_rng(1).standard_normal((8, 6)).astype(np.float32)
    numbers[3] = 0
    numbers[4] *= 1e-6
    numbers[5] *= 1e6
    return numbers


@pytest.mark.parametrize("exact", [0, 2, 6])
def test_the_error_is_less_than_a_32766th_of_the_largest_number_of_the_row(rows, exact):
    errors = np.abs(rounded(rows, exact)[:] - rows)
    assert (errors <= np.abs(rows[:, exact:]).max(axis=1, initial=0)[:, None] / 32766).all()
    assert not errors[:, :exact].any()


def test_rounding_again_changes_nothing(rows):
    once = as_rounded(rows)
    assert as_rounded(once).tobytes() == once.tobytes()
    powers = np.array([[1.0, -0.5], [32767, 1], [16383.5, 1], [0.1, 2**-20]], dtype=np.float32)
    assert as_rounded(as_rounded(powers)).tobytes() == as_rounded(powers).tobytes()


PLACES = [
    slice(1, 3), slice(0, 0), [4, 0, 4], [], 2, np.array([2, 2]), np.arange(8) > 5, (slice(None), slice(1, 3)),
    ([5, 1], slice(2, None)), (slice(2, 5), slice(None, 2)),
]  # fmt: skip


@pytest.mark.parametrize("places", PLACES, ids=str)
@pytest.mark.parametrize("exact", [0, 2])
def test_rows_and_columns_are_read_as_from_an_array(rows, places, exact):
    if isinstance(places, list):
        places = np.array(places, dtype=np.int64)
    matrix = rounded(rows, exact)
    np.testing.assert_array_equal(matrix[places], matrix[:][places])
    assert matrix[places].dtype == np.float32
    assert matrix.shape == rows.shape


def test_products_and_weighted_sums_are_the_same_to_the_bit_whether_rounded_or_not(rows):
    numbers, matrix = as_rounded(rows), rounded(as_rounded(rows))
    other = np.random.default_rng(2).standard_normal((6, 2)).astype(np.float32)
    assert product(matrix, other).tobytes() == product(numbers, other).tobytes()
    assert product(matrix, other[:, 0]).tobytes() == product(numbers, other[:, 0]).tobytes()
    assert product(matrix, other[:4], 4).tobytes() == product(numbers[:, :4], other[:4]).tobytes()
    np.testing.assert_allclose(product(numbers, other), numbers @ other, rtol=1e-5)
    weights = sp.random(3, 8, density=0.4, random_state=1, dtype=np.float32, format="csr")
    assert combination(weights, matrix).tobytes() == combination(weights, numbers).tobytes()
    np.testing.assert_allclose(combination(weights, matrix), weights.toarray() @ numbers, rtol=1e-5)
    assert combination(sp.csr_matrix((2, 8), dtype=np.float32), matrix).tolist() == [[0] * 6] * 2


@pytest.mark.parametrize("many", [1e9, 1e-9], ids=["with a table", "sorted"])
def test_weighted_sums_of_few_and_of_many_rows_are_the_same(rows, monkeypatch, many):
    monkeypatch.setattr(module, "MANY", many)
    numbers = as_rounded(rows)
    weights = sp.csr_matrix(([1, 2, 3, 4], [7, 2, 7, 0], [0, 2, 2, 4]), shape=(3, 8), dtype=np.float32)
    for exact in (0, 2):
        matrix = rounded(numbers, exact)
        assert combination(weights, matrix).tobytes() == combination(weights, matrix[:]).tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_with_a_number_that_is_not_finite_is_no_number(rows, value):
    rows[1, 2] = value
    numbers = as_rounded(rows)
    assert np.isnan(numbers[1]).all()
    assert np.isfinite(np.delete(numbers, 1, axis=0)).all()


def test_a_matrix_of_no_rows_or_no_columns_is_one():
    for shape in ((0, 4), (3, 0)):
        matrix = rounded(np.zeros(shape, dtype=np.float32))
        assert (isinstance(matrix, Rounded), matrix[:].shape) == (True, shape)
