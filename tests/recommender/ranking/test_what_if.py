"""What one vote would change, seen before it is cast."""

from datetime import UTC, datetime

import pytest

from recommender import mutes, votes
from recommender.models import Paper, Ranking
from recommender.ranking.profile import read_profile
from recommender.ranking.rank import rank
from recommender.ranking.what_if import SHOWN, Change, simulate, what_if, with_votes
from tests.recommender.planted import FIRST_DAY


@pytest.fixture
def voter(town, served, ada):
    for paper in [paper for paper in town.of(2) if paper.day != FIRST_DAY][:3]:
        votes.cast(ada, paper, 1)
    return ada


def test_the_simulated_order_is_the_order_after_the_vote(town, voter):
    paper = next(paper for paper in town.of(6) if paper.day != FIRST_DAY)
    now = rank(voter, FIRST_DAY)
    result = what_if(voter, paper, 1, FIRST_DAY)
    assert result.before.order.tolist() == now.order.tolist()
    votes.cast(voter, paper, 1)
    assert result.after.order.tolist() == rank(voter, FIRST_DAY).order.tolist() != now.order.tolist()


def test_removing_a_vote_is_simulated_too(voter):
    vote = voter.votes.first()
    result = what_if(voter, vote.paper, 0, FIRST_DAY)
    assert (result.now, result.value) == (1, 0)
    votes.take_back(voter, vote.paper)
    assert result.after.order.tolist() == rank(voter, FIRST_DAY).order.tolist()


def test_nothing_is_saved(town, voter):
    before = (read_profile(voter), Ranking.objects.count())
    result = what_if(voter, town.of(6)[0], -1, FIRST_DAY)
    assert (read_profile(voter), Ranking.objects.count()) == before
    assert (result.before.pk, result.after.pk) == (None, None)


def test_the_first_places_have_the_place_of_each_paper_before(town, voter):
    result = what_if(voter, next(p for p in town.of(6) if p.day != FIRST_DAY), 1, FIRST_DAY)
    now = result.before.order.tolist()
    assert [place.place for place in result.first_after] == list(range(1, SHOWN + 1))
    assert [place.before for place in result.first_after] == [now.index(p.paper.pk) + 1 for p in result.first_after]
    assert all(place.moved == place.before - place.place for place in result.first_after)
    assert [paper.pk for paper in result.first_before] == now[:SHOWN]


def test_the_vote_that_is_there_already_changes_nothing(voter):
    assert what_if(voter, voter.votes.first().paper, 1, FIRST_DAY).is_the_same


def test_without_its_last_vote_the_order_is_everybodys(town, served, ada):
    votes.cast(ada, town.papers[1], 1)
    result = what_if(ada, town.papers[1], 0, FIRST_DAY)
    assert (result.before.mode, result.after.mode) == ("hybrid", "popular")


def test_what_is_muted_stays_out_of_both_orders(voter):
    Paper.objects.filter(day=FIRST_DAY, pk__lt=rank(voter, FIRST_DAY).order.mean()).update(categories=["cs.CV"])
    mutes.add(voter, "category", "cs.CV")
    result = what_if(voter, voter.votes.first().paper, -1, FIRST_DAY)
    muted = set(Paper.objects.in_category("cs.CV").values_list("pk", flat=True))
    assert muted
    assert not muted & {*result.before.order.tolist(), *result.after.order.tolist()}


def test_votes_stay_in_the_order_in_which_they_are_read(town, voter):
    profile = read_profile(voter)
    paper = town.of(6)[0]
    changed = with_votes(profile, {paper.pk: -1})
    votes.cast(voter, paper, -1)
    assert list(changed.votes.items()) == list(read_profile(voter).votes.items())


@pytest.mark.parametrize("value", [2, -2, 0.5])
def test_what_is_no_vote_is_refused(voter, value):
    with pytest.raises(ValueError, match="a vote must be 1, -1, or 0 for none"):
        what_if(voter, voter.votes.first().paper, value, FIRST_DAY)


NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)


def test_several_votes_are_simulated_together(town, voter):
    liked, disliked = (next(paper for paper in town.of(circle) if paper.day != FIRST_DAY) for circle in (4, 6))
    voted = voter.votes.first().paper
    result = simulate(voter, {liked.pk: 1, disliked.pk: -1, voted.pk: 0}, FIRST_DAY, NOW)
    assert result.changes == {liked.pk: Change(0, 1), disliked.pk: Change(0, -1), voted.pk: Change(1, 0)}
    assert result.ranking.includes_votes_until == NOW
    votes.cast(voter, liked, 1)
    votes.cast(voter, disliked, -1)
    votes.take_back(voter, voted)
    real = rank(voter, FIRST_DAY)
    assert (result.ranking.paper_pks, result.ranking.scores) == (real.paper_pks, real.scores)


def test_votes_that_are_there_already_give_the_ranking_that_is_stored(voter):
    real, vote = rank(voter, FIRST_DAY), voter.votes.first()
    result = simulate(voter, {vote.paper_id: vote.value}, FIRST_DAY, NOW)
    assert (result.ranking.pk, result.changes) == (real.pk, {})


def test_removed_votes_leave_the_time_of_the_newest_remaining_one(voter):
    newest, before = voter.votes.all()[:2]
    result = simulate(voter, {newest.paper_id: 0}, FIRST_DAY, NOW)
    assert result.ranking.includes_votes_until == before.voted_at


def test_a_simulation_of_what_is_no_vote_is_refused(voter):
    with pytest.raises(ValueError, match="a vote must be 1, -1, or 0 for none, got 2"):
        simulate(voter, {voter.votes.first().paper_id: 2}, FIRST_DAY, NOW)
