"""What one vote would change, seen before it is cast."""

import pytest

from accounts import mutes
from recommender import voting
from recommender.models import Paper, Ranking
from recommender.ranking import rank
from recommender.tastes import listen
from recommender.what_if import SHOWN, what_if, with_vote
from tests.recommender.planted import FIRST_DAY


@pytest.fixture
def voter(town, served, ada):
    for paper in [paper for paper in town.of(2) if paper.day != FIRST_DAY][:3]:
        voting.cast(ada, paper, 1)
    return ada


def test_the_order_foreseen_is_the_order_that_the_vote_makes(town, voter):
    paper = next(paper for paper in town.of(6) if paper.day != FIRST_DAY)
    now = rank(voter, FIRST_DAY)
    found = what_if(voter, paper, 1, FIRST_DAY)
    assert found.before.order.tolist() == now.order.tolist()
    voting.cast(voter, paper, 1)
    assert found.after.order.tolist() == rank(voter, FIRST_DAY).order.tolist() != now.order.tolist()


def test_taking_a_vote_back_is_foreseen_too(voter):
    vote = voter.votes.first()
    found = what_if(voter, vote.paper, 0, FIRST_DAY)
    assert (found.now, found.value) == (1, 0)
    voting.take_back(voter, vote.paper)
    assert found.after.order.tolist() == rank(voter, FIRST_DAY).order.tolist()


def test_nothing_is_saved(town, voter):
    before = (listen(voter), Ranking.objects.count())
    found = what_if(voter, town.of(6)[0], -1, FIRST_DAY)
    assert (listen(voter), Ranking.objects.count()) == before
    assert (found.before.pk, found.after.pk) == (None, None)


def test_the_first_places_say_where_each_paper_came_from(town, voter):
    found = what_if(voter, next(p for p in town.of(6) if p.day != FIRST_DAY), 1, FIRST_DAY)
    now = found.before.order.tolist()
    assert [place.place for place in found.first_after] == list(range(1, SHOWN + 1))
    assert [place.before for place in found.first_after] == [now.index(p.paper.pk) + 1 for p in found.first_after]
    assert all(place.moved == place.before - place.place for place in found.first_after)
    assert [paper.pk for paper in found.first_before] == now[:SHOWN]


def test_the_vote_that_is_there_already_changes_nothing(voter):
    assert what_if(voter, voter.votes.first().paper, 1, FIRST_DAY).is_the_same


def test_without_its_last_vote_the_order_is_everybodys(town, served, ada):
    voting.cast(ada, town.papers[1], 1)
    found = what_if(ada, town.papers[1], 0, FIRST_DAY)
    assert (found.before.mode, found.after.mode) == ("hybrid", "popular")


def test_what_is_muted_stays_out_of_both_orders(voter):
    Paper.objects.filter(day=FIRST_DAY, pk__lt=rank(voter, FIRST_DAY).order.mean()).update(categories=["cs.CV"])
    mutes.add(voter, "category", "cs.CV")
    found = what_if(voter, voter.votes.first().paper, -1, FIRST_DAY)
    muted = set(Paper.objects.in_category("cs.CV").values_list("pk", flat=True))
    assert muted
    assert not muted & {*found.before.order.tolist(), *found.after.order.tolist()}


def test_votes_stay_in_the_order_in_which_they_are_heard(town, voter):
    said = listen(voter)
    paper = town.of(6)[0]
    changed = with_vote(said, paper.pk, -1)
    voting.cast(voter, paper, -1)
    assert list(changed.votes.items()) == list(listen(voter).votes.items())


@pytest.mark.parametrize("value", [2, -2, 0.5])
def test_what_is_no_vote_is_refused(voter, value):
    with pytest.raises(ValueError, match="a vote to try is 1, -1, or 0 for none"):
        what_if(voter, voter.votes.first().paper, value, FIRST_DAY)
