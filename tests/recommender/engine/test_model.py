"""The trained model: its rows of papers, and what does not make a model."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp


def test_unknown_papers_have_no_row(model):
    ids = model.paper_ids
    paper_ids = np.array([ids[2], 0, ids[-1], ids[-1] + 1, ids[0]])
    assert model.rows_of(paper_ids).tolist() == [2, -1, len(ids) - 1, -1, 0]
    assert model.rows_of(np.array([], dtype=np.int64)).tolist() == []


def test_rows_are_alike_by_text_and_by_lightfm(model, world):
    """Inner products are cos_text + scale^2 * cos_lightfm; both cosines of a paper with itself are 1."""
    own = np.asarray(model.rows.multiply(model.rows).sum(axis=1)).ravel()
    np.testing.assert_allclose(own, 1 + model.embedding_scale**2, rtol=1e-5)


def test_a_paper_has_the_same_row_whether_old_or_new(model, world):
    np.testing.assert_allclose(model.represent(world.texts[:5]).toarray(), model.rows[:5].toarray(), atol=1e-6)


def test_representing_nothing_gives_no_rows(model):
    assert model.represent([]).shape == (0, model.rows.shape[1])


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("rows", sp.csr_matrix((3, 3)), "rows has shape"),
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
