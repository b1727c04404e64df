"""The tasks that run every few minutes: fetch papers, send digests, send webhook messages."""

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from feeds.digest import send
from feeds.sources import fetch
from feeds.sources.freshness import freshness
from feeds.sources.submissions import submit_waiting
from feeds.webhooks import send as webhooks

log = logging.getLogger(__name__)
DIGEST_SECONDS = 45.0  # of sending in one tick, after which a worker with one slot does other work
WEBHOOK_SECONDS = 30.0  # a message due sooner than this does not wait for the next tick


@shared_task(name="feeds.fetch_tick")
def fetch_tick() -> dict[str, Any]:
    """Fetch what is due, every few minutes.

    Also adds papers that readers submitted, and logs late sources. A worker with one slot runs this between two steps
    of the night; a worker started with `-Q fetch` is never delayed.
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
    """Send the digests that are due, every minute.

    Stops shortly before the next tick.
    """
    return dict(send.send_due(seconds=DIGEST_SECONDS))


@shared_task(name="feeds.webhook_tick")
def webhook_tick() -> dict[str, int]:
    """Send webhook messages, every minute.

    Runs sooner if a retry is due sooner.
    """
    summary = webhooks.send_due()
    seconds = webhooks.seconds_until_due(timezone.now())
    if seconds is not None and seconds < WEBHOOK_SECONDS:
        webhook_tick.apply_async(countdown=seconds, expires=2 * WEBHOOK_SECONDS)
    return summary
