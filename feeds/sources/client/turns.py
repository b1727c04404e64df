"""Turns: one request at a time to a service, with pauses.

They hold for all processes and machines. A turn is a row that is claimed by a conditional update. A claim expires, so a
killed process delays nobody for longer than its request may take.
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

LONGEST_SLEEP = 0.25  # seconds; a turn may end before its time


@contextmanager
def turn(service: Service, until: float) -> Iterator[None]:
    """Hold the service's turn while the block runs.

    until  the `time.monotonic()` at which waiting ends

    Raises SourceFailed if the turn did not come by then, or the service rests for longer.
    """
    while (seconds := _seconds_of_rest(service.place)) > 0:
        if seconds > until - time.monotonic():
            ends = timezone.now() + timedelta(seconds=seconds)
            what = f"it asked for a pause until {ends:%H:%M:%S} UTC"
            raise SourceFailed(service.host, what, "it is tried again then", ends)
        time.sleep(min(seconds, LONGEST_SLEEP))
    Host.objects.get_or_create(name=service.turn)
    token = secrets.token_hex(16)
    while not _claim(service, token):
        left = until - time.monotonic()
        if left <= 0:
            raise SourceFailed(service.host, "another request is under way", "it is tried again later")
        time.sleep(min(left, LONGEST_SLEEP, max(_seconds_of_rest(service.turn), 0.001)))
    try:
        yield
    finally:
        pause = timedelta(seconds=service.pause)
        Host.objects.filter(name=service.turn, holder=token).update(holder="", free_at=Now() + pause)


def rest(service: Service, seconds: float) -> None:
    """Let all processes pause requests to this service.

    A longer pause is not shortened.
    """
    free_at = Now() + timedelta(seconds=seconds)
    with transaction.atomic(durable=True):
        Host.objects.get_or_create(name=service.place)
        Host.objects.filter(name=service.place).update(free_at=Greatest(F("free_at"), free_at))


def _claim(service: Service, token: str) -> bool:
    """Try to claim the turn.

    The claim expires a little after the request must have ended.
    """
    longest = timedelta(seconds=1.1 * service.whole + 1)
    with transaction.atomic(durable=True):  # seen by all others before the request begins
        free = Host.objects.filter(name=service.turn, free_at__lte=Now())
        return bool(free.update(holder=token, free_at=Now() + longest))


def _seconds_of_rest(name: str) -> float:
    """The seconds until the host is free; 0 without a row.

    The time is that of the database's clock, which all machines share.
    """
    row = Host.objects.filter(name=name).values_list("free_at", Now()).first()
    return (row[0] - row[1]).total_seconds() if row else 0.0
