"""Limits of mails per minute, shared by all who send."""

import time
from datetime import timedelta

import pytest
from django.db.models import F

from feeds.digest import throttle
from feeds.digest.throttle import RateLimited
from feeds.models import Host
from tests.threads import all_at_once, commits


def taken(address: str, tries: int) -> int:
    """How many of so many mails may leave at once."""
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


def test_without_limits_nothing_waits_and_nothing_is_counted(db):
    assert taken("ada@example.org", 20) == 20
    assert not Host.objects.exists()


def test_at_most_a_seconds_worth_leaves_at_once(settings, db):
    settings.MAILS_PER_MINUTE = 120  # two a second: that much, and the one whose time has come
    assert taken("ada@example.org", 20) == 3


def test_who_must_wait_is_told_how_long_and_for_whom(settings, db):
    settings.MAILS_PER_MINUTE_AND_PROVIDER = 6
    throttle.acquire("ada@example.org")
    with pytest.raises(RateLimited) as caught:
        throttle.acquire("bob@EXAMPLE.org")
    assert 8 < caught.value.seconds <= 10  # ten seconds a mail, less the second's worth
    assert not caught.value.to_all


def test_one_providers_limit_does_not_hold_up_another(settings, db):
    settings.MAILS_PER_MINUTE_AND_PROVIDER = 6
    assert taken("ada@example.org", 5) == 1
    assert taken("ada@example.net", 5) == 1


def test_a_mail_that_its_provider_holds_up_does_not_count_against_the_limit_of_all(settings, db):
    settings.MAILS_PER_MINUTE, settings.MAILS_PER_MINUTE_AND_PROVIDER = 600, 6
    taken("ada@example.org", 1)
    before = Host.objects.get(name=throttle.ALL_MAILS).free_at
    assert taken("ada@example.org", 9) == 0
    assert Host.objects.get(name=throttle.ALL_MAILS).free_at == before


def test_the_limit_of_all_holds_up_everybody(settings, db):
    settings.MAILS_PER_MINUTE = 6
    throttle.acquire("ada@example.org")
    with pytest.raises(RateLimited) as caught:
        throttle.acquire("bob@example.net")
    assert caught.value.to_all


def test_after_its_time_the_next_mail_leaves(settings, db):
    settings.MAILS_PER_MINUTE = 60
    taken("ada@example.org", 9)
    assert taken("ada@example.org", 1) == 0
    Host.objects.update(free_at=F("free_at") - timedelta(seconds=1))
    assert taken("ada@example.org", 9) == 1


def test_a_long_pause_saves_up_no_more_than_a_second(settings, db):
    settings.MAILS_PER_MINUTE = 120
    throttle.acquire("ada@example.org")
    Host.objects.update(free_at=F("free_at") - timedelta(hours=1))
    assert taken("ada@example.org", 20) == 3


@commits
def test_four_at_once_share_one_limit(settings):
    settings.MAILS_PER_MINUTE = 60
    began = time.monotonic()
    counts = all_at_once(*[lambda: taken("ada@example.org", 20)] * 4)
    assert sum(counts) <= 2 + (time.monotonic() - began)
