"""`manage.py evaluate FOLDER`: compare the engine with its peers on a data set, reproducible to the last digit."""

import importlib
import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recommender.datasets.folder import FIELDS
from recommender.engine.encoder import DamagedEncoder, load_encoder
from recommender.evaluation.by_time import by_time
from recommender.evaluation.charts import curves
from recommender.evaluation.comparison import Difference, compare
from recommender.evaluation.input import FINAL, TUNING, EvaluationData, read_evaluation_data
from recommender.evaluation.options import at_least, encoder, new_file, new_folder, reveals
from recommender.evaluation.overview import Line, lines_of, measurements
from recommender.evaluation.paperboy import ABLATIONS, paperboy
from recommender.evaluation.protocols import (
    NEW_PAPERS,
    RATINGS,
    TIME,
    WARM,
    EvaluationPlan,
    NotMeasurable,
    new_papers,
    warm,
)
from recommender.evaluation.ratings import by_ratings
from recommender.evaluation.run import NotFinite, ResultRow, evaluate
from recommender.evaluation.tasks import ALL, FEW, KNOWN, MANY, OURS, Benchmark, Reveal, System
from recommender.evaluation.vectors import compute_vectors
from recommender.progress import counter
from recommender.textfiles import BrokenStream, WrongFile

PEERS = "tests.peers"
STORED_VECTORS = "evaluation-vectors"  # folder below the data folder, with what an encoder made of each set of texts
REVEALS: dict[str, tuple[Reveal, ...]] = {
    NEW_PAPERS: (0, 1, 3, 5, 10, 20, ALL, KNOWN),
    WARM: (1, 5, 10, ALL),
    TIME: (0, 1, FEW, MANY, ALL),
    RATINGS: (ALL,),
}
DESCRIPTION = """\
Measure the engine and its peers on a folder with papers.jsonl[.gz] and votes.tsv[.gz].

protocols:
  new-papers  a fifth of the papers is held out with all votes on them, and ranked
  warm        all papers are ranked, except those whose votes the reader revealed
  time        systems learn from everything before a date; the papers of each later day are ranked, with the reader's
              votes before that day revealed (figures are averaged over a reader's days, then over readers)
  ratings     systems learn from all votes; the papers that a reader has rated (ratings.tsv[.gz]: reader, paper, rating)
              are ranked. The figure is a loss, lower is better: of all pairs of a reader's papers with different
              ratings, weighted by the difference, the share in the wrong order (all readers' pairs together)
readers, --reveal:
  0, 1, 5, ...  absent from training; reveal so many votes, in a random order
                time: 0 or 1, the days before which the reader has cast so many votes, which are revealed
  2-4, 5+       time: the days before which the reader has cast two to four votes, five and more
  all           new-papers: absent from training; reveal all their votes
                warm: in training; a random fifth of their votes is held out, all others are learned from and revealed
                time: all votes before the day are revealed
                ratings: all votes are learned from and revealed
  known         new-papers: in training; all their votes on other papers are learned from and revealed
votes:
  a repeated vote counts once; of contradicting votes the last counts, by time or else by line; the command prints how
  many there are. Any other error in a file is refused with its line.
"""


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **options)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
        every = "measure each folder by all protocols that it can answer; one table of ours and the best peer"
        parser.add_argument("--all", action="store_true", dest="is_all", help=every)
        parser.add_argument("--protocol", choices=list(REVEALS), help=f"(default: {NEW_PAPERS})")
        parser.add_argument(
            "--reveal", type=reveals, metavar="N,N,all,known", help="(default: all that the protocol has)"
        )
        parser.add_argument("--readers", type=at_least(1), default=500, help="readers of each kind (default: 500)")
        parser.add_argument("--seed", type=at_least(0), default=1)
        first_day = f"first ranked day, {TIME} only (default: a fifth of the votes is later)"
        parser.add_argument("--from", type=date.fromisoformat, dest="start", metavar="DATE", help=first_day)
        parser.add_argument("--without", action="append", default=[], choices=FIELDS, help="leave this field out")
        part = f"measure one half of the readers, divided by their ids: {TUNING} to choose settings, {FINAL} to report"
        parser.add_argument("--readers-part", choices=[TUNING, FINAL], help=part)
        vectors = "folder of an encoder to make sentence vectors with, or off (default: those of vectors.npy, if any)"
        parser.add_argument("--encoder", type=encoder, metavar="FOLDER|off", help=vectors)
        systems = f"comma-separated, of {OURS}, {', '.join(ABLATIONS)} and the peers (default: {OURS} and all peers)"
        parser.add_argument("--systems", help=systems)
        parser.add_argument("--json", type=new_file, metavar="FILE", help="write the table to this file")
        parser.add_argument(
            "--differences", type=new_file, metavar="FILE", help="write paired differences to this file"
        )
        parser.add_argument("--pictures", type=new_folder, metavar="FOLDER", help="write curves to this folder, as SVG")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["is_all"]:
                self._measure_all(options)
            else:
                self._measure_one(options)
        except (WrongFile, BrokenStream, DamagedEncoder, NotMeasurable, NotFinite) as error:
            raise CommandError(str(error)) from error

    def _measure_one(self, options: dict[str, Any]) -> None:
        """Measure one folder by one protocol, and write every figure."""
        if len(options["folders"]) > 1:
            raise CommandError(f"{len(options['folders'])} folders: name one, or add --all")
        protocol = options["protocol"] or NEW_PAPERS
        reveal = options["reveal"] or REVEALS[protocol]
        data = self._data(options["folders"][0], options["without"], options["encoder"])
        systems = systems_for(data, options["systems"])
        benchmark = split(data, protocol, plan_of(reveal, options), options["start"])
        with_answers = {question.reveal for question in benchmark.questions}
        for empty in (one for one in reveal if one not in with_answers):
            self.stderr.write(f"{_votes(empty)}: left out, no reader has both these votes and held-out up-votes")
        rows = self._run(benchmark, systems, options["json"])
        differences = list(compare(rows, benchmark.task.seed))
        self._print(rows, differences)
        if options["differences"]:
            options["differences"].write_text(json.dumps([gain.as_dict() for gain in differences], indent=1) + "\n")
        if options["pictures"]:
            options["pictures"].mkdir(exist_ok=True)
            (options["pictures"] / f"{protocol}.svg").write_text(curves(rows), encoding="utf-8")

    def _measure_all(self, options: dict[str, Any]) -> None:
        """Measure each folder by all protocols that it can answer, and write ours beside the best peer."""
        for option in ("protocol", "reveal", "start", "differences", "pictures"):
            if options[option] is not None:
                raise CommandError(f"--{'from' if option == 'start' else option}: leave it out with --all")
        without, encoder = options["without"], options["encoder"]
        data_sets = [(folder, self._data(folder, without, encoder)) for folder in options["folders"]]
        chosen = [systems_for(data, options["systems"]) for _, data in data_sets]
        if lacking := [names for names in chosen if OURS not in names or len(names) < 2]:
            raise CommandError(f"--systems {','.join(lacking[0])}: name {OURS} and a peer; --all compares them")
        lines: list[Line] = []
        for (folder, complete), systems in zip(data_sets, chosen, strict=True):
            for protocol, telling in measurements(complete):
                data = self._data(folder, [*without, *telling], encoder) if telling else complete
                try:
                    benchmark = split(data, protocol, plan_of(REVEALS[protocol], options), None)
                except NotMeasurable as error:
                    self.stderr.write(f"{folder}: left out: {error}")
                    continue
                rows = self._run(benchmark, systems, None)
                lines += lines_of(folder.resolve().name, (*without, *telling), rows, benchmark.task.seed)
                if options["json"]:  # now, so that a stopped run keeps its results
                    options["json"].write_text(json.dumps([line.as_dict() for line in lines], indent=1) + "\n")
        if not lines:
            raise CommandError("no data set can be measured; the reasons are above")
        self._print_lines(lines)

    def _print_lines(self, lines: Sequence[Line]) -> None:
        """Print ours, the best peer and the difference of the two."""
        name_width = max(len(line.name) for line in lines)
        peer_width = max(len(line.peer.system) for line in lines)
        self.stdout.write("")
        for line in lines:
            difference, figure = line.gain.difference, "loss" if line.ours.loss else "NDCG@10"
            self.stdout.write(
                f"{line.name:<{name_width}}  {_votes(line.gain.reveal):>9}  {figure:<7}  "
                f"{OURS} {line.ours.main.mean:.4f}  {line.peer.system:<{peer_width}} {line.peer.main.mean:.4f}  "
                f"difference {difference.mean:+.4f} (95 % {difference.low:+.4f} to {difference.high:+.4f})  "
                f"{line.gain.readers:,} readers"
            )

    def _data(self, folder: Path, without: Sequence[str], encoder: Path | str | None) -> EvaluationData:
        """The data set with the vectors of an encoder, with none if it is off, or with those of the folder for None.

        What was corrected is printed.
        """
        data = read_evaluation_data(folder, without, has_vectors=encoder is None)
        for note in data.notes:
            self.stderr.write(note)
        if not isinstance(encoder, Path):
            return data
        stored = settings.DATA_DIR / STORED_VECTORS
        stored.mkdir(exist_ok=True)
        return replace(data, vectors=compute_vectors(data.papers, load_encoder(encoder), stored))

    def _run(self, benchmark: Benchmark, systems: dict[str, System], file: Path | None) -> list[ResultRow]:
        """Measure every system on every question.

        Writes the rows to `file` after each one.
        """
        task = benchmark.task
        self.stdout.write(
            f"{benchmark.protocol}, seed {task.seed}: {len(task.papers):,} papers and {len(task.votes):,} votes to "
            f"learn from, {len(task.candidates):,} papers to rank"
        )
        rows = []
        with counter(benchmark.protocol, len(systems) * len(benchmark.questions)) as progress:
            report = progress.console.print if progress.console.is_terminal else self.stderr.write
            for row in evaluate(benchmark, systems, report):
                rows.append(row)
                if file:  # now, so that a stopped run keeps its results
                    file.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")
                progress.advance(progress.task_ids[0])
                report(f"{_votes(row.reveal)}: {row.system} {row.main.mean:.4f}, {row.seconds:.1f} s")
        return rows

    def _print(self, rows: Sequence[ResultRow], differences: Sequence[Difference]) -> None:
        """Print the systems for each number of revealed votes.

        Best first, with our gain over the best peer.
        """
        for reveal in dict.fromkeys(row.reveal for row in rows):
            self.stdout.write("")
            for row in sorted((row for row in rows if row.reveal == reveal), key=lambda row: -row.quality):
                figure = "loss" if row.loss else "NDCG@10"
                interval = f"{row.main.mean:.4f} ({row.main.low:.4f} to {row.main.high:.4f})"
                self.stdout.write(
                    f"{_votes(reveal):>9}  {row.system:<16}  {figure} {interval}  Recall@20 {row.recall_20:.4f}  "
                    f"@100 {row.recall_100:.4f}  MRR {row.mrr:.4f}  {row.readers:,} readers  {row.seconds:7.1f} s"
                )
            for gain in (gain for gain in differences if gain.reveal == reveal and gain.is_best):
                relative = "" if gain.gain_percent is None else f"{gain.gain_percent:+.1f} %, "
                mean, low, high = gain.difference.mean, gain.difference.low, gain.difference.high
                self.stdout.write(
                    f"{_votes(reveal):>9}  {OURS} against the best peer, {gain.peer}: {relative}difference "
                    f"{mean:+.4f} (95 % {low:+.4f} to {high:+.4f})"
                )


