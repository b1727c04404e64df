"""The one function that makes rankings: modes, votes that act at once, records that stay."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender import interests, votes
from recommender.engine.score import prepare, score
from recommender.models import Paper, Ranking
from recommender.ranking import rank as ranking
from recommender.ranking.candidates import candidate_rows
from recommender.ranking.profile import read_profile, vectors_of
from recommender.ranking.rank import BY_FIRST_MODEL, latest_day, rank, ranking_at
from recommender.serving import model_cache
from recommender.spans import pool_of, week_of
from tests.recommender.planted import DAYS, FIRST_DAY, a_paper, topic_of

NEXT_DAY = FIRST_DAY + timedelta(days=1)


def places(town, found, circle):
    """Mean place, from 0, of the papers of both circles of this circle's topic."""
    topic = {paper.pk for paper in (*town.of(circle // 2 * 2), *town.of(circle // 2 * 2 + 1))}
    return np.mean([place for place, pk in enumerate(found.order.tolist()) if pk in topic])


def vote_on_other_days(reader, papers, value, count):
    for paper in [paper for paper in papers if paper.day != FIRST_DAY][:count]:
        votes.cast(reader, paper, value)


def test_five_ups_and_two_downs_move_the_topics_on_a_day_without_votes(town, served, ada):
    """First light: a new reader votes on other days; before that the day stood in the order of popularity."""
    before = rank(ada, FIRST_DAY)
    vote_on_other_days(ada, town.of(2), 1, 5)
    vote_on_other_days(ada, town.of(6), -1, 2)
    after = rank(ada, FIRST_DAY)
    assert (before.mode, after.mode) == ("popular", "hybrid")
    assert places(town, after, 2) < places(town, before, 2)
    assert places(town, after, 6) > places(town, before, 6)


def test_a_vote_acts_on_the_very_next_ranking(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    first = rank(ada, FIRST_DAY)
    vote_on_other_days(ada, town.of(6), -1, 1)
    second = rank(ada, FIRST_DAY)
    assert first.public_id != second.public_id
    assert second.includes_votes_until > first.includes_votes_until


def test_a_ranking_holds_every_paper_of_the_day_once(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    order = rank(ada, FIRST_DAY).order.tolist()
    assert sorted(order) == sorted(paper.pk for paper in town.papers if paper.day == FIRST_DAY)


def test_each_place_keeps_the_true_score_of_its_paper(town, served, ada):
    """Variety moves papers, not scores; the best paper stays first."""
    vote_on_other_days(ada, town.of(2), 1, 3)
    result = rank(ada, FIRST_DAY)
    ids, rows, *_ = candidate_rows(served, pool_of(FIRST_DAY))
    candidates = prepare(served.model, rows, served.model.rows_of(ids))
    true = dict(
        zip(ids.tolist(), score(served.model, vectors_of(served.model, read_profile(ada)), candidates), strict=True)
    )
    np.testing.assert_allclose(result.score_values, [true[pk] for pk in result.order.tolist()], rtol=1e-6)
    assert result.score_values[0] == max(result.score_values)


def test_another_share_of_exploration_ranks_anew(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    first = rank(ada, FIRST_DAY)
    ada.exploration = 0.3
    ada.save()
    second = rank(ada, FIRST_DAY)
    assert (first.exploration, bytes(first.propensities)) == ({}, b"")
    assert second.exploration["share"] == 0.3
    assert second.order.tolist() != first.order.tolist()


@pytest.mark.parametrize("sort", ["popular", "recent"])
def test_orders_for_everybody_do_not_explore(town, served, ada, sort):
    ada.exploration = 0.3
    ada.save()
    assert rank(ada, FIRST_DAY, sort).exploration == {}


def test_an_unchanged_state_gives_the_same_ranking_again(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    assert rank(ada, FIRST_DAY) == rank(ada, FIRST_DAY)
    assert rank(None, FIRST_DAY) == rank(None, FIRST_DAY)
    assert Ranking.objects.count() == 2


def test_an_older_ranking_is_never_changed(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    first = rank(ada, FIRST_DAY)
    vote_on_other_days(ada, town.of(6), 1, 3)
    rank(ada, FIRST_DAY)
    again = Ranking.objects.get(pk=first.pk)
    assert (again.order.tolist(), again.taste) == (first.order.tolist(), first.taste)


def test_a_vote_cast_and_removed_leaves_the_order_unchanged(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    first = rank(ada, FIRST_DAY)
    votes.cast(ada, town.of(6)[0], 1)
    votes.take_back(ada, town.of(6)[0])
    assert rank(ada, FIRST_DAY).order.tolist() == first.order.tolist()


def test_another_reader_does_not_change_my_ranking(town, served, ada, bob):
    vote_on_other_days(ada, town.of(2), 1, 3)
    first = rank(ada, FIRST_DAY)
    vote_on_other_days(bob, town.of(4), 1, 3)
    assert rank(ada, FIRST_DAY) == first
    assert rank(bob, FIRST_DAY).order.tolist() != first.order.tolist()


def test_a_personal_ranking_names_its_model_and_what_it_was_made_from(town, served, ada):
    interests.add(ada, "topic", "galaxya")
    outcome = votes.cast(ada, town.papers[1], -1)
    result = rank(ada, FIRST_DAY)
    assert (result.model, result.mode_reason, result.includes_votes_until) == (served.row, "", outcome.voted_at)
    assert result.taste == {
        "votes": [[town.papers[1].pk, -1]],
        "interests": [{"kind": "topic", "text": "galaxya"}],
    }


def test_interests_alone_rank_by_content_with_the_reason(town, served, ada):
    before = rank(ada, FIRST_DAY)
    interests.add(ada, "topic", "galaxya galaxyb galaxyc galaxyd")
    result = rank(ada, FIRST_DAY)
    assert (result.mode, result.mode_reason) == ("content", "You have no votes yet; ranked by your interests.")
    galaxy = next(circle for circle in range(8) if topic_of(circle) == "galaxy")
    assert places(town, result, galaxy) < places(town, before, galaxy)


def test_a_category_as_interest_brings_its_papers_up(served, ada):
    mine = a_paper("2612.00001", "words unknown to the model", categories=["cs.LG"])
    interests.add(ada, "category", "cs.LG")
    assert mine.pk in rank(ada, FIRST_DAY).order


def test_without_votes_and_interests_the_order_is_popular_with_the_reason(town, served, ada):
    result = rank(ada, FIRST_DAY)
    assert (result.mode, result.mode_reason) == ("popular", "You have no votes and no interests yet.")
    assert result.model is None


def test_anonymous_gets_the_popular_order(town, served):
    result = rank(None, FIRST_DAY)
    assert (result.mode, result.mode_reason, result.reader) == ("popular", "You are not signed in.", None)


def test_popular_is_by_net_votes_and_then_the_newer_paper(ada, bob):
    """Net votes here and there: 3, 1 - 1 = 0, 1 + 0 = 1, 0; the two at 0 go newest first."""
    there, split, here, none = (
        a_paper(f"2611.0000{n}", source_upvotes=upvotes) for n, upvotes in enumerate((3, 0, 0, 0))
    )
    for reader, paper, value in ((ada, split, 1), (bob, split, -1), (bob, here, 1)):
        votes.cast(reader, paper, value)
    result = rank(None, FIRST_DAY)
    assert result.order.tolist() == [there.pk, here.pk, none.pk, split.pk]
    assert result.score_values.tolist() == [3, 1, 0, 0]


def test_without_public_votes_the_order_is_by_time_with_the_reason(db):
    hours = [datetime(2026, 11, 2, hour, tzinfo=UTC) for hour in (5, 9)]
    early, late = (a_paper(f"2611.0000{hour.hour}", published_at=hour) for hour in hours)
    undated = a_paper("2611.00001")
    result = rank(None, FIRST_DAY)
    assert result.order.tolist() == [late.pk, early.pk, undated.pk]
    assert (result.mode, result.mode_reason) == (
        "recent", "You are not signed in. Nobody has voted on these papers yet.",
    )  # fmt: skip


def test_without_a_model_the_day_is_ranked_with_the_reason(town, model_dir, ada):
    votes.cast(ada, town.papers[1], 1)
    result = rank(ada, FIRST_DAY)
    assert (result.mode, result.mode_reason, result.model) == ("content", BY_FIRST_MODEL, None)
    assert len(result.order) == sum(paper.day == FIRST_DAY for paper in town.papers)


def test_with_a_damaged_model_the_day_is_ranked_with_the_reason(town, served, ada):
    votes.cast(ada, town.papers[1], 1)
    (model_cache.folder_of(served.row.version) / "terms.json").unlink()
    result = rank(ada, FIRST_DAY)
    assert (result.mode, result.mode_reason, result.model) == ("content", BY_FIRST_MODEL, None)


@pytest.mark.parametrize("sort", ["popular", "recent"])
def test_a_reader_may_ask_for_an_impersonal_order(town, served, ada, sort):
    votes.cast(ada, town.papers[1], 1)
    result = rank(ada, FIRST_DAY, sort)
    assert result.mode == sort
    assert "You chose" in result.mode_reason


def test_an_unknown_order_is_refused(town):
    with pytest.raises(ValueError, match="sorted by mine, popular, recent; got 'best'"):
        rank(None, FIRST_DAY, "best")


@pytest.mark.parametrize("sort", ranking.SORTS)
def test_a_day_without_papers_has_no_ranking(ada, sort):
    with pytest.raises(Paper.DoesNotExist, match="no papers were announced on 2026-11-02"):
        rank(ada, FIRST_DAY, sort)


def test_a_day_without_papers_shows_the_last_one_before_it(town):
    last = FIRST_DAY + timedelta(days=DAYS - 1)
    assert latest_day(NEXT_DAY) == NEXT_DAY
    assert latest_day(last + timedelta(days=9)) == last
    assert latest_day(FIRST_DAY - timedelta(days=1)) is None


def test_an_empty_catalogue_has_no_day_to_show(db):
    assert latest_day(FIRST_DAY) is None


def test_papers_unknown_to_the_model_are_ranked_by_their_text(town, served, ada):
    day = FIRST_DAY + timedelta(days=30)
    market = a_paper("2612.00001", "marketa marketb", day=day)
    protein = a_paper("hep-th/9901001", "proteina proteinb proteinc", day=day)
    unreadable = a_paper("2612.00003", "xyzzy", day=day)
    vote_on_other_days(ada, town.of(2), 1, 5)
    result = rank(ada, day)
    assert result.order.tolist()[0] == protein.pk
    assert set(result.order.tolist()) == {market.pk, protein.pk, unreadable.pk}


def test_a_reader_who_voted_on_everything_still_has_a_ranking(town, served, ada):
    for paper in town.papers[:60]:
        votes.cast(ada, paper, 1)
    assert np.isfinite(rank(ada, FIRST_DAY).score_values).all()


def test_long_days_are_kept_to_the_best_places(town, served, ada, monkeypatch):
    monkeypatch.setattr(ranking, "LENGTH", 10)
    votes.cast(ada, town.papers[1], 1)
    assert [len(rank(ada, FIRST_DAY, sort).order) for sort in ranking.SORTS] == [10, 10, 10]


@pytest.mark.parametrize("sort", ranking.SORTS)
def test_a_withdrawn_paper_is_offered_to_nobody(town, served, ada, sort):
    vote_on_other_days(ada, town.of(2), 1, 5)
    first = rank(ada, FIRST_DAY, sort).order[0]
    before = len(rank(ada, FIRST_DAY, sort).order)
    Paper.objects.filter(pk=first).update(withdrawn=True)
    after = rank(ada, FIRST_DAY, sort).order
    assert (first in after, len(after)) == (False, before - 1)


def test_a_day_of_withdrawn_papers_alone_is_a_day_without_papers(db):
    a_paper("2612.00001", day=FIRST_DAY)
    a_paper("2612.00002", day=NEXT_DAY, withdrawn=True)
    assert latest_day(NEXT_DAY) == FIRST_DAY
    with pytest.raises(Paper.DoesNotExist):
        rank(None, NEXT_DAY)


def test_a_paused_reader_gets_the_popular_order_and_the_votes_still_count(town, served, ada):
    vote_on_other_days(ada, town.of(2), 1, 3)
    mine = rank(ada, FIRST_DAY)
    ada.is_paused = True
    result = rank(ada, FIRST_DAY)
    assert (result.mode, result.mode_reason, ada.votes.count()) == ("popular", "You have paused personalisation.", 3)
    ada.is_paused = False
    assert rank(ada, FIRST_DAY) == mine


def test_a_share_of_exploration_for_one_ranking_leaves_the_readers_own_as_it_is(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    own, other = rank(ada, FIRST_DAY), rank(ada, FIRST_DAY, exploration=0.3)
    assert (own.exploration, other.exploration["share"], ada.exploration) == ({}, 0.3, 0.0)
    assert rank(ada, FIRST_DAY, exploration=0.3).pk == other.pk != own.pk == rank(ada, FIRST_DAY).pk


def test_the_past_is_the_newest_ranking_that_there_was_by_then(town, served, ada):
    votes.cast(ada, town.of(2)[0], 1)
    first = rank(ada, FIRST_DAY)
    votes.cast(ada, town.of(2)[1], 1)
    second = rank(ada, FIRST_DAY)
    assert ranking_at(ada, FIRST_DAY, "mine", first.made_at) == first
    assert ranking_at(ada, FIRST_DAY, "mine", second.made_at) == second
    assert ranking_at(ada, FIRST_DAY, "mine", first.made_at - timedelta(seconds=1)) is None


def test_the_past_of_one_order_is_not_that_of_another(town, served, ada, bob):
    votes.cast(ada, town.of(2)[0], 1)
    votes.cast(bob, town.of(2)[0], 1)
    result = {sort: rank(ada, FIRST_DAY, sort) for sort in ranking.SORTS}
    rank(ada, week_of(FIRST_DAY))
    rank(bob, FIRST_DAY)
    now = max(past.made_at for past in Ranking.objects.all())
    assert {sort: ranking_at(ada, FIRST_DAY, sort, now) for sort in ranking.SORTS} == result
