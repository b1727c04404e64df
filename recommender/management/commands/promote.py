"""`manage.py promote VERSION --because TEXT`: promote a model that the judge refused."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.night.overrule import OverruleError, overrule


class Command(BaseCommand):
    help = (
        "Overrule the judge, for example after votes were deleted on purpose; the reason is shown on the models page."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", help="as listed on the models page")
        parser.add_argument("--because", required=True, metavar="TEXT", help="the reason, which is public")

    def handle(self, *args: Any, **options: Any) -> None:
        because = options["because"].strip()
        if not because:
            raise CommandError("--because is empty; give the reason for promoting this model")
        try:
            row = overrule(options["version"], because)
        except OverruleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{row.version} serves: {row.verdict}")
        self.stdout.write("to rank for everybody with it: manage.py night --step rank --again")
