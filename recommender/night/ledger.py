"""The ledger of the night's steps: claims, leases, and which night is due."""

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
RETRY_AFTER = timedelta(minutes=5)  # a failed step is tried again by itself, later each time
MOST_ATTEMPTS = 8
SKEW = timedelta(minutes=10)  # that a machine's clock may be ahead of another's
LOST_CONNECTION = ("08", "57P")  # https://www.postgresql.org/docs/current/errcodes-appendix.html
STOPPED = "its process was told to stop; it starts again"
CUT_OFF = "the database went away meanwhile; it starts again"


class Busy(Exception):
    """Another run holds the step."""


class ClaimLost(Exception):
    """The run was taken for dead and another one has claimed its step; nothing of it may be published."""


@dataclass(frozen=True)
class Claim:
    """The right to write the outcome of one step of one day."""

    day: date
    step: str
    token: str

    def finish(self, summary: dict[str, Any]) -> None:
        """Record the step as done; call it in the transaction that publishes the result.

        Raises ClaimLost, which rolls that transaction back, when another run has taken over.
        """
        now = timezone.now()
        self._write(state=StepState.DONE, finished_at=now, summary=summary, error="", lease_until=now)

    def fail(self, error: str) -> None:
        """Record a failure; the step may be claimed again after a pause that grows with each attempt."""
        now = timezone.now()
        attempts = NightStep.objects.values_list("attempts", flat=True).get(day=self.day, step=self.step)
        pause = RETRY_AFTER * min(attempts, MOST_ATTEMPTS)
        self._write(state=StepState.FAILED, finished_at=now, error=error[:2000], lease_until=now + pause)

    def put_off(self, reason: str) -> None:
        """Record that there is nothing to work on yet; the step is tried again after a pause."""
        now = timezone.now()
        self._write(state=StepState.WAITING, finished_at=now, summary={"reason": reason}, lease_until=now + RETRY_AFTER)

    def hand_back(self, reason: str) -> None:
        """Record that the run was broken off from outside; the step may be claimed again at once."""
        now = timezone.now()
        self._write(state=StepState.WAITING, finished_at=now, summary={"reason": reason}, lease_until=now)

    def note(self, progress: dict[str, Any]) -> None:
        """Say how far the run is."""
        self._write(summary=progress, lease_until=timezone.now() + settings.LEASE)

    def renew(self) -> None:
        """Say that the run is alive."""
        self._write(lease_until=timezone.now() + settings.LEASE)

    def _write(self, **columns: Any) -> None:
        mine = NightStep.objects.filter(day=self.day, step=self.step, claim=self.token, state=StepState.RUNNING)
        if not mine.update(**columns):
            raise ClaimLost(f"{self.step} of {self.day} was taken over by another run")


@contextmanager
def claim_step(day: date, step: str, *, force: bool = False, during: str = "") -> Iterator[Claim]:
    """Hold the step while the block runs, renewing the lease beside it; an exception is recorded and goes on.

    force   also claims a step that is done, or failed a moment ago
    during  the step of the same day that this is a part of, and that must be running

    Raises Busy when the step is done, or a live run or its pause holds it, or `during` does not run.
    """
    with transaction.atomic():
        if during:
            _check_running(day, during)
        claim = _claim(day, step, force)
    stop = Event()
    heart = Thread(target=_beat, args=(claim, stop), name=f"lease of {step}", daemon=True)
    heart.start()
    try:
        yield claim
    except (SystemExit, KeyboardInterrupt):
        _close(claim, lambda: claim.hand_back(STOPPED))
        raise
    except BaseException as error:
        words, cut_off = f"{type(error).__name__}: {error}", _is_cut_off(error)
        _close(claim, lambda: claim.hand_back(CUT_OFF) if cut_off else claim.fail(words))
        raise
    finally:
        stop.set()
        heart.join()


def is_done(day: date, step: str) -> bool:
    return NightStep.objects.filter(_done(timezone.now()), day=day, step=step).exists()


def may_start(day: date, step: str) -> bool:
    """Neither done nor held by a live run, nor pausing after a failure."""
    now = timezone.now()
    return not NightStep.objects.filter(_done(now) | _held(now), day=day, step=step).exists()


def _done(now: datetime) -> Q:
    """What was finished in the future was done by a clock that was wrong, on what there was then, and counts not."""
    return Q(state=StepState.DONE) & ~Q(finished_at__gt=now + SKEW)


def _held(now: datetime) -> Q:
    """By a live run, or pausing; a lease that ends later than any that is given now is of a clock that was wrong."""
    longest = max(settings.LEASE, MOST_ATTEMPTS * RETRY_AFTER) + SKEW
    return ~Q(state=StepState.DONE) & Q(lease_until__gt=now, lease_until__lte=now + longest)


def _claim(day: date, step: str, force: bool) -> Claim:
    now = timezone.now()
    token = secrets.token_hex(16)
    fresh = {"state": StepState.RUNNING, "claim": token, "started_at": now, "lease_until": now + settings.LEASE}
    try:
        with transaction.atomic():
            NightStep.objects.create(day=day, step=step, **fresh)
        return Claim(day, step, token)
    except IntegrityError:
        free = NightStep.objects.filter(day=day, step=step)
        taken = _held(now) & Q(state=StepState.RUNNING) if force else _held(now) | _done(now)
        free = free.exclude(taken)
        if not free.update(**fresh, attempts=F("attempts") + 1, finished_at=None, error="", summary={}):
            raise Busy(f"{step} of {day} is done or being done by another run") from None
        return Claim(day, step, token)


def _check_running(day: date, step: str) -> None:
    """Hold the row of a running step, so that the step is not finished before the transaction ends."""
    running = NightStep.objects.select_for_update().filter(day=day, step=step, state=StepState.RUNNING)
    if running.first() is None:
        raise Busy(f"{step} of {day} does not run")


def _is_cut_off(error: BaseException) -> bool:
    """Whether the run ended since its connection to the database did; there will be a new one for what is written.

    By PostgreSQL's codes; an error without one is of a connection that nothing came through any more. What cleaned up
    on the way here may have connected anew.
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
    """Write how a run ended. Without a database it cannot; then the lease ends by itself."""
    try:
        with transaction.atomic():
            write()
    except ClaimLost:
        log.warning(
            "%s of %s ended after another run had taken over, or its outcome was written", claim.step, claim.day
        )
    except Error as error:
        log.warning(
            "the end of %s of %s is not in the ledger and waits for its lease: %s", claim.step, claim.day, error
        )


def _beat(claim: Claim, stop: Event) -> None:
    """Renew the lease until told to stop; a lost claim ends it, and `finish` will say so.

    A database that cannot be reached at one beat is asked again at the next.
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


def due(now: datetime, night_hour: int) -> date:
    """The day whose night has begun: today from `night_hour` (UTC) on, yesterday before."""
    return now.date() if now.hour >= night_hour else now.date() - timedelta(days=1)
