"""The order of sending: what waits for one provider's limit does not hold up the mails to the others."""

import heapq
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from feeds.models import Delivery

from .pace import provider


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
