"""`manage.py off_policy`: estimate what other orders would have earned, from rankings with exploration."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recommender.evidence.off_policy import FEWEST, TooFewRankings, estimate_orders


class Command(BaseCommand):
    help = (
        "Estimate the up-votes that other orders would have earned for each ranking, from the logged rankings of "
        "readers with exploration. This assumes that place k is looked at 1/log2(k + 1) times as often as the first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="how many days back (default: 90)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the estimates to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        days, file = options["days"], options["json"]
        if not 1 <= days <= 36_500:
            raise CommandError(f"--days {days}: must be from 1 to 36,500")
        if file is not None and not file.parent.is_dir():
            raise CommandError(f"--json {file}: the folder {file.parent} does not exist; create it first")
        values = estimate_orders(timezone.now().date() - timedelta(days=days))
        if isinstance(values, TooFewRankings):
            raise CommandError(
                f"{values.rankings:,} rankings of the last {days:,} days explored; an estimate takes at least "
                f"{FEWEST:,}. Use more --days, or wait until more readers turn on exploration in their settings."
            )
        for value in values:
            mean, low, high = value.estimate.mean, value.estimate.low, value.estimate.high
            interval = f"95 % {low:.4f} to {high:.4f}"
            self.stdout.write(
                f"{value.order:<12} {value.estimator:<6} {mean:.4f} up-votes for each ranking ({interval})"
            )
        if file:
            file.write_text(json.dumps([value.as_dict() for value in values], indent=1))
