"""`manage.py doctor [--deploy] [--json]`: what works, what does not, and what to do about it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from feeds.health.doctor import examine
from feeds.health.finding import Severity


class Command(BaseCommand):
    help = "Examine this installation while it runs. Exits with 1 if anything is bad."
    requires_system_checks: list[str] = []  # the doctor runs them and reports their findings

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--deploy", action="store_true", help="also check what a public site needs")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine(timezone.now(), deploy=options["deploy"])
        if options["json"]:
            self.stdout.write(json.dumps([finding.as_dict() for finding in findings], indent=1))
        else:
            style = {Severity.OK: self.style.SUCCESS, Severity.WARN: self.style.WARNING, Severity.BAD: self.style.ERROR}
            width = max(len(finding.name) for finding in findings)
            for finding in findings:
                state = style[finding.state](f"{finding.state:<4}")
                self.stdout.write(f"{state}  {finding.name:<{width}}  {finding.words}")
                if finding.remedy:
                    self.stdout.write(f"{'':<{width + 8}}{finding.remedy}")
        count = sum(finding.state == Severity.BAD for finding in findings)
        if count:
            raise CommandError(f"{count} of {len(findings)} findings are bad; each names its remedy", returncode=1)
