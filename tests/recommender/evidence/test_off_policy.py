"""Estimates from the database: which rankings count, which votes reward them, and what the targets are."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from recommender import votes
from recommender.engine.exploration import REACH, SLOTS
from recommender.evidence import off_policy
from recommender.evidence.off_policy import (
    Popularity,
    TooFewRankings,
    as_log,
    estimate_orders,
    logged_rankings,
    target_orders,
)
from recommender.models import Paper, Ranking
from recommender.ranking.rank import rank
from tests.recommender.planted import FIRST_DAY


@pytest.fixture
def explorers(town, served):
    """Every reader of the town lets chance fill 30 %, and has a ranking of the first day."""
    User.objects.update(exploration=0.3)
    readers = list(User.objects.order_by("pk"))
    for reader in readers:
        rank(reader, FIRST_DAY)
    return readers


def test_a_reader_who_explores_nothing_is_not_in_the_log(explorers, ada, town):
    votes.cast(ada, town.papers[1], 1)
    rank(ada, FIRST_DAY)
    assert {ranking.reader for ranking in logged_rankings(FIRST_DAY)} == {reader.pk for reader in explorers}


def test_only_the_first_ranking_of_a_reader_and_day_counts(explorers, town):
    reader = explorers[0]
    votes.cast(reader, town.of(5)[0], -1)
    rank(reader, FIRST_DAY)
    logged = [ranking for ranking in logged_rankings(FIRST_DAY) if ranking.reader == reader.pk]
    assert [ranking.made_at for ranking in logged] == [reader.rankings.earliest("made_at").made_at]


def test_rankings_of_earlier_days_are_left_out(explorers):
    assert logged_rankings(FIRST_DAY + timedelta(days=1)) == []


def test_the_own_order_of_a_log_is_the_order_without_exploration(explorers):
    reader = explorers[0]
    reader.exploration = 0
    [logged] = [ranking for ranking in logged_rankings(FIRST_DAY) if ranking.reader == reader.pk]
    assert logged.own.tolist() == rank(reader, FIRST_DAY).order[:REACH].tolist()


def test_an_up_vote_after_the_ranking_rewards_the_slot_that_showed_the_paper(explorers):
    """Three votes after it, on papers without one: up in one slot, down in another, up on one that no slot shows."""
    reader = explorers[0]
    order = reader.rankings.get().order.tolist()
    voted = set(reader.votes.values_list("paper", flat=True))
    up_slot, down_slot = [slot for slot in range(SLOTS) if order[slot] not in voted][:2]
    unseen = next(place for place in range(SLOTS, len(order)) if order[place] not in voted)
    for place, value in ((up_slot, 1), (down_slot, -1), (unseen, 1)):
        votes.cast(reader, Paper.objects.get(pk=order[place]), value)
    log = as_log(logged_rankings(FIRST_DAY))
    assert log.rewards.sum() == 1
    assert log.rewards[0, up_slot] == 1


def test_a_vote_before_the_ranking_is_no_reward(explorers):
    """Every reader of the town voted up papers of the first day before."""
    assert as_log(logged_rankings(FIRST_DAY)).rewards.sum() == 0


def test_popularity_leaves_out_the_readers_own_vote_and_later_ones(explorers, ada, bob):
    first = logged_rankings(FIRST_DAY)[0]
    pk = int(first.own[0])
    before = Popularity([first]).of(first, pk)
    paper = Paper.objects.get(pk=pk)
    votes.cast(bob, paper, 1)
    bob.votes.update(voted_at=first.made_at - timedelta(hours=1))
    votes.cast(ada, paper, 1)
    votes.cast(User.objects.get(pk=first.reader), paper, 1)
    assert Popularity([first]).of(first, pk) == before + 1


def test_targets_order_papers_that_the_log_could_show(explorers):
    """No paper of the town has a time, so the newest is the one with the highest key."""
    rankings = logged_rankings(FIRST_DAY)
    orders = target_orders(rankings)
    assert orders["own order"][0].tolist() == list(range(20))
    newest = rankings[0].own[orders["recency"][0]].tolist()
    assert newest == sorted(rankings[0].own.tolist(), reverse=True)[:20]


def test_the_value_of_the_logged_order_is_about_what_it_earned(explorers, monkeypatch):
    monkeypatch.setattr(off_policy, "FEWEST", 64)
    for reader in explorers:
        votes.cast(reader, Paper.objects.get(pk=reader.rankings.get().order[0]), 1)
    estimates = {(value.order, value.estimator): value.estimate for value in estimate_orders(FIRST_DAY)}
    assert {order for order, _ in estimates} == {"own order", "popularity", "recency"}
    own = estimates["own order", "ips"]
    assert own.low <= 1 <= own.high


def test_too_few_rankings_give_no_estimate(explorers):
    assert estimate_orders(FIRST_DAY) == TooFewRankings(64)


def test_the_command_reports_too_few_rankings(explorers):
    with pytest.raises(CommandError, match=r"rankings of the last 3,650 days explored; an estimate takes at least 500"):
        call_command("off_policy", days=3650)


@pytest.mark.parametrize("days", [0, -1, 99_999])
def test_the_command_refuses_impossible_days(db, days):
    with pytest.raises(CommandError, match=f"--days {days}: must be from 1 to 36,500"):
        call_command("off_policy", days=days)


def test_the_command_checks_the_folder_before_it_starts(db, tmp_path):
    with pytest.raises(CommandError, match="does not exist; create it first"):
        call_command("off_policy", json=tmp_path / "none" / "file.json")


def test_the_command_prints_and_writes_every_estimate(explorers, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(off_policy, "FEWEST", 64)
    Ranking.objects.update(day=timezone.now().date())
    call_command("off_policy", json=tmp_path / "found.json")
    rows = json.loads((tmp_path / "found.json").read_text())
    assert len(rows) == 9 == len(capsys.readouterr().out.splitlines())
    assert set(rows[0]) == {"order", "estimator", "mean", "low", "high"}
