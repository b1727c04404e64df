"""`manage.py fetch [--source S ...] [--days N] [--from D --until D] [--dry-run]`: fetch papers from the sources now."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds.management.arguments import parse_day
from feeds.sources import fetch, ledger
from feeds.sources.fetch import SOURCES, FetchReport
from feeds.sources.freshness import freshness
from recommender.progress import activity


class Command(BaseCommand):
    help = "Fetch papers: those due, of the last days, or of a span. Exits with 1 if a source failed or is late."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", action="append", choices=list(SOURCES), help="default: PAPERBOY_SOURCES")
        parser.add_argument("--days", type=int, metavar="N", help="the last N days, even if already fetched")
        parser.add_argument(
            "--from", dest="first", type=parse_day, metavar="DAY", help="back-fill; arXiv: what changed since that day"
        )
        parser.add_argument("--until", type=parse_day, metavar="DAY", help="last day of the back-fill (default: today)")
        parser.add_argument("--dry-run", action="store_true", help="fetch and parse, but store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        today, dry_run = now.date(), options["dry_run"]
        _check(options, today)
        names = options["source"] or settings.SOURCES
        if not names:
            self.stdout.write("No source is switched on: set PAPERBOY_SOURCES, or name one with --source.")
        reports = []
        with activity("fetching papers") as report:
            for source in (SOURCES[name] for name in names):
                if options["first"]:
                    span = options["first"], options["until"] or today
                    reports.append(fetch.fetch_span(source, *span, now, report, dry_run=dry_run))
                    continue
                if options["days"]:
                    days = source.days_due(today - timedelta(days=options["days"] - 1), now)
                else:
                    days = ledger.due(source, now, force=True)
                reports.append(fetch.fetch(source, days, now, report, force=True, dry_run=dry_run))
        errors = [line for fetched in reports for line in self._print(fetched, dry_run=dry_run)]
        if not (options["first"] or dry_run):  # neither brings the source up to date
            errors += [state.message for state in freshness(timezone.now()) if state.is_late and state.source in names]
        if errors:
            raise CommandError("\n".join(errors))

    def _print(self, report: FetchReport, *, dry_run: bool) -> list[str]:
        """Print the results of one source and return its errors."""
        label = report.source.label + (" (dry run)" if dry_run else "")
        for answer in report.answers:
            if not answer.failed:
                self.stdout.write(f"{label}, {answer}")
        for day in report.busy:
            self.stdout.write(f"{label}, {day}: another run is fetching it, or died less than {ledger.LEASE} ago")
        if not report.answers and not report.busy:
            self.stdout.write(f"{label}: nothing is due")
        return [f"{label}, {answer}" for answer in report.answers if answer.failed]


def _check(options: dict[str, Any], today: date) -> None:
    """Raise CommandError for days that contradict each other or do not exist yet."""
    first, until, days = options["first"], options["until"], options["days"]
    if days is not None and (first or until):
        raise CommandError("--days and --from both choose the days; use one of them")
    if until and not first:
        raise CommandError(f"--until {until}: name the first day with --from")
    if first and first > (until or today):
        raise CommandError(f"--from {first} is after --until {until or today}")
    if until and until > today:
        raise CommandError(f"--until {until} is in the future; the last possible day is {today}")
    if days is not None and not 1 <= days <= 366:
        raise CommandError(f"--days {days}: use a number from 1 to 366; for more, --from and --until")
