"""Celery's side of the night: the clock that starts what is missing, one task for a step, one for the sources,
one for the digests."""

import logging
from datetime import date
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from recommender.night import ledger, rank_everyone
from recommender.night.ledger import due

from . import night
from .digest import send
from .health import check_jobs
from .sources import fetch
from .sources.freshness import freshness
from .sources.submissions import submit_waiting
from .webhooks import send as webhooks

log = logging.getLogger(__name__)
WEBHOOK_SECONDS = 30.0  # a pause shorter than this does not wait for the next tick
DIGEST_SECONDS = 45.0  # of sending in one tick; a worker with one slot then looks at what else is to be done
QUEUES = {"fetch": "fetch", "train": "train", "judge": "train", "promote": "train", "rank": "rank"}  # of each step
MAX_HELPERS = 16
HELP_SECONDS = 3600


@shared_task(name="feeds.tick")
def tick() -> str | None:
    """Every minute: start the first missing step of the night that is due."""
    check_jobs.note_tick()
    return start_missing(due(timezone.now(), settings.NIGHT_HOUR))


@shared_task(name="feeds.night_step")
def night_step(day: str, step: str) -> str:
    """Run one step and start the one after it; a step in other hands is left alone."""
    try:
        night.run(date.fromisoformat(day), step, held=lambda: _ask_for_help(day, step))
    except ledger.Busy as busy:
        return str(busy)
    start_missing(date.fromisoformat(day))
    return f"{step} of {day} done"


@shared_task(name="feeds.rank_parts")
def rank_parts(day: str) -> int:
    """Help the worker that ranks for all readers, part by part, until none is left; returns how many."""
    return rank_everyone.help_to_rank(date.fromisoformat(day), "rank", log.info)


@shared_task(name="feeds.fetch_tick")
def fetch_tick() -> dict[str, Any]:
    """Every few minutes: ask the sources for what is due, finish what members submitted, and complain of what is late.

    A worker with one slot comes to this between two steps of the night; one started with `-Q fetch` waits for none.
    """
    summary: dict[str, Any] = {name: report.as_dict() for name, report in fetch.fetch_due(timezone.now()).items()}
    if "arxiv" in settings.SOURCES:
        summary["submissions"] = submit_waiting(timezone.now())
    for source in freshness(timezone.now()):
        if source.is_late:
            log.error("%s", source.message)
    return summary


@shared_task(name="feeds.digest_tick")
def digest_tick() -> dict[str, int]:
    """Every minute: send the digests that are due, for as long as the next tick is not due itself."""
    return dict(send.send_due(seconds=DIGEST_SECONDS))


@shared_task(name="feeds.webhook_tick")
def webhook_tick() -> dict[str, int]:
    """Every minute, and sooner where a message is to be tried again sooner: tell the webhooks what happened."""
    summary = webhooks.send_due()
    seconds = webhooks.seconds_until_due(timezone.now())
    if seconds is not None and seconds < WEBHOOK_SECONDS:
        webhook_tick.apply_async(countdown=seconds, expires=2 * WEBHOOK_SECONDS)
    return summary


def start_missing(day: date) -> str | None:
    step = night.next_step(day)
    if step:
        night_step.apply_async((day.isoformat(), step), queue=QUEUES[step])
    return step


def _ask_for_help(day: str, step: str) -> None:
    """Invite other workers to a ranking of many parts; an invitation that comes too late finds nothing to do.

    A broker that is away invites nobody, and the ranking goes on alone.
    """
    helpers = min(len(rank_everyone.part_numbers()) - 1, MAX_HELPERS) if step == "rank" else 0
    try:
        for _ in range(helpers):
            rank_parts.apply_async((day,), expires=HELP_SECONDS)
    except BrokerAway as error:
        log.warning("nobody is asked to help with %s of %s: %s", step, day, error)
