"""`manage.py send_digests [--day D] [--reader ADDRESS] [--dry-run]`: send the digests that are due now."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from feeds.digest import send
from feeds.digest.deliveries import address_of
from feeds.digest.mailer import DeliveryResult
from feeds.management.arguments import parse_day
from feeds.models import Delivery, DeliveryState, Subscriber
from recommender.progress import counter

MAX_UTC_OFFSET = timedelta(hours=14)  # of the zone where each day begins first
NOT_SENT = ("waiting", "uncertain", "refused", "failed")


class Command(BaseCommand):
    help = "Send the digests that are due and retry those that wait. Exits with 1 if one could not be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=parse_day, help="send what was due on this day and was not sent, at any hour")
        parser.add_argument("--reader", default="", metavar="ADDRESS", help="only to this reader or subscriber")
        parser.add_argument("--dry-run", action="store_true", help="list who would get one; send and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        day, address = options["day"], options["reader"].strip()
        _check(day, address)
        jobs = list(send.jobs(timezone.now(), day=day, address=address))
        if options["dry_run"]:
            for job in jobs:
                self.stdout.write(job.address)
            self.stdout.write(f"{len(jobs):,} would be sent, if there are papers for them")
            return
        with counter("digests", len(jobs)) as progress:

            def report(delivery: Delivery, result: DeliveryResult) -> None:
                progress.advance(progress.task_ids[0])
                if result.state in NOT_SENT:
                    self.stderr.write(f"{address_of(delivery)}: {result.state.label}: {result.reason}")

            counts = send.send_due(day=day, address=address, report=report)
        labels = dict(DeliveryState.choices) | {"left": "left for later"}
        summary = ", ".join(f"{count:,} {labels[state]}" for state, count in counts.items())
        self.stdout.write(summary or "nothing was due")
        if counts["left"] or any(counts[state] for state in NOT_SENT):
            raise CommandError("not every digest could be sent; the deliveries in the admin pages say why")


def _check(day: date | None, address: str) -> None:
    last = (timezone.now() + MAX_UTC_OFFSET).date()
    if day and day > last:
        raise CommandError(f"--day {day}: that day has not begun anywhere; the last possible day is {last}")
    is_known = User.objects.filter(email__iexact=address) or Subscriber.objects.filter(address__iexact=address)
    if address and not is_known.exists():
        raise CommandError(f"--reader {address!r}: no reader and no subscriber has this address")
