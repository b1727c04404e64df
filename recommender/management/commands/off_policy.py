"""`manage.py off_policy`: what other orders would have earned, estimated from the rankings that explored."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recommender.evidence.off_policy import FEWEST, EstimatedValue, TooFewRankings, estimate_orders


class Command(BaseCommand):
    help = (
        "Estimate the up-votes that other orders would have earned for each ranking, from the logged rankings of "
        "readers who let chance fill some places. Assumed: a place k is looked at 1/log2(k + 1) times as often as "
        "the first one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="look at rankings of so many days back (default: 90)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the estimates there as well")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options["days"], options["json"])
        found = estimate_orders(timezone.now().date() - timedelta(days=options["days"]))
        if isinstance(found, TooFewRankings):
            raise CommandError(
                f"{found.rankings:,} rankings of the last {options['days']:,} days explored; an estimate takes at "
                f"least {FEWEST:,}. More --days, or more readers who let chance fill some places (settings), give more."
            )
        for value in found:
            self.stdout.write(_line(value))
        if options["json"]:
            options["json"].write_text(json.dumps([value.as_dict() for value in found], indent=1))


def _check(days: int, file: Path | None) -> None:
    if not 1 <= days <= 36_500:
        raise CommandError(f"--days {days}: a number of days from 1 to 36,500 is wanted")
    if file is not None and not file.parent.is_dir():
        raise CommandError(f"--json {file}: there is no folder {file.parent}")


def _line(value: EstimatedValue) -> str:
    found = value.estimate
    interval = f"95 % {found.low:.4f} to {found.high:.4f}"
    return f"{value.order:<12} {value.estimator:<6} {found.mean:.4f} up-votes for each ranking ({interval})"
