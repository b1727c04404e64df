"""Limits on mails per minute, shared by all processes, and the queue that respects them."""

import time
from datetime import timedelta

import pytest
from django.db.models import F

from feeds.digest import throttle
from feeds.digest.throttle import Job, Queue, RateLimited
from feeds.models import Host
from tests.threads import all_at_once, commits


def acquired(address: str, tries: int) -> int:
    """How many of this many mails may leave at once."""
    count = 0
    for _ in range(tries):
        try:
            throttle.acquire(address)
        except RateLimited:
            continue
        count += 1
    return count


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.MAILS_PER_MINUTE, settings.MAILS_PER_MINUTE_AND_PROVIDER = 0, 0


def test_without_limits_no_mail_waits_and_none_is_counted(db):
    assert acquired("ada@example.org", 20) == 20
    assert not Host.objects.exists()


def test_at_most_one_seconds_worth_of_mails_leaves_at_once(settings, db):
    settings.MAILS_PER_MINUTE = 120  # two a second: that much, and the one whose time has come
    assert acquired("ada@example.org", 20) == 3


def test_the_error_says_how_long_to_wait_and_for_which_mails(settings, db):
    settings.MAILS_PER_MINUTE_AND_PROVIDER = 6
    throttle.acquire("ada@example.org")
    with pytest.raises(RateLimited) as caught:
        throttle.acquire("bob@EXAMPLE.org")
    assert 8 < caught.value.seconds <= 10  # ten seconds a mail, less the second's worth
    assert not caught.value.to_all


def test_one_providers_limit_does_not_delay_another(settings, db):
    settings.MAILS_PER_MINUTE_AND_PROVIDER = 6
    assert acquired("ada@example.org", 5) == 1
    assert acquired("ada@example.net", 5) == 1


def test_a_mail_that_its_provider_delays_does_not_count_against_the_total(settings, db):
    settings.MAILS_PER_MINUTE, settings.MAILS_PER_MINUTE_AND_PROVIDER = 600, 6
    acquired("ada@example.org", 1)
    before = Host.objects.get(name=throttle.ALL_MAILS).free_at
    assert acquired("ada@example.org", 9) == 0
    assert Host.objects.get(name=throttle.ALL_MAILS).free_at == before


def test_the_total_limit_delays_everybody(settings, db):
    settings.MAILS_PER_MINUTE = 6
    throttle.acquire("ada@example.org")
    with pytest.raises(RateLimited) as caught:
        throttle.acquire("bob@example.net")
    assert caught.value.to_all


def test_after_its_time_the_next_mail_leaves(settings, db):
    settings.MAILS_PER_MINUTE = 60
    acquired("ada@example.org", 9)
    assert acquired("ada@example.org", 1) == 0
    Host.objects.update(free_at=F("free_at") - timedelta(seconds=1))
    assert acquired("ada@example.org", 9) == 1


def test_a_long_pause_allows_no_more_than_one_seconds_worth(settings, db):
    settings.MAILS_PER_MINUTE = 120
    throttle.acquire("ada@example.org")
    Host.objects.update(free_at=F("free_at") - timedelta(hours=1))
    assert acquired("ada@example.org", 20) == 3


@commits
def test_four_threads_share_one_limit(settings):
    settings.MAILS_PER_MINUTE = 60
    began = time.monotonic()
    counts = all_at_once(*[lambda: acquired("ada@example.org", 20)] * 4)
    assert sum(counts) <= 2 + (time.monotonic() - began)


def queue_of(*addresses):
    return Queue(Job(address, lambda now: None) for address in addresses)


def drain(queue):
    """The addresses in the order in which mails may leave now."""
    order = []
    while queue and queue.seconds_to_wait() <= 0:
        order.append(queue.next().address)
    return order


def test_providers_take_turns_and_each_keeps_its_order():
    assert drain(queue_of("a@x", "b@x", "c@x", "d@y", "e@y")) == ["a@x", "d@y", "b@x", "e@y", "c@x"]


def test_a_provider_that_must_wait_delays_no_other():
    queue = queue_of("a@x", "b@x", "d@y", "e@y")
    queue.put_back(queue.next(), 60, hold_all=False)
    assert drain(queue) == ["d@y", "e@y"]
    assert len(queue) == 2
    assert 59 < queue.seconds_to_wait() <= 60


def test_a_job_that_was_put_back_comes_first_again():
    queue = queue_of("a@x", "b@x")
    queue.put_back(queue.next(), 0, hold_all=False)
    assert drain(queue) == ["a@x", "b@x"]


def test_a_limit_for_all_delays_all():
    queue = queue_of("a@x", "d@y")
    queue.put_back(queue.next(), 60, hold_all=True)
    assert drain(queue) == []
    assert len(queue) == 2


def test_an_empty_queue_is_false():
    assert not queue_of()
    assert not drain(queue_of())
