"""The nearest papers: on the same topic, by cosine, whatever the length of a row."""

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.engine.rows import Rows
from recommender.engine.similar import nearest
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


def test_the_fast_cosines_are_those_of_the_formula(model):
    text = model.rows.toarray()[:, : len(model.vocabulary.terms)]
    row, all_rows = text[7], text
    slow = all_rows @ row / (np.linalg.norm(all_rows, axis=1) * np.linalg.norm(row))
    rows, cosines = nearest(model, model.rows[7], 10)
    np.testing.assert_allclose(cosines, np.sort(slow)[::-1][:10], rtol=1e-5)
    np.testing.assert_allclose(slow[rows], cosines, rtol=1e-5)


def test_the_length_of_a_row_does_not_matter(model):
    longer = Rows(3 * model.rows[7].terms, 3 * model.rows[7].dense)
    np.testing.assert_array_equal(nearest(model, model.rows[7], 10)[0], nearest(model, longer, 10)[0])


def test_what_lightfm_learned_and_sentence_vectors_have_no_part_in_it(model):
    other = Rows(model.rows[7].terms, np.full_like(model.rows[7].dense, 9))
    np.testing.assert_array_equal(nearest(model, other, 10)[0], nearest(model, model.rows[7], 10)[0])


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
