"""The steps of a night in order: fetch, encode, train, judge, promote or refuse, rank."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from recommender.engine.data import Report
from recommender.night import encode, ledger, rank_everyone, train
from recommender.night.ledger import Claim

from .sources.fetch import fetch_due
from .sources.inbox import fetch_inbox

log = logging.getLogger(__name__)
Step = Callable[[Claim, Report], dict[str, Any]]


def fetch(claim: Claim, report: Report) -> dict[str, Any]:
    """Import the inbox and fetch what is due at the sources.

    The summary includes failures of sources. The night continues with the papers that arrived, and a failed source is
    fetched again later.
    """
    inbox = fetch_inbox(claim.day)
    for name, counts in inbox.items():
        report(f"{name}: {counts}")
    fetched = fetch_due(timezone.now(), report)
    for source_report in fetched.values():
        for answer in source_report.answers:
            report(f"{source_report.source.label}, {answer}")
    summary = {"inbox": inbox} | {name: source_report.as_dict() for name, source_report in fetched.items()}
    claim.finish(summary)
    return summary


STEPS: dict[str, Step] = {
    "fetch": fetch,
    "encode": encode.encode,
    "train": train.train,
    "judge": train.judge,
    "promote": train.promote,
    "rank": rank_everyone.rank_everyone,
}


def run(
    day: date,
    step: str,
    report: Report = log.info,
    *,
    force: bool = False,
    on_claim: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Run one step of the day's night and record it.

    Raises ledger.Busy if it is done or another run holds it.

    on_claim  called when this run has claimed the step
    """
    with ledger.hold(day, step, force=force) as claim:
        on_claim()
        return STEPS[step](claim, report)


def next_step(day: date) -> str | None:
    """Return the first missing step.

    Returns None if all are done or another run holds it, since steps run in order.
    """
    missing = next((step for step in STEPS if not ledger.is_done(day, step)), None)
    return missing if missing and ledger.may_start(day, missing) else None
