"""`manage.py import_papers FILE ...`: import papers from files of many formats."""

import logging
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds.management.arguments import parse_day
from feeds.sources.inbox import import_file, is_from_database
from feeds.sources.ingest import NOT_KNOWN, Summary
from recommender.progress import FileProgress
from recommender.textfiles import BrokenStream, WrongFile
from recommender.vectors import papers_without_vectors

log = logging.getLogger(__name__)
MAX_LISTED = 20


class Command(BaseCommand):
    help = (
        "Import papers from files: JSON lines (.jsonl), responses of arXiv (.xml, .rss, .atom) and of Hugging Face "
        "(.json), a saved Daily Papers page (.txt, .html), BibTeX (.bib), RIS (.ris), or a list of arXiv ids (.txt), "
        "which are fetched from arXiv; each may be compressed (.gz)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--day", type=parse_day, help="day of papers without a date (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["day"] or timezone.now().date()
        failed = [path.name for path in options["files"] if not self._import(path, day)]
        if missing := papers_without_vectors().count():
            self.stdout.write(
                f"{missing:,} papers have no sentence vector yet: the next night makes them, or now `manage.py encoder "
                "encode`"
            )
        if failed:
            raise CommandError(f"{', '.join(failed)}: not everything was imported; see above")

    def _import(self, path: Path, day: date) -> bool:
        """Import one file and print what happened.

        Returns True if all of it was imported.
        """
        summary = Summary()
        try:
            with FileProgress(path) as progress:
                import_file(path, day, summary, progress.at)
        except FileNotFoundError:
            self.stderr.write(f"{path}: the file does not exist")
            return False
        except (WrongFile, OSError) as error:
            self.stderr.write(f"{path.name}: the file was refused: {error}")
            return False
        except BrokenStream as error:
            self.stderr.write(f"{path.name}: {error}; what was read is imported, import the complete file again")
            self._print(path, summary)
            return False
        except Exception as error:
            if is_from_database(error):
                raise
            log.exception("%s was not imported because of an error in Paperboy", path.name)
            cause = f"{type(error).__name__}: {error}"
            self.stderr.write(f"{path.name}: an error in Paperboy ended the import ({cause}); see the log")
            self._print(path, summary)
            return False
        self._print(path, summary)
        return not summary.rejected

    def _print(self, path: Path, summary: Summary) -> None:
        for rejected in summary.rejected[:MAX_LISTED]:
            self.stderr.write(f"{path.name}, line {rejected.line}: {rejected.reason}")
        if len(summary.rejected) > MAX_LISTED:
            self.stderr.write(f"... and {len(summary.rejected) - MAX_LISTED:,} more lines")
        if skipped := summary.passed_over:
            names = ", ".join(skipped[:MAX_LISTED])
            more = f" and {len(skipped) - MAX_LISTED:,} more" if len(skipped) > MAX_LISTED else ""
            self.stderr.write(f"{path.name}, skipped: {names}{more}: {NOT_KNOWN}")
        self.stdout.write(f"{path.name}: {summary}")
