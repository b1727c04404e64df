"""Sentence vectors as dense columns: their products are the two kernels, written out."""

import numpy as np
import pytest

from recommender.engine.vector_map import FLATTENING, no_vectors, vector_map
from tests.recommender.planted import unit_rows

PAPERS, LENGTH = 60, 8
SIZE = 0.7


def chance_vectors(papers=PAPERS, length=LENGTH, seed=1):
    """Vectors of one field: a common direction, some directions stronger than others."""
    chance = np.random.default_rng(seed)
    return unit_rows(2 + chance.standard_normal((papers, length)) * np.linspace(0.2, 2, length))


def root_mean_square(products):
    return np.sqrt(np.mean(products**2))


def kernels(vectors, background):
    """The products of centred vectors, and those under the inverse of covariance plus ridge, in double precision."""
    centred = background.astype(np.float64) - background.mean(axis=0, dtype=np.float64)
    covariance = centred.T @ centred / len(centred)
    inverse = np.linalg.inv(covariance + FLATTENING * np.trace(covariance) / len(covariance) * np.eye(len(covariance)))
    rows = vectors - background.mean(axis=0, dtype=np.float64)
    for middle in (np.eye(len(covariance)), inverse):
        yield rows @ middle @ rows.T * SIZE / root_mean_square(centred @ middle @ centred.T)


@pytest.mark.parametrize(("plain", "flat"), [(1, 0), (0, 1), (0.5, 2)])
def test_products_of_columns_are_the_weighted_kernels(plain, flat):
    """For papers of the background and for new ones; float16 keeps eleven bits of each factor."""
    vectors, new = chance_vectors(), chance_vectors(20, seed=2)
    columns = vector_map(vectors, plain, flat, SIZE).columns(80, np.concatenate([vectors, new]))
    by_products, by_inverse = kernels(np.concatenate([vectors, new]), vectors)
    expected = plain * by_products + flat * by_inverse
    np.testing.assert_allclose(columns @ columns.T, expected, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize(("plain", "flat"), [(1, 0), (0, 1)])
def test_a_kernel_of_weight_one_has_products_of_the_given_size(plain, flat):
    columns = vector_map(chance_vectors(), plain, flat, SIZE).columns(PAPERS, chance_vectors())
    assert root_mean_square(columns @ columns.T) == pytest.approx(SIZE, rel=1e-3)


def test_the_flat_kernel_raises_fine_directions_beside_broad_ones():
    """Variances of 0.25 and 0.01 as they are; with their mean, 0.13, as ridge they become .25 / .38 and .01 / .14."""
    vectors = np.array([[0.5, 0.1], [0.5, -0.1], [-0.5, 0.1], [-0.5, -0.1]], dtype=np.float32)
    for weights, ratio in (((1, 0), 0.25 / 0.01), ((0, 1), (0.25 / 0.38) / (0.01 / 0.14))):
        columns = vector_map(vectors, *weights, SIZE).columns(4, vectors)
        fine, broad = np.linalg.eigvalsh(columns.T @ columns)
        assert broad / fine == pytest.approx(ratio, rel=2e-3)


def test_papers_without_a_vector_get_zeros_and_have_no_part_in_the_map():
    vectors = chance_vectors()
    with_gaps = np.insert(vectors, [0, 7, 60], 0, axis=0)
    made, without = vector_map(with_gaps, 0.5, 1, SIZE), vector_map(vectors, 0.5, 1, SIZE)
    np.testing.assert_array_equal(made.mean, without.mean)
    columns = made.columns(63, with_gaps)
    assert not columns[[0, 8, 62]].any()
    there = np.delete(np.arange(63), [0, 8, 62])
    products = without.columns(60, vectors) @ without.columns(60, vectors).T
    np.testing.assert_allclose(columns[there] @ columns[there].T, products, atol=2e-3 * np.abs(products).max())


def test_columns_are_rounded_to_half_precision_as_they_are_stored():
    columns = vector_map(chance_vectors(), 0.5, 1, SIZE).columns(PAPERS, chance_vectors())
    assert columns.dtype == np.float32
    np.testing.assert_array_equal(columns.astype(np.float16).astype(np.float32), columns)


@pytest.mark.parametrize(("plain", "flat"), [(1, 0), (0, 1), (0.5, 2)])
def test_a_topic_orders_papers_by_the_cosine_with_their_vectors_whatever_the_weights(plain, flat):
    """Less the papers' mean, a phrase would be near the papers that are unlike the others instead."""
    vectors, topics = chance_vectors(), unit_rows(np.random.default_rng(4).standard_normal((5, LENGTH)))
    made = vector_map(vectors, plain, flat, SIZE)
    scores, cosines = made.topic_columns(5, topics) @ made.columns(PAPERS, vectors).T, topics @ vectors.T
    for row in range(5):
        assert np.corrcoef(scores[row], cosines[row])[0, 1] > 0.9999


@pytest.mark.parametrize(("plain", "flat"), [(1, 0), (0, 1)])
def test_a_topic_is_half_as_long_as_a_paper_that_differs_from_the_mean_by_its_vector(plain, flat):
    topics = unit_rows(np.random.default_rng(4).standard_normal((5, LENGTH)))
    made = vector_map(chance_vectors(), plain, flat, SIZE)
    lengths = np.linalg.norm(made.columns(5, topics + made.mean), axis=1)
    np.testing.assert_allclose(np.linalg.norm(made.topic_columns(5, topics), axis=1), lengths / 2, rtol=2e-3)


def test_a_topic_without_a_vector_has_zeros():
    made = vector_map(chance_vectors(), 0.5, 1, SIZE)
    assert not made.topic_columns(2, np.zeros((2, LENGTH), dtype=np.float32)).any()
    assert made.topic_columns(2, None).shape == (2, made.width)
    assert no_vectors().topic_columns(2, chance_vectors(2)).shape == (2, 0)


def test_without_vectors_there_are_zeros():
    made = vector_map(chance_vectors(), 0.5, 1, SIZE)
    assert made.columns(3, None).tolist() == np.zeros((3, made.width)).tolist()
    assert made.columns(0, np.zeros((0, LENGTH), dtype=np.float32)).shape == (0, made.width)


@pytest.mark.parametrize("shape", [(3, LENGTH + 1), (2, LENGTH), (4, LENGTH)])
def test_vectors_of_another_shape_are_refused_with_both_shapes(shape):
    made = vector_map(chance_vectors(), 0.5, 1, SIZE)
    with pytest.raises(ValueError, match=rf"shape \({shape[0]}, {shape[1]}\); 3 papers.*need \(3, {LENGTH}\)"):
        made.columns(3, np.ones(shape, dtype=np.float32))
    with pytest.raises(ValueError, match=rf"{shape[1]}\); 3 topics.*need \(3, {LENGTH}\)"):
        made.topic_columns(3, np.ones(shape, dtype=np.float32))


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((3, LENGTH), np.float32), np.zeros((0, LENGTH), np.float32)],
    ids=["zeros", "no papers"],
)
def test_where_no_paper_has_a_vector_there_is_no_map(vectors):
    assert vector_map(vectors, 0.5, 1, SIZE).width == no_vectors().width == 0


