"""Casting and taking back votes, one at a time and many at once."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from accounts.models import User
from recommender import votes
from recommender.models import Vote, VoteEvent
from tests.threads import all_at_once, commits

from .planted import a_paper


@pytest.fixture
def paper(db):
    return a_paper("2611.00001")


def history(reader):
    return list(reader.vote_events.values_list("previous", "value"))


def no_failures(outcomes):
    return not [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_a_vote_is_stored_and_returned(ada, paper):
    outcome = votes.cast(ada, paper, 1)
    vote = ada.votes.get()
    assert (outcome.value, outcome.previous, outcome.voted_at) == (1, 0, vote.voted_at)
    assert (vote.paper, vote.value, history(ada)) == (paper, 1, [(0, 1)])


def test_a_second_vote_replaces_the_first(ada, paper):
    votes.cast(ada, paper, 1)
    assert votes.cast(ada, paper, -1).previous == 1
    assert ada.votes.get().value == -1
    assert history(ada) == [(0, 1), (1, -1)]


def test_the_same_vote_again_changes_nothing(ada, paper):
    first = votes.cast(ada, paper, 1)
    again = votes.cast(ada, paper, 1)
    assert (again.value, again.previous, again.voted_at) == (1, 1, first.voted_at)
    assert (history(ada), ada.taste_version) == ([(0, 1)], 1)


def test_a_removed_vote_leaves_history_only(ada, paper):
    votes.cast(ada, paper, -1)
    outcome = votes.take_back(ada, paper)
    assert (outcome.value, outcome.previous, outcome.voted_at) == (0, -1, None)
    assert not ada.votes.exists()
    assert history(ada) == [(0, -1), (-1, 0)]


def test_taking_back_what_was_never_cast_changes_nothing(ada, paper):
    assert votes.take_back(ada, paper).previous == 0
    assert (history(ada), ada.taste_version) == ([], 0)


def test_every_change_of_mind_makes_older_rankings_stale(ada, paper):
    votes.cast(ada, paper, 1)
    votes.cast(ada, paper, -1)
    votes.take_back(ada, paper)
    assert User.objects.get(pk=ada.pk).taste_version == ada.taste_version == 3


@pytest.mark.parametrize("value", [0, 2, -2, None, "1"])
def test_what_is_no_vote_is_refused(ada, paper, value):
    with pytest.raises(ValueError, match="a vote is 1 or -1"):
        votes.cast(ada, paper, value)
    assert not Vote.objects.exists()


def test_two_readers_vote_on_one_paper_independently(ada, bob, paper):
    votes.cast(ada, paper, 1)
    votes.cast(bob, paper, -1)
    votes.take_back(ada, paper)
    assert [(vote.reader, vote.value) for vote in Vote.objects.all()] == [(bob, -1)]


def test_many_votes_are_stored_at_once_with_their_times_and_history(ada, bob, paper):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    votes.record([Vote(reader=reader, paper=paper, value=1, voted_at=at) for reader in (ada, bob)])
    assert set(Vote.objects.values_list("reader", "value", "voted_at")) == {(ada.pk, 1, at), (bob.pk, 1, at)}
    assert set(VoteEvent.objects.values_list("reader", "previous", "value", "at")) == {
        (ada.pk, 0, 1, at), (bob.pk, 0, 1, at),
    }  # fmt: skip
    assert set(User.objects.values_list("taste_version", flat=True)) == {1}


def test_many_votes_with_one_that_is_there_already_keep_none(ada, bob, paper):
    votes.cast(ada, paper, 1)
    with pytest.raises(IntegrityError):
        votes.record([Vote(reader=bob, paper=paper, value=1), Vote(reader=ada, paper=paper, value=1)])
    assert not bob.votes.exists()
    assert not bob.vote_events.exists()


@commits
def test_the_same_vote_from_many_tabs_at_once_is_one_vote(ada, paper):
    assert no_failures(all_at_once(*[lambda: votes.cast(User.objects.get(pk=ada.pk), paper, 1)] * 6))
    assert ada.votes.get().value == 1
    assert history(ada) == [(0, 1)]
    assert User.objects.get(pk=ada.pk).taste_version == 1


@commits
def test_opposite_votes_at_once_leave_one_and_a_history_without_gaps(ada, paper):
    jobs = [lambda value=value: votes.cast(User.objects.get(pk=ada.pk), paper, value) for value in (1, -1) * 3]
    assert no_failures(all_at_once(*jobs, lambda: votes.take_back(User.objects.get(pk=ada.pk), paper)))
    events = list(ada.vote_events.order_by("pk").values_list("previous", "value"))
    vote = ada.votes.first()
    assert ada.votes.count() <= 1
    assert [previous for previous, _ in events] == [0, *(value for _, value in events[:-1])]
    assert events[-1][1] == (vote.value if vote else 0)
    assert User.objects.get(pk=ada.pk).taste_version == len(events)


@commits
def test_many_readers_at_once_do_not_get_in_each_others_way(paper):
    readers = [User.objects.create_user(f"r{number}@example.org") for number in range(6)]
    assert no_failures(all_at_once(*[lambda reader=reader: votes.cast(reader, paper, 1) for reader in readers]))
    assert Vote.objects.count() == VoteEvent.objects.count() == 6


def test_many_papers_get_a_vote_but_those_that_have_one(ada, paper):
    others = [a_paper("2611.00002"), a_paper("2611.00003")]
    votes.cast(ada, paper, -1)
    assert votes.cast_new(ada, [paper, *others, others[0]], 1) == 2
    assert dict(ada.votes.values_list("paper__public_id", "value")) == {
        "2611.00001": -1, "2611.00002": 1, "2611.00003": 1,
    }  # fmt: skip
    assert history(ada) == [(0, -1), (0, 1), (0, 1)]


def test_many_votes_at_once_make_the_readers_ranking_stale(ada, paper):
    votes.cast_new(ada, [paper], 1)
    ada.refresh_from_db()
    assert ada.taste_version == 1


def test_many_papers_take_no_other_value(ada, paper):
    with pytest.raises(ValueError, match="a vote is 1 or -1, got 0"):
        votes.cast_new(ada, [paper], 0)


@commits
def test_the_same_library_brought_twice_at_once_gives_each_paper_one_vote(ada, paper):
    outcomes = all_at_once(*[lambda: votes.cast_new(ada, [paper], 1)] * 4)
    assert (sorted(outcomes), ada.votes.count(), ada.vote_events.count()) == ([0, 0, 0, 1], 1, 1)


def test_many_wishes_take_no_other_value(ada, paper):
    with pytest.raises(ValueError, match="a vote is 1, -1 or 0 for none, got 2"):
        votes.cast_many(ada, [votes.VoteRequest(paper, 2)])


def test_wishes_that_change_nothing_leave_the_ranking_as_it_is(ada, paper):
    votes.cast(ada, paper, 1)
    others = [votes.VoteRequest(a_paper("2611.00002"), 0), votes.VoteRequest(paper, 1)]
    assert [outcome.value for outcome in votes.cast_many(ada, others)] == [0, 1]
    ada.refresh_from_db()
    assert (ada.taste_version, history(ada)) == (1, [(0, 1)])
