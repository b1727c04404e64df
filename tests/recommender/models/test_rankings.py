"""The table of rankings: what the database guards, and its arrays."""

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from recommender.models import Ranking, new_ranking_id, pack, pack_pks
from tests.recommender.planted import FIRST_DAY


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def a_ranking(**columns):
    empty = {"day": FIRST_DAY, "mode": "recent", "paper_pks": b"", "scores": b"", "basis": "same"}
    return Ranking.objects.create(**empty | columns)


def ids(papers):
    return {paper.public_id for paper in papers}


def test_the_database_refuses_two_rankings_of_one_state(ada, bob):
    a_ranking(reader=ada)
    a_ranking(reader=bob)
    assert_refused(lambda: a_ranking(reader=ada))


def test_the_database_refuses_two_rankings_for_anybody_of_one_state(db):
    a_ranking()
    a_ranking(basis="other")
    assert_refused(a_ranking)


@pytest.mark.parametrize("order", [[7], [2**40, 3], [5, 2**16 + 4, 6], [2**16 + 5, 5], [2**32 + 8, 9], [2**63 - 1, 1]])
def test_the_papers_of_a_ranking_come_back_in_their_order(db, order):
    a_ranking(paper_pks=pack_pks(order))
    again = Ranking.objects.get().order
    assert again.tolist() == order
    assert again.dtype == np.int64


def test_the_papers_of_a_day_take_two_bytes_each(db):
    """After nine bytes for the lowest key; a day is a few hundred papers, in nearly as many keys."""
    order = np.random.default_rng(1).permutation(np.arange(10**9, 10**9 + 700))
    ranking = a_ranking(paper_pks=pack_pks(order))
    assert len(ranking.paper_pks) == 9 + 2 * 700
    assert ranking.order.tolist() == order.tolist()


def test_a_ranking_of_no_papers_is_empty(db):
    assert a_ranking(paper_pks=pack_pks([])).order.tolist() == []


def test_a_ranking_from_before_keys_were_packed_is_still_read(db):
    assert a_ranking(paper_pks=pack([2**40, 3, 3], "<i8")).order.tolist() == [2**40, 3, 3]


def test_the_arrays_of_a_ranking_come_back_as_they_went_in(db):
    stored = a_ranking(paper_pks=pack_pks([2**40, 3]), scores=pack([0.5, -1.25], "<f4"))
    again = Ranking.objects.get(pk=stored.pk)
    assert again.order.tolist() == [2**40, 3]
    assert again.score_values.tolist() == [0.5, -1.25]
    assert (again.order.dtype, again.score_values.dtype) == (np.int64, np.float32)


def test_ranking_ids_have_a_prefix_and_do_not_repeat():
    new_ids = {new_ranking_id() for _ in range(100)}
    assert len(new_ids) == 100
    assert all(name.startswith("rk_") for name in new_ids)