def test_without_a_weight_there_is_no_map():
    assert vector_map(chance_vectors(), 0, 0, SIZE).width == 0


@pytest.mark.parametrize("weights", [(-1, 0), (0, -0.1)])
def test_a_negative_weight_is_refused_with_both(weights):
    with pytest.raises(ValueError, match=f"must not be negative, got {weights[0]} and {weights[1]}"):
        vector_map(chance_vectors(), *weights, SIZE)


@pytest.mark.parametrize("papers", [1, 2, 3])
@pytest.mark.parametrize("alike", [False, True])
def test_few_vectors_or_equal_ones_leave_every_number_finite(papers, alike):
    """While the first papers are encoded, one may have a vector, or a few the same one; the next paper has another."""
    vectors = np.repeat(chance_vectors(1), papers, axis=0) if alike else chance_vectors(papers)
    made = vector_map(vectors, 0.5, 1, SIZE)
    new = made.columns(5, chance_vectors(5, seed=3))
    assert np.isfinite(made.transform).all()
    assert np.isfinite(new @ new.T).all()


def test_the_same_vectors_give_the_same_map():
    one, other = (vector_map(chance_vectors(), 0.5, 1, SIZE) for _ in range(2))
    assert one.mean.tobytes() == other.mean.tobytes()
    assert one.transform.tobytes() == other.transform.tobytes()
