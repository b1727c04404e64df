"""`manage.py import_dataset FOLDER`: import papers, readers and votes of a data set."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recommender.datasets.folder import papers_file, votes_file
from recommender.datasets.load import Counts, DatasetImport, import_dataset
from recommender.progress import FileProgress
from recommender.textfiles import BrokenStream, WrongFile

SHOWN = 20


class Command(BaseCommand):
    help = "Import a folder with papers.jsonl[.gz] and votes.tsv[.gz]; its readers become simulated readers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--day", type=date.fromisoformat, help="day of papers without one (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = Counts()
        now, folder = timezone.now(), options["folder"]
        try:
            papers_file(folder)  # its absence is reported before the votes are opened
            with FileProgress(votes_file(folder)) as progress:
                run = DatasetImport(folder, options["day"] or now.date(), now, progress.at)
                for _ in import_dataset(run, counts):
                    pass
        except (WrongFile, BrokenStream) as error:
            raise CommandError(f"{error} ({counts} before that)") from error
        for rejected in counts.rejected[:SHOWN]:
            self.stderr.write(f"line {rejected.line}: {rejected.reason}")
        self.stdout.write(str(counts))
        if counts.rejected:
            raise CommandError(f"{len(counts.rejected):,} lines were rejected; the first {SHOWN} are listed above")
