"""`manage.py experiment start|stop|show`: divide readers between the model that serves and another one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.evidence import experiments
from recommender.evidence.record import EXPERIMENTS
from recommender.models import Experiment


class Command(BaseCommand):
    help = (
        "Let another model that is kept rank for a share of the readers, always the same ones, and see what they vote "
        "up. Readers who are not counted (their settings) stay with the model that serves. An experiment ends by "
        "itself when its model is promoted or its files are lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        start = actions.add_parser("start")
        start.add_argument("--against", required=True, metavar="VERSION", help="the challenger, as /models/ names it")
        start.add_argument("--share", type=float, default=0.5, help="of the readers that it ranks for (default: 0.5)")
        actions.add_parser("stop")
        actions.add_parser("show")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "start":
                self._tell(experiments.start(options["against"], options["share"]))
            elif options["action"] == "stop":
                self._tell(experiments.stop())
            else:
                self._show()
        except experiments.ExperimentError as error:
            raise CommandError(str(error)) from error

    def _tell(self, one: Experiment) -> None:
        end = f"ended {one.ended_at:%Y-%m-%d %H:%M}Z: {one.ended_because}" if one.ended_at else "runs"
        self.stdout.write(f"{one.public_id}: {one.challenger.version} for {one.share:.0%} of the readers, {end}")

    def _show(self) -> None:
        found = Experiment.objects.select_related("challenger")[:EXPERIMENTS]
        if not found:
            self.stdout.write("there was no experiment yet")
        for one in found:
            self._tell(one)
            self._outcome(experiments.outcome(one))

    def _outcome(self, outcome: dict[str, Any]) -> None:
        if outcome["note"]:
            self.stdout.write(f"  {outcome['note']}")
        for arm, row in outcome["arms"].items():
            rates = ", ".join(f"{name} {row[name]['mean']:.4f}" for name in experiments.OUTCOMES)
            self.stdout.write(f"  {arm:<10} {row['readers']:,} readers, {row['days']:,} days; a day: {rates}")
        for name, found in outcome["differences"].items():
            interval = f"95 % {found['low']:+.4f} to {found['high']:+.4f}"
            self.stdout.write(f"  {name:<10} {found['mean']:+.4f} for the challenger ({interval})")
