"""`manage.py backup FILE`: save the whole site in one checksummed file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feeds.backups.make import back_up


class Command(BaseCommand):
    help = "Save all tables, as of one moment, and the models. The file has personal data but no secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            counts = back_up(file, self.stdout.write)
        except OSError as error:
            raise CommandError(f"no backup was made: {error}") from error
        size = file.stat().st_size / 1e6
        self.stdout.write(f"{sum(counts.values()):,} rows of {len(counts)} tables in {file}, {size:.1f} MB")
        self.stdout.write("Store the secret key separately (PAPERBOY_SECRET_KEY, or the file secret_key): without it")
        self.stdout.write("all readers must sign in again, and links in earlier mails stop working.")
