"""`manage.py night [--day D] [--step S] [--again]`: run the missing steps of a night now."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds import night
from feeds.management.arguments import parse_day
from recommender.night import ledger


class Command(BaseCommand):
    help = "Run the night of a day: fetch, encode, train, judge, promote or refuse, rank. Done steps are skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=parse_day, help="default: today (UTC)")
        parser.add_argument("--step", choices=list(night.STEPS), help="only this one")
        parser.add_argument("--again", action="store_true", help="also run steps that are done")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["day"] or timezone.now().date()
        for step in [options["step"]] if options["step"] else night.STEPS:
            self._run_step(day, step, again=options["again"])
            if not ledger.is_done(day, step):
                self.stdout.write(f"{day}: the night continues when {step} has something to work on")
                return

    def _run_step(self, day: date, step: str, *, again: bool) -> None:
        def report(line: str) -> None:
            self.stdout.write(f"{day} {step}: {line}")

        if ledger.is_done(day, step) and not again:
            report("already done")
            return
        try:
            report(str(night.run(day, step, report, force=True)))
        except ledger.Busy as busy:
            raise CommandError(f"{busy}; see the status page, or wait until its lease ends") from None
