"""The papers of days and spans as rows of a model, and what is cached of them."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender.engine.score import prepare
from recommender.models import Paper
from recommender.ranking import candidates as candidates_module
from recommender.ranking.candidates import candidate_rows, candidates_of, rows_of_papers
from recommender.spans import Span, pool_of, week_of
from tests.recommender.planted import FIRST_DAY, a_paper

WEEK = week_of(FIRST_DAY)


@pytest.fixture
def with_new_papers(town, served):
    """Papers with known words on two days of the week, added after the training."""
    first, second = town.papers[0], town.papers[-1]
    for number in range(6):
        like = (first, second)[number % 2]
        a_paper(
            f"2612.0000{number}",
            like.title,
            FIRST_DAY + timedelta(days=number % 2),
            abstract=like.abstract,
            categories=["cs.CV"] if number % 3 else ["cs.LG"],
        )


@pytest.mark.parametrize("category", ["", "cs.CV"])
def test_a_span_of_known_and_new_papers_is_prepared_as_its_papers_are(with_new_papers, served, category):
    papers = pool_of(Span(WEEK.first, WEEK.last, category))
    paper_ids, candidates, ages = candidates_of(served, papers)
    assert sorted(paper_ids.tolist()) == sorted(papers.papers().values_list("pk", flat=True))
    assert (candidates.known < 0).sum() == (4 if category else 6)
    anew = prepare(served.model, rows_of_papers(served.model, paper_ids), served.model.rows_of(paper_ids))
    np.testing.assert_array_equal(candidates.rows.toarray(), anew.rows.toarray())
    np.testing.assert_allclose(candidates.projected, anew.projected, rtol=1e-5, atol=1e-6)
    days = dict(Paper.objects.values_list("pk", "day"))
    newest = max(days[pk] for pk in paper_ids.tolist())
    assert ages.tolist() == [(newest - days[pk]).days for pk in paper_ids.tolist()]


@pytest.mark.usefixtures("with_new_papers")
def test_days_that_are_cached_are_put_together_without_a_query(served):
    papers = pool_of(WEEK)
    for day in papers.days:
        candidate_rows(served, day)
    with CaptureQueriesContext(connection) as queries:
        candidate_rows(served, papers)
    assert not queries.captured_queries


@pytest.mark.usefixtures("with_new_papers")
def test_few_rows_of_new_papers_are_cached_and_the_span_is_whole(served, monkeypatch):
    monkeypatch.setattr(candidates_module, "CACHED_ROWS", 3)
    papers = pool_of(WEEK)
    assert len(candidate_rows(served, papers).paper_ids) == papers.count
    assert sum(len(day.new_rows) for day in candidates_module._days.values()) <= 3


@pytest.mark.usefixtures("with_new_papers")
def test_a_cached_day_does_not_keep_the_rows_of_other_days_in_memory(served):
    candidate_rows(served, pool_of(WEEK))
    days = [day for day in candidates_module._days.values() if len(day.new_rows)]
    assert len(days) >= 2
    for day in days:
        for array in (day.new_rows.dense, day.new_projected, day.new_rows.terms.data, day.new_rows.terms.indices):
            assert array.base is None or array.base.nbytes == array.nbytes
