"""`manage.py fetch [--source S ...] [--days N] [--from D --until D] [--dry-run]`: papers from the sources, now."""

from argparse import ArgumentParser
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds.management.arguments import parse_day
from feeds.sources import fetch, ledger
from feeds.sources.client.client import Say
from feeds.sources.fetch import SOURCES, FetchReport
from feeds.sources.freshness import freshness
from feeds.sources.source import Source
from recommender.progress import activity


class Command(BaseCommand):
    help = "Ask the sources for papers: what is due, the last days, or a span. Ends with 1 if one failed or is late."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", action="append", choices=list(SOURCES), help="default: PAPERBOY_SOURCES")
        parser.add_argument("--days", type=int, metavar="N", help="the last N days, also those that are in")
        parser.add_argument(
            "--from", dest="first", type=parse_day, metavar="DAY", help="back-fill; arXiv: what changed since that day"
        )
        parser.add_argument("--until", type=parse_day, metavar="DAY", help="the back-fill's last day (default: today)")
        parser.add_argument("--dry-run", action="store_true", help="ask and read, but write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        _check(options, now.date())
        names = options["source"] or settings.SOURCES
        if not names:
            self.stdout.write("No source is switched on: see PAPERBOY_SOURCES, or name one with --source.")
        with activity("asking the sources") as say:
            reports = [_ask(SOURCES[name], options, now, say) for name in names]
        wrong = [line for report in reports for line in self._show(report, dry_run=options["dry_run"])]
        if not (options["first"] or options["dry_run"]):  # neither is about being up to date
            wrong += [state.message for state in freshness(timezone.now()) if state.is_late and state.source in names]
        if wrong:
            raise CommandError("\n".join(wrong))

    def _show(self, report: FetchReport, *, dry_run: bool) -> list[str]:
        """Print what came; what failed is given back."""
        label = report.source.label + (" (dry run)" if dry_run else "")
        for answer in report.answers:
            if not answer.failed:
                self.stdout.write(f"{label}, {answer}")
        for day in report.busy:
            self.stdout.write(f"{label}, {day}: another run is asking for it, or died less than {ledger.LEASE} ago")
        if not report.answers and not report.busy:
            self.stdout.write(f"{label}: nothing is due")
        return [f"{label}, {answer}" for answer in report.answers if answer.failed]


def _check(options: dict[str, Any], today: date) -> None:
    first, until, days = options["first"], options["until"], options["days"]
    if days is not None and (first or until):
        raise CommandError("--days and --from are two ways to say which days; give one of them")
    if until and not first:
        raise CommandError(f"--until {until}: say with --from where to begin")
    if first and first > (until or today):
        raise CommandError(f"--from {first} is after --until {until or today}")
    if until and until > today:
        raise CommandError(f"--until {until}: that day is still to come; the last one is {today}")
    if days is not None and not 1 <= days <= 366:
        raise CommandError(f"--days {days}: a number from 1 to 366; for more, --from and --until")


def _ask(source: Source, options: dict[str, Any], now: datetime, say: Say) -> FetchReport:
    dry_run = options["dry_run"]
    if options["first"]:
        last = options["until"] or now.date()
        return fetch.fetch_span(source, options["first"], last, now, say, dry_run=dry_run)
    if options["days"]:
        days = source.days_due(now.date() - timedelta(days=options["days"] - 1), now)
    else:
        days = ledger.due(source, now, force=True)
    return fetch.fetch(source, days, now, say, force=True, dry_run=dry_run)
