"""Estimates of another order's value from logs, compared with a world whose truth is known."""

import numpy as np
import pytest
from scipy.stats import binom

from recommender.engine.exploration import REACH, SLOTS, draw, expected_examination
from recommender.engine.off_policy import EXAMINATION, Log, estimate, target_examination

ATTRACTION = 0.4 * np.exp(-np.arange(REACH) / 15)  # by place in the own order: the true chance of a vote when looked at
SHARE, POOL = 0.1, REACH - SLOTS


def log_of(rankings, seed, share=SHARE):
    chance = np.random.default_rng(seed)
    keys = chance.integers(2**63, size=(rankings, POOL)).astype(np.uint64)
    places = draw(share, chance.random((rankings, SLOTS)), keys).places
    votes = chance.random(places.shape) < EXAMINATION * ATTRACTION[places]
    looked_at = np.tile(expected_examination(share, POOL, EXAMINATION), (rankings, 1))
    return Log(places, votes.astype(np.float32), EXAMINATION, looked_at, np.arange(rankings, dtype=np.int32))


def target(rankings, places):
    return target_examination(np.tile(np.array(places, dtype=np.int32), (rankings, 1)), EXAMINATION, REACH)


BACKWARDS = list(range(SLOTS))[::-1]
MIXED = list(range(10, 10 + SLOTS))
TRUTH = {name: float(EXAMINATION @ ATTRACTION[order]) for name, order in (("back", BACKWARDS), ("mixed", MIXED))}


def test_the_logging_order_itself_is_worth_what_it_earned():
    """Its weights are all 1, so that the estimate is the mean number of votes."""
    log = log_of(300, 1)
    estimates = estimate(log, log.looked_at)
    assert estimates["ips"].mean == pytest.approx(float(log.rewards.sum(axis=1).mean()))


def test_one_vote_is_weighed_by_hand():
    """One ranking, nothing explores: slot 0 shows place 0, looked at by 1; the target puts it in slot 1."""
    places = np.arange(SLOTS, dtype=np.int32)[None, :]
    rewards = np.zeros((1, SLOTS), dtype=np.float32)
    rewards[0, 0] = 1
    looked_at = expected_examination(0.0, 0, EXAMINATION)[None, :]
    log = Log(places, rewards, EXAMINATION, looked_at, np.zeros(1, dtype=np.int32))
    estimates = estimate(log, target(1, [1, 0, *range(2, SLOTS)]))
    assert estimates["ips"].mean == pytest.approx(EXAMINATION[1] / EXAMINATION[0])


@pytest.mark.parametrize(("name", "order"), [("back", BACKWARDS), ("mixed", MIXED)])
@pytest.mark.parametrize("estimator", ["ips", "snips", "dr"])
def test_intervals_of_two_thousand_rankings_hold_the_truth(name, order, estimator):
    """100 logs: with a true coverage of 0.93, fewer than 85 hits have a probability below 0.3 %."""
    assert binom.cdf(84, 100, 0.93) < 0.003
    estimates = [estimate(log_of(2000, seed), target(2000, order))[estimator] for seed in range(100)]
    assert sum(one.low <= TRUTH[name] <= one.high for one in estimates) >= 85


@pytest.mark.parametrize("estimator", ["ips", "snips", "dr"])
def test_estimates_are_not_biased(estimator):
    """The mean of 60 estimates is within four standard errors of the truth."""
    means = [estimate(log_of(1000, seed), target(1000, MIXED))[estimator].mean for seed in range(60)]
    assert abs(np.mean(means) - TRUTH["mixed"]) < 4 * np.std(means) / np.sqrt(60)


def test_more_rankings_make_the_interval_narrower():
    widths = []
    for rankings in (500, 8000):
        estimated = estimate(log_of(rankings, 1), target(rankings, MIXED))["dr"]
        widths.append(estimated.high - estimated.low)
    assert widths[1] < widths[0] / 2


def test_rankings_of_one_reader_widen_the_interval():
    """Every ranking there eight times, as eight readers' or as one reader's."""
    log = log_of(250, 1)
    again = [np.repeat(part, 8, axis=0) for part in (log.places, log.rewards, log.looked_at)]
    widths = []
    for readers in (np.arange(2000), np.repeat(np.arange(250), 8)):
        repeated = Log(again[0], again[1], EXAMINATION, again[2], readers.astype(np.int32))
        estimated = estimate(repeated, target(2000, BACKWARDS))["ips"]
        widths.append(estimated.high - estimated.low)
    assert widths[1] > 2 * widths[0]


def test_without_a_vote_the_interval_begins_at_nothing_and_does_not_end_there():
    """The upper end is one vote of the largest weight, at most -ln 0.025 = 3.69 of it, over 50 rankings."""
    log = log_of(50, 1)
    silent = Log(log.places, np.zeros_like(log.rewards), EXAMINATION, log.looked_at, log.readers)
    estimated = estimate(silent, target(50, BACKWARDS))["ips"]
    largest = (target(1, BACKWARDS)[0, :SLOTS] / log.looked_at[0, :SLOTS]).max()
    assert (estimated.mean, estimated.low) == (0, 0)
    assert estimated.high == pytest.approx(-np.log(0.025) * largest / 50, rel=1e-6)


def test_a_target_with_papers_that_the_log_cannot_show_is_refused():
    log = log_of(10, 1, share=0.0)
    with pytest.raises(ValueError, match="the target shows papers that the log could not"):
        estimate(log, target(10, MIXED))


def test_an_empty_log_is_refused():
    with pytest.raises(ValueError, match="a log without rankings"):
        log_of(0, 1)


def test_arrays_of_different_lengths_are_refused():
    log = log_of(5, 1)
    with pytest.raises(ValueError, match="for the same rankings"):
        Log(log.places, log.rewards[:4], EXAMINATION, log.looked_at, log.readers)
