"""`manage.py night [--day D]`: every missing step of a night, here and now."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds import night
from feeds.management.arguments import parse_day
from recommender.night import ledger


class Command(BaseCommand):
    help = "Run the night of a day: fetch, train, judge, promote or refuse, rank; steps already done are passed over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=parse_day, help="default: today (UTC)")
        parser.add_argument("--step", choices=list(night.STEPS), help="only this one")
        parser.add_argument("--again", action="store_true", help="also run steps that are done")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["day"] or timezone.now().date()
        for step in [options["step"]] if options["step"] else night.STEPS:
            self._run(day, step, again=options["again"])
            if not ledger.is_done(day, step):
                self.stdout.write(f"{day}: the night goes on when {step} has something to work on")
                return

    def _run(self, day: date, step: str, *, again: bool) -> None:
        if ledger.is_done(day, step) and not again:
            self.stdout.write(f"{day} {step}: done before")
            return
        try:
            summary = night.run(day, step, lambda line: self.stdout.write(f"{day} {step}: {line}"), force=True)
        except ledger.Busy as busy:
            raise CommandError(f"{busy}; look at the status page, or wait for its lease to end") from None
        self.stdout.write(f"{day} {step}: {summary}")
