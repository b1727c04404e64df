"""Turns: one request at a time to those who want it so, from all processes and machines, with a pause after each.

A turn is a row that is claimed by a conditional update. A claim ends by itself, so a killed process holds nobody up
for longer than its request may take.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from feeds.models import Host

from .service import Service, SourceFailed

LONGEST_LOOK_AWAY = 0.25  # seconds; a turn may end before its time


@contextmanager
def turn(service: Service, until: float) -> Iterator[None]:
    """Hold the service's turn while the block runs.

    until  a `time.monotonic()` after which nobody waits any longer

    Raises SourceFailed when the turn did not come, or its rest ends later than that.
    """
    _await_rest(service, until)
    token = _await_turn(service, until)
    try:
        yield
    finally:
        _pass_on(service, token)


def rest(service: Service, seconds: float) -> None:
    """Nobody asks this service for so long."""
    free_at = Now() + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):
        Host.objects.get_or_create(name=service.place)
        Host.objects.filter(name=service.place).update(free_at=Greatest(F("free_at"), free_at))


def _await_rest(service: Service, until: float) -> None:
    while (seconds := _seconds_of_rest(service.place)) > 0:
        if seconds > until - time.monotonic():
            raise _resting(service, seconds)
        time.sleep(min(seconds, LONGEST_LOOK_AWAY))


def _await_turn(service: Service, until: float) -> str:
    """The token of the turn once it is ours."""
    Host.objects.get_or_create(name=service.turn)
    token = secrets.token_hex(16)
    while not _claim(service, token):
        left = until - time.monotonic()
        if left <= 0:
            raise SourceFailed(service.host, "another request is under way", "it is asked again later")
        time.sleep(min(left, LONGEST_LOOK_AWAY, max(_seconds_of_rest(service.turn), 0.001)))
    return token


def _claim(service: Service, token: str) -> bool:
    """Whether the turn is ours now; it ends by itself a little after the request must have ended."""
    longest = timedelta(seconds=1.1 * service.whole + 1)
    with transaction.atomic(durable=True):  # seen by all others before the request begins
        free = Host.objects.filter(name=service.turn, free_at__lte=Now())
        return bool(free.update(holder=token, free_at=Now() + longest))


def _pass_on(service: Service, token: str) -> None:
    pause = timedelta(seconds=service.pause)
    Host.objects.filter(name=service.turn, holder=token).update(holder="", free_at=Now() + pause)


def _seconds_of_rest(name: str) -> float:
    """By the database's clock, which all machines share; 0 for a host without a row."""
    found = Host.objects.filter(name=name).values_list("free_at", Now()).first()
    return (found[0] - found[1]).total_seconds() if found else 0.0


def _resting(service: Service, seconds: float) -> SourceFailed:
    ends = timezone.now() + timedelta(seconds=seconds)
    return SourceFailed(service.host, f"it wants to rest until {ends:%H:%M:%S} UTC", "it is asked again then", ends)
