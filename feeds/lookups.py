"""Papers of a reader's library that the catalogue lacks: asked for at arXiv, a few at a time, and stored."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import User
from recommender.textfiles import Rejected

from .sources.by_id import papers_by_id
from .sources.client.service import SourceFailed
from .sources.ingest import Summary, store

log = logging.getLogger(__name__)

AT_ONCE, PER_DAY = 50, 10  # ids of one question, questions of a reader in a day
SECONDS = 8.0  # that the reader waits for arXiv
_DAY = 86_400  # seconds


def look_up(reader: User, arxiv_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Bring the first `AT_ONCE` of these papers into the catalogue; why each of the others is not there, by id.

    They are listed on the days that arXiv announced them, not today.
    """
    if "arxiv" not in settings.SOURCES:
        return dict.fromkeys(arxiv_ids, "it is not in the catalogue, and this site does not ask arXiv")
    wanted, later = arxiv_ids[:AT_ONCE], arxiv_ids[AT_ONCE:]
    if wanted and not _may_ask(reader, now):
        return dict.fromkeys(arxiv_ids, f"arXiv is asked {PER_DAY} times a day for each member; come back tomorrow")
    too_many = f"arXiv is asked for {AT_ONCE} papers at a time; bring the library again for the next"
    return _asked(wanted, now) | dict.fromkeys(later, too_many)


def _asked(wanted: Sequence[str], now: datetime) -> dict[str, str]:
    if not wanted:
        return {}
    try:
        told = papers_by_id(list(wanted), SECONDS)
    except SourceFailed as failure:
        log.warning("%d papers of a library were not asked for: %s", len(wanted), failure)
        return dict.fromkeys(wanted, "arXiv does not answer now; try again later")
    with transaction.atomic():
        store([row for row in told.values() if not isinstance(row, Rejected)], now.date(), Summary())
    return {given: row.reason.removeprefix(f"{given}: ") for given, row in told.items() if isinstance(row, Rejected)}


def _may_ask(reader: User, now: datetime) -> bool:
    """Counts the questions of the day (UTC), under a name that does not give the reader's id away."""
    key = f"lookups:{salted_hmac('lookups', str(reader.pk)).hexdigest()}:{now.date()}"
    cache.add(key, 0, _DAY)
    try:
        return cache.incr(key) <= PER_DAY
    except ValueError:  # the cache was emptied since the line before
        cache.set(key, 1, _DAY)
        return True
