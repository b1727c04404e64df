"""`manage.py dump_dataset FOLDER`: write all papers and votes as a data set for `evaluate` and `import_dataset`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.datasets.dump import NotEmpty, dump_dataset
from recommender.models import Paper, Vote
from recommender.progress import counter


class Command(BaseCommand):
    help = (
        "Write all papers and votes into a new or empty folder as papers.jsonl.gz and votes.tsv.gz. "
        "Readers become numbers, which differ from dump to dump; votes and times are unchanged."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        with counter("papers and votes", Paper.objects.count() + Vote.objects.count()) as progress:
            task = progress.task_ids[0]
            try:
                dumped = dump_dataset(folder, lambda: progress.advance(task))
            except (NotEmpty, OSError) as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{folder}: {dumped}")