def plan_of(reveals: Sequence[Reveal], options: dict[str, Any]) -> EvaluationPlan:
    return EvaluationPlan(reveals, options["readers"], options["seed"], options["readers_part"])


def split(data: EvaluationData, protocol: str, selection: EvaluationPlan, start: date | None) -> Benchmark:
    """The data split by the protocol.

    `start` is the first ranked day of the protocol `time`.
    """
    if protocol == TIME:
        return by_time(data, selection, start)
    if start:
        raise CommandError(f"--from is for --protocol {TIME}; {protocol} does not split by time")
    if protocol == RATINGS:
        return by_ratings(data, selection)
    return new_papers(data, selection) if protocol == NEW_PAPERS else warm(data, selection)


def systems_for(data: EvaluationData, names: str | None) -> dict[str, System]:
    """The systems of a comma-separated list, or ours and every peer that the data set has what it needs for."""
    try:
        peers = importlib.import_module(PEERS)
    except ModuleNotFoundError as error:
        raise CommandError(f"the peers are in {PEERS}, part of the source tree: {error}") from error
    systems: dict[str, System] = {OURS: paperboy, **peers.SYSTEMS, **ABLATIONS}
    known = [OURS, *peers.WANTED, *ABLATIONS]
    without_vectors = peers.ON_VECTORS if data.vectors is None else ()
    default = [name for name in known if name not in {*without_vectors, *ABLATIONS}]
    selected = names.split(",") if names else default
    if unknown := [name for name in selected if name not in known]:
        raise CommandError(f"--systems {','.join(unknown)}: unknown; use {', '.join(known)}")
    if absent := [name for name in selected if name not in systems]:
        raise CommandError(
            f"{', '.join(absent)}: not installed; run pip install -e '.[peers]', or name the others with --systems"
        )
    if unable := [name for name in selected if name in without_vectors]:
        raise CommandError(
            f"{', '.join(unable)}: the data set has no sentence vectors; choose an encoder with --encoder, add "
            "vectors.npy, or name the others with --systems"
        )
    return {name: systems[name] for name in selected}


def _votes(reveal: Reveal) -> str:
    return "1 vote" if reveal == 1 else f"{reveal}" if reveal in (ALL, KNOWN) else f"{reveal} votes"
