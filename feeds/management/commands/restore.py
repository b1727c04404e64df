"""`manage.py restore FILE`: restore a backup into an empty database; stop web servers and workers first."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feeds.backups.archive import WrongBackup
from feeds.backups.restore import restore


class Command(BaseCommand):
    help = "Restore a backup into an empty database. Nothing is overwritten; a damaged file is refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = restore(options["file"], self.stdout.write)
        except (WrongBackup, OSError) as error:
            raise CommandError(f"nothing was restored: {error}") from error
        self.stdout.write(f"{sum(counts.values()):,} rows of {len(counts)} tables restored")
