"""`manage.py doctor [--deploy] [--json]`: what is fine, what is not, and what to do about it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds.health.doctor import examine
from feeds.health.finding import Finding, Severity


class Command(BaseCommand):
    help = "Examine this installation while it runs; ends with 1 if anything is bad."
    requires_system_checks: list[str] = []  # it tells of them itself, beside the rest

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deploy", action="store_true", help="also what a site for strangers must have")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine(timezone.now(), deploy=options["deploy"])
        if options["json"]:
            self.stdout.write(json.dumps([one.as_dict() for one in found], indent=1))
        else:
            self.show(found)
        count = sum(one.state == Severity.BAD for one in found)
        if count:
            raise CommandError(f"{count} bad of {len(found)} findings; what to do stands with each", returncode=1)

    def show(self, found: list[Finding]) -> None:
        styles = {Severity.OK: self.style.SUCCESS, Severity.WARN: self.style.WARNING, Severity.BAD: self.style.ERROR}
        width = max(len(one.name) for one in found)
        for one in found:
            self.stdout.write(f"{styles[one.state](f'{one.state:<4}')}  {one.name:<{width}}  {one.words}")
            if one.remedy:
                self.stdout.write(f"{'':<{width + 8}}{one.remedy}")
