"""`manage.py import_papers FILE ...`: papers from files of many kinds into the catalogue."""

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

log = logging.getLogger(__name__)
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import papers from files: JSON lines (.jsonl), answers of arXiv (.xml, .rss, .atom) and of Hugging Face "
        "(.json), a saved Daily Papers page (.txt, .html), BibTeX (.bib), RIS (.ris), or a list of arXiv ids (.txt), "
        "which arXiv is asked for; each may be compressed (.gz)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--day", type=parse_day, help="day of papers without a date (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["day"] or timezone.now().date()
        failed = [path for path in options["files"] if not self._import(path, day)]
        if failed:
            raise CommandError(f"not everything of {', '.join(path.name for path in failed)} went in; see above")

    def _import(self, path: Path, day: date) -> bool:
        summary = Summary()
        try:
            with FileProgress(path) as progress:
                import_file(path, day, summary, progress.at)
        except FileNotFoundError:
            self.stderr.write(f"{path}: there is no such file")
            return False
        except (WrongFile, OSError) as error:
            self.stderr.write(f"{path.name}: refused whole: {error}")
            return False
        except BrokenStream as error:
            self.stderr.write(f"{path.name}: {error}; import it again when it is whole, what is in stays")
            self._report(path, summary)
            return False
        except Exception as error:
            if is_from_database(error):
                raise
            log.exception("%s was not imported because of a fault in Paperboy", path.name)
            self.stderr.write(
                f"{path.name}: a fault in Paperboy ended the import ({type(error).__name__}: {error}); see the log"
            )
            self._report(path, summary)
            return False
        self._report(path, summary)
        return not summary.rejected

    def _report(self, path: Path, summary: Summary) -> None:
        for rejected in summary.rejected[:SHOWN]:
            self.stderr.write(f"{path.name}, line {rejected.line}: {rejected.reason}")
        if len(summary.rejected) > SHOWN:
            self.stderr.write(f"... and {len(summary.rejected) - SHOWN:,} lines more")
        if summary.passed_over:
            self.stderr.write(f"{path.name}, passed over: {_some(summary.passed_over)}: {NOT_KNOWN}")
        self.stdout.write(f"{path.name}: {summary}")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
