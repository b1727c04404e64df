"""`manage.py evidence`: record clicks, votes and exposure now, and delete old impressions."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from recommender import impressions
from recommender.evidence.record import DAYS, gather


class Command(BaseCommand):
    help = f"Record the evidence that /models/evidence/ shows, from the {DAYS} days up to one day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the last day (default: today)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        evidence = gather(options["day"] or now.date())
        places = sum(row["impressions"] or 0 for row in evidence.figures["positions"])
        self.stdout.write(f"{evidence}: {places:,} places shown since {evidence.figures['since']}")
        self.stdout.write(f"{impressions.prune(now):,} old impressions deleted")
