"""The nearest papers: on the same topic, by cosine, whatever the length of a row."""

import numpy as np
import pytest
from scipy.sparse.linalg import norm as sparse_norm

from recommender.engine.data import PaperText
from recommender.engine.rows import Rows
from recommender.engine.similar import VECTOR_SHARE, _near_by_vector, nearest
from tests.recommender.planted import topic_of


def topics(world, rows):
    return {topic_of(circle) if (circle := world.circles[row]) >= 0 else "other" for row in rows}


def test_a_paper_is_nearest_to_itself_and_then_to_its_topic(world, model):
    first = int(np.flatnonzero(world.circles == 2)[0])
    rows, cosines = nearest(model, model.rows[first], 6)
    assert (rows[0], cosines[0]) == (first, pytest.approx(1))
    assert topics(world, rows) == {topic_of(2)}


def test_a_text_that_the_model_never_saw_has_near_papers(world, model):
    text = PaperText(title="galaxya galaxyb galaxyc", abstract="")
    assert topics(world, nearest(model, model.represent([text]), 5)[0]) == {"galaxy"}


def cosines_by_the_formula(model, paper):
    """Cosines of every paper with one of the model's, by the definition, in float64."""
    text = model.rows.terms.toarray().astype(np.float64)
    content = text[:, : model.vocabulary.content_terms]
    vectors = model.rows.dense[:, model.embeddings.shape[1] :].astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    have_vectors = (lengths > 0) & (lengths[paper] > 0)
    by_vector = vectors @ vectors[paper] / np.where(have_vectors, lengths * lengths[paper], 1)
    as_words = np.linalg.norm(content, axis=1) * np.linalg.norm(content[paper]) * by_vector
    by_content = content @ content[paper]
    products = text @ text[paper] + np.where(have_vectors, VECTOR_SHARE * (as_words - by_content), 0)
    return products / (np.linalg.norm(text, axis=1) * np.linalg.norm(text[paper]))


@pytest.mark.parametrize("paper", [7, 10], ids=["with a vector", "without"])
def test_the_fast_cosines_are_those_of_the_formula(model, paper):
    slow = cosines_by_the_formula(model, paper)
    rows, cosines = nearest(model, model.rows[paper], 10)
    np.testing.assert_allclose(cosines, np.sort(slow)[::-1][:10], rtol=1e-5)
    np.testing.assert_allclose(slow[rows], cosines, rtol=1e-5)


def test_the_length_of_a_row_does_not_matter(model):
    longer = Rows(3 * model.rows[7].terms, 3 * model.rows[7].dense)
    np.testing.assert_array_equal(nearest(model, model.rows[7], 10)[0], nearest(model, longer, 10)[0])


def test_what_lightfm_learned_has_no_part_in_it(model):
    dense = model.rows[7].dense.copy()
    dense[:, : model.embeddings.shape[1]] = 9
    other = Rows(model.rows[7].terms, dense)
    np.testing.assert_array_equal(nearest(model, other, 10)[0], nearest(model, model.rows[7], 10)[0])


def vector_at(model, row):
    """The columns of a paper's sentence vector, all others 0."""
    dense = model.rows[row].dense.copy()
    dense[:, : model.embeddings.shape[1]] = 0
    return dense


def test_of_papers_with_the_same_words_those_with_the_nearer_vector_are_nearer(vector_model):
    """One text twice, with the vector of a paper of the first topic and with that of one of the third."""
    text = vector_model.represent([PaperText(title="grapha graphb galaxya galaxyb")])
    of_topics = []
    for paper in (7, 67):
        rows, _ = nearest(vector_model, Rows(text.terms, vector_at(vector_model, paper)), 20)
        of_topics.append(np.bincount(np.minimum(rows // 30, 4), minlength=5))  # 30 papers each
    first, third = of_topics
    assert first[0] > max(first[2], third[0])
    assert third[2] > max(third[0], first[2])


def test_a_paper_that_shares_no_word_is_near_by_its_vector(vector_model):
    """The text has words of one topic, and its vector is that of a paper that shares none of them."""
    far = int(np.flatnonzero((vector_model.rows.terms @ vector_model.rows[7].terms.T).toarray().ravel() == 0)[1])
    assert vector_at(vector_model, far).any()
    row = Rows(vector_model.rows[7].terms, vector_at(vector_model, far))
    assert far in nearest(vector_model, row, len(vector_model.paper_ids))[0]


def test_a_text_without_a_vector_is_compared_by_words_and_authors_alone(vector_model):
    text = Rows(vector_model.rows[7].terms, np.zeros_like(vector_model.rows[7].dense))
    terms = vector_model.rows.terms
    products = (terms @ text.terms.T).toarray().ravel()
    cosines = products / (sparse_norm(terms, axis=1) * sparse_norm(text.terms))
    np.testing.assert_allclose(nearest(vector_model, text, 10)[1], np.sort(cosines)[::-1][:10], rtol=1e-5)


def test_a_row_of_zeros_is_near_to_nothing(model):
    rows, cosines = nearest(model, model.represent([PaperText()]), 5)
    assert (len(rows), len(cosines)) == (0, 0)


def test_more_than_there_are_is_all_that_are_near(model):
    rows, cosines = nearest(model, model.rows[7], 10_000)
    assert len(set(rows.tolist())) == len(rows) <= len(model.paper_ids)
    assert (cosines > 0).all()
    assert (np.diff(cosines) <= 0).all()


def test_a_few_weighty_terms_find_the_topic_as_all_of_them_do(world, model, monkeypatch):
    monkeypatch.setattr("recommender.engine.similar.READ", 60)
    monkeypatch.setattr("recommender.engine.similar.POOL", 10)
    first = int(np.flatnonzero(world.circles == 2)[0])
    rows, cosines = nearest(model, model.rows[first], 6)
    assert (rows[0], cosines[0]) == (first, pytest.approx(1))
    assert topics(world, rows) == {topic_of(2)}


def test_a_term_that_every_paper_has_is_looked_through_where_it_is_the_only_one(model, monkeypatch):
    monkeypatch.setattr("recommender.engine.similar.READ", 0)
    monkeypatch.setattr("recommender.engine.similar.POOL", 3)
    rows, cosines = nearest(model, model.rows[7], 3)
    assert len(rows) == 3
    assert (cosines > 0).all()


def test_coarse_vectors_choose_the_candidates_that_exact_ones_would(vector_model):
    """The 20 nearest by vector of 7, chosen by 8-bit numbers: all but what a difference of 0.01 may exchange."""
    vectors = vector_model.rows.dense[:, vector_model.embeddings.shape[1] :].astype(np.float64)
    cosines = vectors @ vectors[7] / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9) / np.linalg.norm(vectors[7])
    chosen = _near_by_vector(vector_model, vector_model.rows[7], 20)
    assert len(chosen) == 20
    assert cosines[chosen].min() > np.sort(cosines)[-20] - 0.01


def test_no_paper_without_a_vector_is_chosen_by_its_vector(vector_model):
    without = np.flatnonzero(vector_model.vector_lengths == 0)
    assert len(without)
    for most in (100, len(vector_model.paper_ids)):
        assert not np.isin(without, _near_by_vector(vector_model, vector_model.rows[7], most)).any()
