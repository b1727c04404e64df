"""Limit the mails per minute, in total and for each provider, across all processes.

Each limit is a row that says when the next mail may leave. Each mail moves that time on by its share of a minute (the
generic cell rate algorithm); up to one second's worth of mails may leave at once.
"""

import heapq
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from feeds.models import Delivery, Host

BURST = timedelta(seconds=1)
ALL_MAILS = "mails"  # the name of the row; the providers' rows are called "mails to ..."


class RateLimited(Exception):
    """The limit of mails per minute is reached.

    No mail may leave for `seconds` to this provider, or with `to_all` to anybody.
    """

    def __init__(self, seconds: float, *, to_all: bool) -> None:
        super().__init__(f"the limit of mails per minute is reached; the next may leave in {seconds:.1f} s")
        self.seconds = seconds
        self.to_all = to_all


def provider(address: str) -> str:
    """Return the domain, whose limit a mail to this address counts against."""
    return address.rpartition("@")[2].strip().lower()


def acquire(address: str) -> None:
    """Count one mail to this address.

    Raises RateLimited, and counts nothing, if it may not leave yet.
    """
    limits = [
        (ALL_MAILS, settings.MAILS_PER_MINUTE),
        (f"mails to {provider(address)}"[:200], settings.MAILS_PER_MINUTE_AND_PROVIDER),
    ]
    with transaction.atomic():
        for name, per_minute in limits:
            if not per_minute or _count_mail(name, per_minute):  # 0 a minute means: no limit
                continue
            Host.objects.get_or_create(name=name, defaults={"free_at": Now() - BURST})
            if not _count_mail(name, per_minute):
                free_at, now = Host.objects.values_list("free_at", Now()).get(name=name)
                raise RateLimited(max((free_at - now).total_seconds(), 0.01), to_all=name == ALL_MAILS)


def _count_mail(name: str, per_minute: int) -> bool:
    """Move the row's time forward by one mail.

    Returns False if its time has not come or there is no such row.
    """
    one_mail = timedelta(minutes=1) / per_minute
    free = Host.objects.filter(name=name, free_at__lte=Now())
    return bool(free.update(free_at=Greatest(F("free_at"), Now() - BURST) + one_mail))


@dataclass(frozen=True)
class Job:
    """One mail to send.

    `claim` returns its row if this process may send it, and raises RateLimited if not yet.
    """

    address: str
    claim: Callable[[datetime], Delivery | None]


class Queue:
    """Jobs by provider, which take turns.

    Each provider has a time before which it is not tried.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs: defaultdict[str, deque[Job]] = defaultdict(deque)
        self._turns: list[tuple[float, int, str]] = []  # monotonic time, order, provider
        self._order = count()
        self._all_wait_until = 0.0
        for job in jobs:
            self._jobs[provider(job.address)].append(job)
        for name in self._jobs:
            self._add_turn(name)

    def __len__(self) -> int:
        return sum(map(len, self._jobs.values()))

    def seconds_to_wait(self) -> float:
        """Return the seconds until `next` may be called.

        The queue must not be empty.
        """
        return max(self._turns[0][0], self._all_wait_until) - time.monotonic()

    def next(self) -> Job:
        _, _, name = heapq.heappop(self._turns)
        job = self._jobs[name].popleft()
        self._add_turn(name)
        return job

    def put_back(self, job: Job, seconds: float, *, hold_all: bool) -> None:
        """Put the job first in its provider's queue after some seconds.

        `hold_all` delays all other jobs too.
        """
        name = provider(job.address)
        self._jobs[name].appendleft(job)
        self._turns = [turn for turn in self._turns if turn[2] != name]
        heapq.heapify(self._turns)
        self._add_turn(name, seconds)
        if hold_all:
            self._all_wait_until = time.monotonic() + seconds

    def _add_turn(self, name: str, seconds: float = 0.0) -> None:
        if self._jobs[name]:
            heapq.heappush(self._turns, (time.monotonic() + seconds, next(self._order), name))
