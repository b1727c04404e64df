"""Tables: what the database guards, the questions that querysets answer."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from recommender import votes
from recommender.models import NightStep, Paper, Ranking, TrainedModel, Vote, VoteEvent, new_ranking_id, pack
from tests.recommender.planted import FIRST_DAY, a_paper

NOW = timezone.now()


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def a_ranking(**columns):
    empty = {"day": FIRST_DAY, "mode": "recent", "paper_pks": b"", "scores": b"", "basis": "same"}
    return Ranking.objects.create(**empty | columns)


def ids(papers):
    return {paper.public_id for paper in papers}


def test_the_database_refuses_a_second_paper_with_the_same_id(db):
    a_paper("2611.00001")
    assert_refused(lambda: a_paper("2611.00001"))


@pytest.mark.parametrize("fields", [{"public_id": "", "title": "A"}, {"public_id": "2611.00001", "title": ""}])
def test_the_database_refuses_a_paper_without_id_or_title(db, fields):
    assert_refused(lambda: a_paper(**fields))


def test_the_database_refuses_a_second_vote(ada):
    paper = a_paper("2611.00001")
    Vote.objects.create(reader=ada, paper=paper, value=1)
    assert_refused(lambda: Vote.objects.create(reader=ada, paper=paper, value=-1))


@pytest.mark.parametrize("value", [0, 2])
def test_the_database_refuses_what_is_no_vote(ada, value):
    paper = a_paper("2611.00001")
    assert_refused(lambda: Vote.objects.create(reader=ada, paper=paper, value=value))


def test_the_database_refuses_an_unknown_change_of_mind(ada):
    paper = a_paper("2611.00001")
    assert_refused(lambda: VoteEvent.objects.create(reader=ada, paper=paper, value=2, previous=0))


def test_the_database_refuses_two_rankings_of_one_state(ada, bob):
    a_ranking(reader=ada)
    a_ranking(reader=bob)
    assert_refused(lambda: a_ranking(reader=ada))


def test_the_database_refuses_two_rankings_for_anybody_of_one_state(db):
    a_ranking()
    a_ranking(basis="other")
    assert_refused(a_ranking)


def test_the_database_refuses_a_step_twice_for_one_day(db):
    step = {"step": "train", "state": "running", "started_at": NOW, "lease_until": NOW}
    NightStep.objects.create(day=FIRST_DAY, **step)
    NightStep.objects.create(day=FIRST_DAY + timedelta(days=1), **step)
    assert_refused(lambda: NightStep.objects.create(day=FIRST_DAY, **step))


def test_a_reader_who_leaves_takes_votes_history_and_rankings_along(ada, bob):
    paper = a_paper("2611.00001")
    for reader in (ada, bob):
        votes.cast(reader, paper, 1)
        a_ranking(reader=reader)
    ada.delete()
    for model in (Vote, VoteEvent, Ranking):
        assert [row.reader for row in model.objects.all()] == [bob]


def test_papers_are_found_by_day(db):
    a_paper("2611.00001")
    a_paper("2611.00002", day=date(2026, 11, 9))
    assert ids(Paper.objects.on(FIRST_DAY)) == {"2611.00001"}


def test_papers_are_found_by_category_and_not_by_a_part_of_its_code(db):
    a_paper("2611.00001", categories=["cs.LG", "stat.ML"])
    a_paper("2611.00002", categories=["math-ph"])
    assert ids(Paper.objects.in_category("stat.ML")) == {"2611.00001"}
    assert ids(Paper.objects.in_category("math")) == ids(Paper.objects.in_category("cs.L_")) == set()


def test_popularity_is_net_votes_here_and_up_votes_at_the_source(ada, bob):
    """7 at the source, one up and one down here: 7 + 1 - 1."""
    paper = a_paper("2611.00001", source_upvotes=7)
    votes.cast(ada, paper, 1)
    votes.cast(bob, paper, -1)
    found = Paper.objects.with_public_votes().with_popularity().get()
    assert (found.up, found.down, found.popularity) == (1, 1, 7)


def test_an_arxiv_paper_links_to_arxiv_and_another_does_not(db):
    old, own = a_paper("hep-th/9901001"), a_paper("pb.abcdefghijkl")
    assert old.arxiv_url == "https://arxiv.org/abs/hep-th/9901001"
    assert old.pdf_url == "https://arxiv.org/pdf/hep-th/9901001"
    assert (own.arxiv_url, own.pdf_url, own.has_arxiv_id) == ("", "", False)


def test_a_paper_with_a_slash_in_its_id_has_a_page(db):
    assert a_paper("hep-th/9901001").get_absolute_url() == "/papers/hep-th/9901001/"


def test_the_promoted_model_of_last_serves_first(db):
    for hour, (name, state) in enumerate([("old", "promoted"), ("new", "promoted"), ("bad", "refused")]):
        at = NOW + timedelta(hours=hour)
        TrainedModel.objects.create(version=name, day=FIRST_DAY, state=state, promoted_at=at)
    assert [row.version for row in TrainedModel.objects.serving_order()] == ["new", "old"]


def test_the_arrays_of_a_ranking_come_back_as_they_went_in(db):
    kept = a_ranking(paper_pks=pack([2**40, 3], "<i8"), scores=pack([0.5, -1.25], "<f4"))
    again = Ranking.objects.get(pk=kept.pk)
    assert again.order.tolist() == [2**40, 3]
    assert again.score_values.tolist() == [0.5, -1.25]
    assert (again.order.dtype, again.score_values.dtype) == (np.int64, np.float32)


def test_ranking_ids_say_what_they_are_and_do_not_repeat():
    made = {new_ranking_id() for _ in range(100)}
    assert len(made) == 100
    assert all(name.startswith("rk_") for name in made)
