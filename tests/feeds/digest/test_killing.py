"""`kill -9` during a run: the next one continues, nobody gets two, and mails in flight are uncertain."""

import pytest

from feeds.models import DeliveryState

from .killing import kill_and_finish

KILLS = 3  # the benchmark `mailing kill` does 20, in a run of 500
READERS = 60


@pytest.mark.processes
def test_a_killed_and_repeated_run_sends_to_everybody_once(tmp_path):
    outcome = kill_and_finish(tmp_path, READERS, KILLS, seed=20261123)
    assert outcome.doubled == []
    assert outcome.lost == []
    assert len(outcome.uncertain) <= KILLS
    assert len(outcome.states) == READERS
    assert set(outcome.states.values()) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
