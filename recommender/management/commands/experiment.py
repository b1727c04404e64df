"""`manage.py experiment start|stop|show`: compare the serving model with another one on some of the readers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.evidence import experiments
from recommender.evidence.record import EXPERIMENTS
from recommender.models import Experiment


class Command(BaseCommand):
    help = (
        "Let another stored model rank for a fixed share of the readers, and compare what they vote up. Readers who "
        "opted out in their settings stay with the serving model. An experiment ends by itself when its model is "
        "promoted or its files are lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        start = actions.add_parser("start")
        start.add_argument("--against", required=True, metavar="VERSION", help="the challenger, as listed on /models/")
        start.add_argument("--share", type=float, default=0.5, help="share of the readers (default: 0.5)")
        actions.add_parser("stop")
        actions.add_parser("show")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "start":
                self._write(experiments.start(options["against"], options["share"]))
            elif options["action"] == "stop":
                self._write(experiments.stop())
            else:
                recent = Experiment.objects.select_related("challenger")[:EXPERIMENTS]
                if not recent:
                    self.stdout.write("there are no experiments yet")
                for experiment in recent:
                    self._write(experiment)
                    self._write_outcome(experiments.outcome(experiment))
        except experiments.ExperimentError as error:
            raise CommandError(str(error)) from error

    def _write(self, experiment: Experiment) -> None:
        ended = experiment.ended_at
        state = f"ended {ended:%Y-%m-%d %H:%M}Z: {experiment.ended_because}" if ended else "runs"
        version, share = experiment.challenger.version, f"{experiment.share:.0%}"
        self.stdout.write(f"{experiment.public_id}: {version} for {share} of the readers, {state}")

    def _write_outcome(self, outcome: dict[str, Any]) -> None:
        if outcome["note"]:
            self.stdout.write(f"  {outcome['note']}")
        for arm, row in outcome["arms"].items():
            rates = ", ".join(f"{name} {row[name]['mean']:.4f}" for name in experiments.OUTCOMES)
            self.stdout.write(f"  {arm:<10} {row['readers']:,} readers, {row['days']:,} days; a day: {rates}")
        for name, difference in outcome["differences"].items():
            interval = f"95 % {difference['low']:+.4f} to {difference['high']:+.4f}"
            self.stdout.write(f"  {name:<10} {difference['mean']:+.4f} for the challenger ({interval})")
