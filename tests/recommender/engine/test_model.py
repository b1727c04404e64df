"""The trained model: its rows of papers, and what does not make a model."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText
from recommender.engine.rows import Rows
from tests.recommender.planted import VECTOR


def test_unknown_papers_have_no_row(model):
    ids = model.paper_ids
    paper_ids = np.array([ids[2], 0, ids[-1], ids[-1] + 1, ids[0]])
    assert model.rows_of(paper_ids).tolist() == [2, -1, len(ids) - 1, -1, 0]
    assert model.rows_of(np.array([], dtype=np.int64)).tolist() == []


def test_rows_are_alike_by_text_by_lightfm_and_by_vectors(model, world):
    """Inner products are cos_words + scale^2 * cos_lightfm, here of each paper with itself.

    With authors `author_weight` times their cosine, 1, is added, and with vectors the product of their columns.
    """
    vectors = model.rows.dense[:, model.embeddings.shape[1] :]
    expected = 1 + model.embedding_scale**2 + (vectors**2).sum(axis=1)
    if any(text.authors for text in world.texts):
        expected = expected + model.settings.author_weight
        assert vectors.any()
    np.testing.assert_allclose(model.rows.squared_lengths(), expected, rtol=1e-5)


def test_a_paper_has_the_same_row_whether_old_or_new(model, world):
    vectors = None if world.vectors is None else world.vectors[:5]
    np.testing.assert_allclose(model.represent(world.texts[:5], vectors).toarray(), model.rows[:5].toarray(), atol=1e-6)


def test_a_paper_without_a_vector_has_no_part_in_what_vectors_add(model, world):
    rows, size = model.represent(world.texts[:5]), model.embeddings.shape[1]
    assert not rows.dense[:, size:].any()
    np.testing.assert_allclose(rows.dense[:, :size], model.rows[:5].dense[:, :size], atol=1e-6)
    np.testing.assert_allclose(rows.terms.toarray(), model.rows[:5].terms.toarray(), atol=1e-6)


def test_vectors_of_another_length_or_number_are_refused_with_both_shapes(vector_model):
    papers = [PaperText(title="grapha"), PaperText(title="proteina")]
    for shape in ((2, VECTOR + 1), (1, VECTOR)):
        message = rf"shape \({shape[0]}, {shape[1]}\).*need \(2, {VECTOR}\)"
        with pytest.raises(ValueError, match=message):
            vector_model.represent(papers, np.ones(shape, dtype=np.float32))


def test_representing_nothing_gives_no_rows(model):
    assert model.represent([]).shape == (0, model.rows.shape[1])


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("rows", Rows(sp.csr_matrix((3, 3)), np.zeros((3, 0), np.float32)), "rows has shape"),
        ("item_map", sp.csr_matrix((3, 3)), "item_map has shape"),
        ("embeddings", np.zeros((3, 3)), "embeddings has shape"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_by_name(model, field, value, name):
    with pytest.raises(ValueError, match=name):
        replace(model, **{field: value})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_noticed(model, value):
    spoiled = model.embeddings.copy()
    spoiled[0, 0] = value
    assert model.is_finite()
    assert not replace(model, embeddings=spoiled).is_finite()
    assert not replace(model, embedding_scale=float(value)).is_finite()


@pytest.mark.parametrize("field", ["mean", "transform"])
def test_a_number_of_the_vectors_that_is_not_finite_is_noticed(vector_model, field):
    spoiled = getattr(vector_model.vector_map, field).copy()
    spoiled.flat[0] = np.nan
    assert not replace(vector_model, vector_map=replace(vector_model.vector_map, **{field: spoiled})).is_finite()
