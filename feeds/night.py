"""The whole night in order: fetch, train, judge, promote or refuse, rank; what is missing is started again."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from recommender.night import ledger, rank_everyone, train
from recommender.night.ledger import Claim

from .sources.fetch import fetch_due
from .sources.inbox import fetch_inbox

log = logging.getLogger(__name__)

Say = Callable[[str], None]
Step = Callable[[Claim, Say], dict[str, Any]]


def fetch(claim: Claim, say: Say) -> dict[str, Any]:
    """Bring in the inbox and whatever is due at the sources.

    A source that fails is in the summary, and the night goes on with the papers that there are; the source is asked
    again later.
    """
    outcome = fetch_inbox(claim.day)
    for name, counts in outcome.items():
        say(f"{name}: {counts}")
    reports = fetch_due(timezone.now(), say)
    for report in reports.values():
        for answer in report.answers:
            say(f"{report.source.label}, {answer}")
    summary = {"inbox": outcome} | {name: report.as_dict() for name, report in reports.items()}
    claim.finish(summary)
    return summary


STEPS: dict[str, Step] = {
    "fetch": fetch,
    "train": train.train,
    "judge": train.judge,
    "promote": train.promote,
    "rank": rank_everyone.rank_everyone,
}


def run(
    day: date, step: str, say: Say = log.info, *, force: bool = False, held: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Run one step of the day's night and record it; raises ledger.Busy when it is done or in other hands.

    held  is called when the step is in our hands
    """
    with ledger.hold(day, step, force=force) as claim:
        held()
        return STEPS[step](claim, say)


def next_step(day: date) -> str | None:
    """The first step that is not done, if nobody holds it; steps go in order, so a held one holds up the rest."""
    missing = next((step for step in STEPS if not ledger.is_done(day, step)), None)
    return missing if missing and ledger.may_start(day, missing) else None
