"""The order of sending: providers take turns, and one that must wait holds up nobody else."""

from feeds.digest.throttle import Job, Queue


def queue(*addresses):
    return Queue(Job(address, lambda now: None) for address in addresses)


def drained(jobs):
    """The addresses in the order in which they may go now."""
    order = []
    while jobs and jobs.seconds_to_wait() <= 0:
        order.append(jobs.next().address)
    return order


def test_providers_take_turns_and_each_keeps_its_order():
    assert drained(queue("a@x", "b@x", "c@x", "d@y", "e@y")) == ["a@x", "d@y", "b@x", "e@y", "c@x"]


def test_a_provider_that_must_wait_holds_up_nobody_else():
    jobs = queue("a@x", "b@x", "d@y", "e@y")
    jobs.put_back(jobs.next(), 60, hold_all=False)
    assert drained(jobs) == ["d@y", "e@y"]
    assert len(jobs) == 2
    assert 59 < jobs.seconds_to_wait() <= 60


def test_what_was_put_back_comes_first_again():
    jobs = queue("a@x", "b@x")
    jobs.put_back(jobs.next(), 0, hold_all=False)
    assert drained(jobs) == ["a@x", "b@x"]


def test_a_limit_for_all_holds_up_all():
    jobs = queue("a@x", "d@y")
    jobs.put_back(jobs.next(), 60, hold_all=True)
    assert drained(jobs) == []
    assert len(jobs) == 2


def test_an_empty_queue_is_false():
    assert not queue()
    assert not drained(queue())
