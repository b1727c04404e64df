"""Starting over removes what a taste was learned from, and nothing of anybody else's."""

from accounts import interests, mutes
from recommender import voting
from recommender.forgetting import Forgotten, forget
from recommender.models import VoteEvent
from recommender.ranking import rank
from tests.recommender.planted import FIRST_DAY, a_paper


def say(reader):
    voting.cast(reader, a_paper(f"2612.0000{reader.pk % 9}"), 1)
    interests.add(reader, "topic", "graphs")
    mutes.add(reader, "word", "quantum")


def test_votes_their_history_interests_and_rankings_go_and_mutes_stay(ada, bob):
    for reader in (ada, bob):
        say(reader)
        rank(reader, FIRST_DAY)
    assert forget(ada) == Forgotten(votes=1, interests=1, rankings=1)
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
    assert forget(ada) == Forgotten(0, 0, 0)
