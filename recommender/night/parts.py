"""A step of the night in parts that several workers share.

Each part is claimed in the ledger like a step. The run that holds the step does every part that nobody else does and
waits for the others; helpers do parts for as long as it runs. If it dies, the parts that are done stay done; when the
step is finished, its parts leave the ledger.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from recommender.models import NightStep, StepState

from . import ledger
from .ledger import Busy, Claim

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5
Work = Callable[[int], int]
Failures = tuple[type[Exception], ...]


def do_every(claim: Claim, numbers: Collection[int], work: Work, *, failures: Failures = ()) -> int:
    """Wait until every part is done, here or by helpers.

    Returns the sum of what `work` returned. A part that fails here fails the step; one that failed elsewhere is tried
    again after its pause.

    failures  exceptions of `work` that the step survives; a part that raised one is over, see `failed`
    """
    while left := _left(claim.day, claim.step, numbers):
        claim.report({"parts": len(numbers), "parts_done": len(numbers) - len(left)})
        if not _do_one(claim.day, claim.step, left, work, failures):
            time.sleep(POLL_SECONDS)
    done = _parts(claim.day, claim.step).values_list("summary", flat=True)
    return sum(summary.get("made", 0) for summary in done)


def do_free(day: date, step: str, numbers: Collection[int], work: Work, *, failures: Failures = ()) -> int:
    """Do free parts of a step that another run holds.

    Returns how many were done.
    """
    count = 0
    while _do_one(day, step, _left(day, step, numbers), work, failures):
        count += 1
    return count


def failed(claim: Claim) -> dict[str, str]:
    """The error of each part that failed in a way that the step survives."""
    rows = _parts(claim.day, claim.step).order_by("step").values_list("step", "summary")
    return {part: summary["error"] for part, summary in rows if "error" in summary}


def finish(claim: Claim, summary: dict[str, Any]) -> None:
    """Record the whole step as done and delete its parts."""
    with transaction.atomic():
        claim.finish(summary)
        _parts(claim.day, claim.step).delete()


def part_of(step: str, number: int) -> str:
    return f"{step}:{number}"


def _do_one(day: date, step: str, numbers: Collection[int], work: Work, failures: Failures) -> bool:
    """Do the first of these parts that is free.

    Returns False if none is.
    """
    for number in numbers:
        try:
            with ledger.hold(day, part_of(step, number), during=step) as part:
                try:
                    summary: dict[str, Any] = {"made": work(number)}
                except failures as error:
                    log.error("%s of %s failed: %s", part.step, day, error)
                    summary = {"error": str(error)[:300]}
                part.finish(summary)
        except Busy:
            continue
        except ledger.ClaimLost as lost:
            log.warning("%s", lost)
        return True
    return False


def _left(day: date, step: str, numbers: Collection[int]) -> list[int]:
    """The numbers of the parts that are not done."""
    done = set(_parts(day, step).filter(state=StepState.DONE).values_list("step", flat=True))
    return [number for number in numbers if part_of(step, number) not in done]


def _parts(day: date, step: str) -> QuerySet[NightStep]:
    return NightStep.objects.filter(day=day, step__startswith=f"{step}:")
