"""A step in parts: shared by workers, resumed where it stopped, finished only when every part is."""

from threading import Event

import pytest

from recommender.models import NightStep, Ranking
from recommender.night import ledger, parts
from recommender.night import rank_everyone as nightly
from recommender.night.ledger import Busy, hold
from recommender.night.rank_everyone import help_to_rank, part_numbers, rank_everyone
from tests.recommender.planted import FIRST_DAY
from tests.threads import all_at_once, commits

from .test_ledger import expire


def do_all(numbers, work):
    with hold(FIRST_DAY, "rank", force=True) as claim:
        count = parts.do_every(claim, numbers, work)
        parts.finish(claim, {"made": count})
    return count


def rows():
    return dict(NightStep.objects.order_by("step").values_list("step", "state"))


def test_one_run_alone_does_all_parts_in_order(db):
    """1 + 2 + 3 = 6."""
    done = []
    assert do_all([1, 2, 3], lambda number: done.append(number) or number) == 6
    assert done == [1, 2, 3]
    assert rows() == {"rank": "done"}


def test_a_run_that_died_is_resumed_at_the_part_it_had_reached(db):
    def die_at_two(number):
        if number == 2:
            raise RuntimeError("broken")
        return number

    with pytest.raises(RuntimeError):
        do_all([1, 2, 3], die_at_two)
    assert rows() == {"rank": "failed", "rank:1": "done", "rank:2": "failed"}
    expire("rank:2")
    done = []
    assert do_all([1, 2, 3], lambda number: done.append(number) or number) == 6
    assert done == [2, 3]


def test_a_forced_second_run_does_everything_again(db):
    done = []
    for _ in range(2):
        do_all([1, 2], lambda number: done.append(number) or number)
    assert done == [1, 2, 1, 2]


def test_the_ledger_records_how_many_parts_are_done(db):
    summaries = []
    do_all([1, 2], lambda number: summaries.append(NightStep.objects.get(step="rank").summary) or 0)
    assert summaries == [{"parts": 2, "parts_done": 0}, {"parts": 2, "parts_done": 1}]


def test_nobody_helps_with_a_step_that_does_not_run(db):
    assert parts.do_free(FIRST_DAY, "rank", [1], lambda number: number) == 0
    assert rows() == {}


def test_a_part_that_another_worker_holds_is_left_to_it(db):
    with hold(FIRST_DAY, "rank"), hold(FIRST_DAY, "rank:1"):
        done = []
        assert parts.do_free(FIRST_DAY, "rank", [1, 2], lambda number: done.append(number) or 0) == 1
        assert done == [2]


def test_a_part_cannot_be_claimed_when_its_step_is_finished(db):
    do_all([1], lambda number: number)
    with pytest.raises(Busy, match="rank of 2026-11-02 is not running"), hold(FIRST_DAY, "rank:1", during="rank"):
        pass


@commits
def test_helpers_share_the_parts_and_each_is_done_once():
    done, running = [], Event()

    def work(number):
        running.set()
        done.append(number)
        return 1

    def help_out():
        running.wait(10)
        return parts.do_free(FIRST_DAY, "rank", range(12), work)

    outcomes = all_at_once(lambda: {"made": do_all(range(12), work)}, help_out, help_out)
    helped = sum(count for count in outcomes if isinstance(count, int))
    assert {"made": 12} in outcomes
    assert sorted(done) == list(range(12))
    assert 0 <= helped <= 12
    assert rows() == {"rank": "done"}


@commits
def test_the_holder_waits_for_the_part_of_a_helper_and_takes_it_over_when_that_dies(settings):
    """The helper's part is claimed by nobody alive: the holder gets it when the lease ends."""
    with hold(FIRST_DAY, "rank") as claim:
        ledger.claim(FIRST_DAY, "rank:1", force=False)
        NightStep.objects.filter(step="rank:1").update(lease_until=NightStep.objects.get(step="rank").started_at)
        assert parts.do_every(claim, [1], lambda number: 5) == 5


def test_rankings_in_parts_are_those_of_one_piece(town, served, monkeypatch):
    monkeypatch.setattr(nightly, "PART", 7)
    assert len(part_numbers()) >= len(town.readers) / 7
    with hold(FIRST_DAY, "rank") as claim:
        assert rank_everyone(claim, lambda line: None)["rankings"] == len(town.readers)
    assert Ranking.objects.values("reader").distinct().count() == len(town.readers)


def test_a_helper_ranks_the_parts_that_are_left(town, served, monkeypatch):
    monkeypatch.setattr(nightly, "PART", 7)
    with hold(FIRST_DAY, "rank"):
        assert help_to_rank(FIRST_DAY, "rank", lambda line: None) == len(part_numbers())
    assert Ranking.objects.count() == len(town.readers)
