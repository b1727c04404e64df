"""`kill -9` in the middle of a run: the next one goes on, nobody gets two, and what was in flight is uncertain."""

import pytest

from feeds.models import DeliveryState

from .killing import kill_and_finish

KILLS = 3  # the benchmark `mailing kill` does 20, in a run of 500
READERS = 60


@pytest.mark.processes
def test_a_run_that_is_killed_and_run_again_sends_to_everybody_once(tmp_path):
    outcome = kill_and_finish(tmp_path, READERS, KILLS, seed=20261123)
    assert outcome.doubled == []
    assert outcome.lost == []
    assert len(outcome.uncertain) <= KILLS
    assert len(outcome.states) == READERS
    assert set(outcome.states.values()) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
