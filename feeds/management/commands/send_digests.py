"""`manage.py send_digests [--day D] [--reader ADDRESS] [--dry-run]`: the digests that are due, here and now."""

from argparse import ArgumentParser
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.progress import Progress

from accounts.models import User
from feeds.digest import send
from feeds.digest.deliveries import address_of
from feeds.digest.mailer import DeliveryResult
from feeds.management.arguments import parse_day
from feeds.models import Delivery, DeliveryState, Subscriber
from recommender.progress import counter

EARTH = timedelta(hours=14)  # ahead of UTC: where the next day begins first
TROUBLE = ("waiting", "uncertain", "refused", "failed")


class Command(BaseCommand):
    help = "Send the digests that are due, and try again what waits. Ends with 1 if one could not be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=parse_day, help="send what was due on this day, at any hour")
        parser.add_argument("--reader", default="", metavar="ADDRESS", help="only to this reader or subscriber")
        parser.add_argument("--dry-run", action="store_true", help="say who would get one; send and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        day, address = options["day"], options["reader"].strip()
        _check(day, address)
        jobs = list(send.jobs(timezone.now(), day=day, address=address))
        if options["dry_run"]:
            self._list([job.address for job in jobs])
            return
        with counter("digests", len(jobs)) as progress:
            counts = send.send_due(day=day, address=address, told=lambda *told: self._tell(progress, *told))
        self.stdout.write(in_words(counts))
        if counts["left"] or any(counts[state] for state in TROUBLE):
            raise CommandError("not every digest could be sent; the list of deliveries in the admin pages says why")

    def _list(self, addresses: list[str]) -> None:
        for address in addresses:
            self.stdout.write(address)
        self.stdout.write(f"{len(addresses):,} would be sent, as far as there are papers for them")

    def _tell(self, progress: Progress, delivery: Delivery, answer: DeliveryResult) -> None:
        progress.advance(progress.task_ids[0])
        if answer.state in TROUBLE:
            self.stderr.write(f"{address_of(delivery)}: {answer.state.label}: {answer.words}")


def in_words(counts: Counter[str]) -> str:
    labels = dict(DeliveryState.choices) | {"left": "left for later"}
    return ", ".join(f"{count:,} {labels[state]}" for state, count in counts.items()) or "nothing was due"


def _check(day: date | None, address: str) -> None:
    last = (timezone.now() + EARTH).date()
    if day and day > last:
        raise CommandError(f"--day {day}: that day has not begun anywhere; the last one is {last}")
    is_known = User.objects.filter(email__iexact=address) or Subscriber.objects.filter(address__iexact=address)
    if address and not is_known.exists():
        raise CommandError(f"--reader {address!r}: no reader and no subscriber has this address")
