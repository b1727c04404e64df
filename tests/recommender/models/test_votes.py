"""The tables of votes: what the database guards."""

import pytest
from django.db import IntegrityError, transaction

from recommender import votes
from recommender.models import Ranking, Vote, VoteEvent
from tests.recommender.planted import FIRST_DAY, a_paper


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def a_ranking(**columns):
    empty = {"day": FIRST_DAY, "mode": "recent", "paper_pks": b"", "scores": b"", "basis": "same"}
    return Ranking.objects.create(**empty | columns)


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


def test_deleting_a_reader_deletes_votes_history_and_rankings(ada, bob):
    paper = a_paper("2611.00001")
    for reader in (ada, bob):
        votes.cast(reader, paper, 1)
        a_ranking(reader=reader)
    ada.delete()
    for model in (Vote, VoteEvent, Ranking):
        assert [row.reader for row in model.objects.all()] == [bob]
