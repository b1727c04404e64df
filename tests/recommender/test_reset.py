"""Starting over removes what a taste was learned from, and nothing of anybody else's."""

import pytest

from recommender import interests, mutes, votes
from recommender.models import VoteEvent
from recommender.ranking.rank import rank
from recommender.reset import DeletedCounts, forget
from tests.conftest import make_reader
from tests.threads import all_at_once, commits

from .planted import FIRST_DAY, a_paper


def say(reader):
    votes.cast(reader, a_paper(f"2612.0000{reader.pk % 9}"), 1)
    interests.add(reader, "topic", "graphs")
    mutes.add(reader, "word", "quantum")


def test_votes_their_history_interests_and_rankings_go_and_mutes_stay(ada, bob):
    for reader in (ada, bob):
        say(reader)
        rank(reader, FIRST_DAY)
    assert forget(ada) == DeletedCounts(votes=1, interests=1, rankings=1)
    left = [ada.votes, ada.vote_events, ada.interests, ada.rankings, ada.mutes]
    assert [rows.count() for rows in left] == [0, 0, 0, 0, 1]
    assert [rows.count() for rows in (bob.votes, bob.interests, bob.rankings, VoteEvent.objects)] == [1, 1, 1, 1]


def test_the_next_ranking_is_made_anew(ada):
    say(ada)
    before = ada.taste_version
    forget(ada)
    assert ada.taste_version == before + 1
    assert rank(ada, FIRST_DAY).mode_reason.startswith("You have no votes and no interests yet.")


def test_forgetting_nothing_is_no_trouble(ada):
    assert forget(ada) == DeletedCounts(0, 0, 0)


def test_each_part_can_go_alone(ada):
    say(ada)
    rank(ada, FIRST_DAY)
    assert forget(ada, ["mutes"]) == DeletedCounts(mutes=1)
    assert (ada.votes.count(), ada.interests.count(), ada.rankings.count()) == (1, 1, 1)
    assert forget(ada, ["interests"]) == DeletedCounts(interests=1, rankings=1)
    assert (ada.votes.count(), ada.vote_events.count()) == (1, 1)


def test_kept_history_records_that_the_votes_were_removed(ada):
    say(ada)
    rank(ada, FIRST_DAY)
    assert forget(ada, ["votes"], keep_history=True) == DeletedCounts(votes=1)
    assert list(ada.vote_events.values_list("previous", "value")) == [(0, 1), (1, 0)]
    assert (ada.votes.count(), ada.rankings.count()) == (0, 1)


def test_what_nobody_knows_is_not_forgotten(ada):
    say(ada)
    with pytest.raises(ValueError, match="got 'tokens'"):
        forget(ada, ["votes", "tokens"])
    assert ada.votes.count() == 1


@commits
def test_forgetting_and_voting_at_once_leave_votes_and_history_that_agree(db):
    ada, paper = make_reader("ada"), a_paper("2612.00001")
    all_at_once(*[lambda: forget(ada), lambda: votes.cast(ada, paper, 1)] * 3)
    assert ada.votes.count() == ada.vote_events.count() <= 1
