"""The ledger of the night's steps.

Which step of which day is done, and who may work on it now. A lease keeps two runs from doing the same work, and lets
another run take over from one that died:

claim   take the row, if nobody holds it, with a new token and a lease that ends after `settings.LEASE`
renew   extend the lease while the work goes on
finish  write the outcome; only the holder of the token can, so that an overtaken run publishes nothing
fail    write the error; the row can be claimed again after a pause
due     what is to be done now

The other leases of the project use the same verbs: fetches, turns at a host, deliveries and webhook messages.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.db import Error, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from recommender.models import NightStep, StepState

log = logging.getLogger(__name__)
RETRY_AFTER = timedelta(minutes=5)  # pause after the first failure; it grows with each attempt ...
MOST_ATTEMPTS = 8  # ... up to this one
SKEW = timedelta(minutes=10)  # how far a machine's clock may be ahead of another's
LOST_CONNECTION = ("08", "57P")  # https://www.postgresql.org/docs/current/errcodes-appendix.html
STOPPED = "its process was stopped; the step starts again"
CUT_OFF = "the database connection was lost; the step starts again"


class Busy(Exception):
    """Another run holds the step."""


class ClaimLost(Exception):
    """Another run has claimed the step since.

    This run must publish nothing.
    """


@dataclass(frozen=True)
class Claim:
    """The right to write the outcome of one step of a day.

    Every method raises ClaimLost if it was lost.
    """

    day: date
    step: str
    token: str

    def renew(self) -> None:
        """Extend the lease."""
        self._write(lease_until=timezone.now() + settings.LEASE)

    def report(self, progress: dict[str, Any]) -> None:
        """Extend the lease and record how far the run is."""
        self._write(summary=progress, lease_until=timezone.now() + settings.LEASE)

    def finish(self, summary: dict[str, Any]) -> None:
        """Record the step as done.

        Call it in the transaction that publishes the result. Raises ClaimLost, which rolls that transaction back, if
        another run has taken over.
        """
        now = timezone.now()
        self._write(state=StepState.DONE, finished_at=now, summary=summary, error="", lease_until=now)

    def fail(self, error: str) -> None:
        """Record a failure.

        The step may be claimed again after a pause that grows with each attempt.
        """
        now = timezone.now()
        attempts = NightStep.objects.values_list("attempts", flat=True).get(day=self.day, step=self.step)
        pause = RETRY_AFTER * min(attempts, MOST_ATTEMPTS)
        self._write(state=StepState.FAILED, finished_at=now, error=error[:2000], lease_until=now + pause)

    def postpone(self, reason: str) -> None:
        """Record that there is nothing to work on yet.

        The step is tried again after a pause.
        """
        now = timezone.now()
        self._write(state=StepState.WAITING, finished_at=now, summary={"reason": reason}, lease_until=now + RETRY_AFTER)

    def release(self, reason: str) -> None:
        """Record that the run was interrupted.

        The step may be claimed again at once.
        """
        now = timezone.now()
        self._write(state=StepState.WAITING, finished_at=now, summary={"reason": reason}, lease_until=now)

    def _write(self, **columns: Any) -> None:
        mine = NightStep.objects.filter(day=self.day, step=self.step, claim=self.token, state=StepState.RUNNING)
        if not mine.update(**columns):
            raise ClaimLost(f"{self.step} of {self.day} was taken over by another run")


def claim(day: date, step: str, *, force: bool = False) -> Claim:
    """Take the step.

    Raises Busy if it is done, held by a live run, or pausing.

    force  also take a step that is done or pausing
    """
    now = timezone.now()
    token = secrets.token_hex(16)
    running = {"state": StepState.RUNNING, "claim": token, "started_at": now, "lease_until": now + settings.LEASE}
    try:
        with transaction.atomic():
            NightStep.objects.create(day=day, step=step, **running)
    except IntegrityError:
        not_free = _held(now) & Q(state=StepState.RUNNING) if force else _held(now) | _done(now)
        free = NightStep.objects.filter(day=day, step=step).exclude(not_free)
        if not free.update(**running, attempts=F("attempts") + 1, finished_at=None, error="", summary={}):
            raise Busy(f"{step} of {day} is done or being done by another run") from None
    return Claim(day, step, token)


@contextmanager
def hold(day: date, step: str, *, force: bool = False, during: str = "") -> Iterator[Claim]:
    """Claim the step and renew the lease while the block runs.

    A thread renews it; an exception is recorded and re-raised.

    force   as in `claim`
    during  the step of the same day that this one is a part of, and that must be running

    Raises Busy as `claim` does, and if `during` is not running.
    """
    with transaction.atomic():
        if during:
            # lock the row, so that the whole step is not finished before this transaction ends
            rows = NightStep.objects.select_for_update().filter(day=day, step=during, state=StepState.RUNNING)
            if rows.first() is None:
                raise Busy(f"{during} of {day} is not running")
        held = claim(day, step, force=force)
    stop = Event()
    renewal = Thread(target=_renew_until, args=(held, stop), name=f"lease of {step}", daemon=True)
    renewal.start()
    try:
        yield held
    except (SystemExit, KeyboardInterrupt):
        _close(held, lambda: held.release(STOPPED))
        raise
    except BaseException as error:
        message, cut_off = f"{type(error).__name__}: {error}", _is_cut_off(error)
        _close(held, lambda: held.release(CUT_OFF) if cut_off else held.fail(message))
        raise
    finally:
        stop.set()
        renewal.join()


def is_done(day: date, step: str) -> bool:
    return NightStep.objects.filter(_done(timezone.now()), day=day, step=step).exists()


def may_start(day: date, step: str) -> bool:
    """Whether the step may start.

    It must not be done, held by a live run, or pausing after a failure.
    """
    now = timezone.now()
    return not NightStep.objects.filter(_done(now) | _held(now), day=day, step=step).exists()


def due(now: datetime, night_hour: int) -> date:
    """The day whose night has begun.

    Today from `night_hour` (UTC) on, yesterday before.
    """
    return now.date() if now.hour >= night_hour else now.date() - timedelta(days=1)


def _done(now: datetime) -> Q:
    """Whether the step is done.

    One done at a future time does not count: a wrong clock did it with another day's data.
    """
    return Q(state=StepState.DONE) & ~Q(finished_at__gt=now + SKEW)


def _held(now: datetime) -> Q:
    """Whether the step is held by a live run, or pausing.

    A lease that ends later than any given now comes from a wrong clock.
    """
    longest = max(settings.LEASE, MOST_ATTEMPTS * RETRY_AFTER) + SKEW
    return ~Q(state=StepState.DONE) & Q(lease_until__gt=now, lease_until__lte=now + longest)


def _is_cut_off(error: BaseException) -> bool:
    """Whether the run ended because its database connection did.

    A new connection is ready afterwards. PostgreSQL's error codes tell; an error without a code comes from a connection
    that is gone. Cleaning up on the way here may have connected again.
    """
    if not isinstance(error, OperationalError | InterfaceError) or connection.in_atomic_block:
        return False
    code = getattr(error.__cause__, "sqlstate", "")
    if not (code is None or code.startswith(LOST_CONNECTION)):
        return False
    if not connection.is_usable():
        connection.close()
    return True


def _close(claim: Claim, write: Callable[[], None]) -> None:
    """Write how a run ended.

    If the database is unavailable, the lease ends by itself.
    """
    try:
        with transaction.atomic():
            write()
    except ClaimLost:
        log.warning(
            "%s of %s ended after another run had taken over, or its outcome was written", claim.step, claim.day
        )
    except Error as error:
        log.warning(
            "the end of %s of %s could not be recorded; the step is free when its lease ends: %s",
            claim.step,
            claim.day,
            error,
        )


def _renew_until(claim: Claim, stop: Event) -> None:
    """Renew the lease until `stop` is set or the claim is lost.

    `finish` reports a lost claim. If the database cannot be reached, the next renewal tries again.
    """
    while not stop.wait(settings.LEASE.total_seconds() / 3):
        try:
            claim.renew()
        except ClaimLost as lost:
            log.warning("%s", lost)
            return
        except Error as error:
            log.warning("the lease of %s of %s was not renewed: %s", claim.step, claim.day, error)
        finally:
            connection.close()
