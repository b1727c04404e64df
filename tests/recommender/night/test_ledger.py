"""Claims, leases, takeovers: each step of a day is done once, whatever dies."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from recommender.models import NightStep, Paper
from recommender.night import ledger
from recommender.night.ledger import Busy, Claim, ClaimLost, hold, is_done, may_start
from tests.feeds.instance import wait_for
from tests.recommender.planted import FIRST_DAY, a_paper
from tests.threads import all_at_once, commits

NEXT_DAY = FIRST_DAY + timedelta(days=1)


def row(step="train"):
    return NightStep.objects.get(day=FIRST_DAY, step=step)


def expire(step="train"):
    """As if the lease, or the pause, were over."""
    NightStep.objects.filter(step=step).update(lease_until=timezone.now() - timedelta(seconds=1))


def fail_once(error):
    with pytest.raises(type(error)), hold(FIRST_DAY, "train"):
        raise error


def test_a_claimed_step_is_running_and_then_done(db):
    with hold(FIRST_DAY, "train") as claim:
        assert (row().state, row().attempts, is_done(FIRST_DAY, "train")) == ("running", 1, False)
        assert not may_start(FIRST_DAY, "train")
        claim.finish({"votes": 3})
    assert (row().state, row().summary, row().error) == ("done", {"votes": 3}, "")
    assert is_done(FIRST_DAY, "train")


def test_a_step_that_runs_cannot_be_claimed_even_by_force(db):
    for force in (False, True):
        with hold(FIRST_DAY, f"step {force}"), pytest.raises(Busy):
            ledger.claim(FIRST_DAY, f"step {force}", force=force)


def test_a_step_that_is_done_can_only_be_claimed_by_force(db):
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({})
    expire()
    assert not may_start(FIRST_DAY, "train")
    with pytest.raises(Busy, match="train of 2026-11-02 is done or being done"), hold(FIRST_DAY, "train"):
        pass
    with hold(FIRST_DAY, "train", force=True) as again:
        assert (row().state, row().attempts, row().finished_at) == ("running", 2, None)
        again.finish({})


def test_other_steps_and_other_days_are_free(db):
    with hold(FIRST_DAY, "train"):
        assert may_start(FIRST_DAY, "rank")
        assert may_start(NEXT_DAY, "train")
        with hold(NEXT_DAY, "train"), hold(FIRST_DAY, "rank"):
            pass


def test_a_failure_is_recorded_and_raised_again(db):
    fail_once(RuntimeError("broken"))
    assert (row().state, row().error) == ("failed", "RuntimeError: broken")
    assert row().finished_at is not None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stopped_run_releases_its_step_at_once(db, stop):
    fail_once(stop())
    assert (row().state, row().summary) == ("waiting", {"reason": "its process was stopped; the step starts again"})
    assert may_start(FIRST_DAY, "train")
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({})
    assert (row().state, row().attempts) == ("done", 2)


def test_a_stop_after_the_outcome_leaves_the_outcome(db):
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({"votes": 3})
        ledger._close(claim, lambda: claim.release(ledger.STOPPED))
    assert (row().state, row().summary) == ("done", {"votes": 3})


def test_a_failed_step_pauses_longer_each_time_and_then_may_start(db):
    """5 minutes after the first attempt, 10 after the second."""
    for attempt in (1, 2):
        fail_once(RuntimeError("broken"))
        pause = row().lease_until - row().finished_at
        assert abs(pause - attempt * timedelta(minutes=5)) < timedelta(seconds=5)
        assert not may_start(FIRST_DAY, "train")
        expire()
        assert may_start(FIRST_DAY, "train")


def test_a_pause_ends_early_by_force(db):
    fail_once(RuntimeError("broken"))
    with hold(FIRST_DAY, "train", force=True) as claim:
        claim.finish({})
    assert (row().state, row().attempts) == ("done", 2)


def test_a_step_without_work_is_postponed_with_the_reason(db):
    with hold(FIRST_DAY, "train") as claim:
        claim.postpone("there are no up-votes yet")
    assert (row().state, row().summary) == ("waiting", {"reason": "there are no up-votes yet"})
    assert not is_done(FIRST_DAY, "train")
    assert not may_start(FIRST_DAY, "train")
    expire()
    assert may_start(FIRST_DAY, "train")


def test_a_run_that_died_is_taken_over_when_its_lease_ends(db):
    dead = ledger.claim(FIRST_DAY, "train", force=False)
    with pytest.raises(Busy):
        ledger.claim(FIRST_DAY, "train", force=False)
    expire()
    with hold(FIRST_DAY, "train") as claim:
        assert (row().attempts, claim.token != dead.token) == (2, True)
        claim.finish({"by": "the second"})
    with pytest.raises(ClaimLost):
        dead.finish({"by": "the dead"})
    assert row().summary == {"by": "the second"}


@transaction.atomic
def publish_a_paper(claim):
    a_paper("2611.00001")
    claim.finish({})


def test_a_lost_claim_rolls_back_what_was_published_with_it(db):
    slow = ledger.claim(FIRST_DAY, "train", force=False)
    expire()
    ledger.claim(FIRST_DAY, "train", force=False)
    with pytest.raises(ClaimLost, match="taken over"):
        publish_a_paper(slow)
    assert not Paper.objects.exists()
    assert row().state == "running"


@pytest.mark.parametrize("write", [Claim.renew, lambda claim: claim.fail("x"), lambda claim: claim.postpone("x")])
def test_a_lost_claim_writes_nothing(db, write):
    slow = ledger.claim(FIRST_DAY, "train", force=False)
    expire()
    ledger.claim(FIRST_DAY, "train", force=False)
    before = NightStep.objects.values().get()
    with pytest.raises(ClaimLost):
        write(slow)
    assert NightStep.objects.values().get() == before


def fail_after_a_takeover():
    with hold(FIRST_DAY, "train"):
        expire()
        ledger.claim(FIRST_DAY, "train", force=False)
        raise RuntimeError("too late")


def test_a_run_that_fails_after_it_was_taken_over_leaves_the_other_alone(db, caplog):
    with pytest.raises(RuntimeError):
        fail_after_a_takeover()
    assert row().state == "running"
    assert "after another run had taken over" in caplog.text


def test_a_very_long_error_is_cut(db):
    fail_once(RuntimeError("x" * 10_000))
    assert len(row().error) == 2000


@commits
def test_of_many_runs_at_once_one_gets_the_step():
    """First for a step that nobody has claimed, then for one whose run has died."""
    for attempt in (1, 2):
        outcomes = all_at_once(*[lambda: ledger.claim(FIRST_DAY, "train", force=False)] * 5)
        (winner,) = [outcome for outcome in outcomes if isinstance(outcome, Claim)]
        assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 4
        assert (row().claim, row().attempts) == (winner.token, attempt)
        expire()


@commits
def test_a_long_run_keeps_its_lease(settings):
    settings.LEASE = timedelta(seconds=0.9)
    with hold(FIRST_DAY, "train") as claim:
        first = row().lease_until
        wait_for(lambda: row().lease_until > first, 60, "renewal of the lease")
        claim.finish({})
    assert row().state == "done"


@commits
def test_a_renewal_that_fails_is_tried_again(settings, monkeypatch):
    """The database is away for the first two renewals."""
    settings.LEASE = timedelta(seconds=0.3)
    renewals, renew = [], Claim.renew

    def away_at_first(claim):
        renewals.append(claim)
        if len(renewals) <= 2:
            raise DatabaseError("the server closed the connection")
        renew(claim)

    monkeypatch.setattr(Claim, "renew", away_at_first)
    with hold(FIRST_DAY, "train") as claim:
        first = row().lease_until
        wait_for(lambda: row().lease_until > first, 60, "third renewal of the lease")
        assert len(renewals) >= 3
        claim.finish({})


def test_a_step_done_by_a_clock_a_day_ahead_is_to_be_done_when_its_day_comes(db):
    """Its night found what there was a day before, so that to pass over it would skip a night."""
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({})
    NightStep.objects.update(finished_at=timezone.now() + timedelta(days=1))
    assert (is_done(FIRST_DAY, "train"), may_start(FIRST_DAY, "train")) == (False, True)
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({})
    assert is_done(FIRST_DAY, "train")


def test_a_step_done_by_a_machine_whose_clock_is_a_little_fast_is_done(db):
    with hold(FIRST_DAY, "train") as claim:
        claim.finish({})
    NightStep.objects.update(finished_at=timezone.now() + timedelta(minutes=5))
    assert (is_done(FIRST_DAY, "train"), may_start(FIRST_DAY, "train")) == (True, False)


def test_a_lease_of_a_clock_a_day_ahead_does_not_hold_a_step_for_a_day(db):
    dead = ledger.claim(FIRST_DAY, "train", force=False)
    NightStep.objects.update(lease_until=timezone.now() + timedelta(days=1))
    assert may_start(FIRST_DAY, "train")
    assert ledger.claim(FIRST_DAY, "train", force=False).token != dead.token


def cut_off():
    """The server's part of the connection is closed below the run, as a restart does."""
    connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")


def clean_up_after_being_cut_off():
    """In a transaction, and with something that looks at the tables once more."""
    try:
        with transaction.atomic():
            cut_off()
    finally:
        NightStep.objects.exists()


@commits
@pytest.mark.parametrize("work", [cut_off, clean_up_after_being_cut_off])
def test_a_run_whose_connection_is_cut_off_may_start_again_at_once(work):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could go away; run with --servers")
    with pytest.raises(DatabaseError), hold(FIRST_DAY, "train"):
        work()
    assert (row().state, row().summary) == ("waiting", {"reason": ledger.CUT_OFF})
    assert may_start(FIRST_DAY, "train")


@commits
def test_an_error_that_has_nothing_to_do_with_the_connection_pauses_the_step():
    with pytest.raises(OperationalError), hold(FIRST_DAY, "train"):
        raise OperationalError("disk is full")
    assert (row().state, row().error) == ("failed", "OperationalError: disk is full")
