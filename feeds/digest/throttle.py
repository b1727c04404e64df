"""How many mails may leave in a minute, in all and to one provider, from all processes together.

Each limit is a row that says when the next mail may go; taking a turn moves it on by the time that one mail is worth
(the generic cell rate algorithm, with a second's worth of mails that may go at once).
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
ALL_MAILS = "mails"  # the row's name; those of providers go on after it


class RateLimited(Exception):
    """No mail may leave for so many seconds, to this provider or, with `to_all`, to anybody."""

    def __init__(self, seconds: float, *, to_all: bool) -> None:
        super().__init__(f"the limit of mails per minute is reached; the next may leave in {seconds:.1f} s")
        self.seconds = seconds
        self.to_all = to_all


def provider(address: str) -> str:
    """Whose limit a mail to this address counts against: the domain."""
    return address.rpartition("@")[2].strip().lower()


def acquire(address: str) -> None:
    """Count one mail to this address; raises Wait, with nothing counted, when it may not leave yet."""
    with transaction.atomic():
        _take(ALL_MAILS, settings.MAILS_PER_MINUTE)
        _take(f"mails to {provider(address)}"[:200], settings.MAILS_PER_MINUTE_AND_PROVIDER)


def _take(name: str, per_minute: int) -> None:
    """0 a minute means: no limit."""
    if not per_minute or _move_on(name, per_minute):
        return
    Host.objects.get_or_create(name=name, defaults={"free_at": Now() - BURST})
    if not _move_on(name, per_minute):
        free_at, now = Host.objects.values_list("free_at", Now()).get(name=name)
        raise RateLimited(max((free_at - now).total_seconds(), 0.01), to_all=name == ALL_MAILS)


def _move_on(name: str, per_minute: int) -> bool:
    one_mail = timedelta(minutes=1) / per_minute
    free = Host.objects.filter(name=name, free_at__lte=Now())
    return bool(free.update(free_at=Greatest(F("free_at"), Now() - BURST) + one_mail))


@dataclass(frozen=True)
class Job:
    """One mail to send; `claim` gives its row if it is ours to send, and raises pace.Wait when it may not leave yet."""

    address: str
    claim: Callable[[datetime], Delivery | None]


class Queue:
    """Jobs by provider, each provider with the moment from which it may be tried; they take turns."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs: defaultdict[str, deque[Job]] = defaultdict(deque)
        self._turns: list[tuple[float, int, str]] = []  # monotonic time, order, provider
        self._order = count()
        self._all_wait_until = 0.0
        for job in jobs:
            self._jobs[provider(job.address)].append(job)
        for name in self._jobs:
            self._come_back(name)

    def __len__(self) -> int:
        return sum(map(len, self._jobs.values()))

    def seconds_to_wait(self) -> float:
        """Until `next` may be called; the queue is not empty."""
        return max(self._turns[0][0], self._all_wait_until) - time.monotonic()

    def next(self) -> Job:
        _, _, name = heapq.heappop(self._turns)
        job = self._jobs[name].popleft()
        self._come_back(name)
        return job

    def put_back(self, job: Job, seconds: float, *, hold_all: bool) -> None:
        """The job that was taken last comes first again, after so long; with `hold_all`, so do all others."""
        name = provider(job.address)
        self._jobs[name].appendleft(job)
        self._turns = [turn for turn in self._turns if turn[2] != name]
        heapq.heapify(self._turns)
        self._come_back(name, seconds)
        if hold_all:
            self._all_wait_until = time.monotonic() + seconds

    def _come_back(self, name: str, seconds: float = 0.0) -> None:
        if self._jobs[name]:
            heapq.heappush(self._turns, (time.monotonic() + seconds, next(self._order), name))
