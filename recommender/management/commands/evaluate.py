"""`manage.py evaluate FOLDER`: the engine against its peers on a data set, reproducible to the digit."""

import importlib
import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recommender.evaluating import NEW_PAPERS, OURS, Row, System, compare, evaluate, new_papers, paperboy
from recommender.folders import FIELDS
from recommender.textfiles import BrokenStream, WrongFile

PEERS = "tests.peers"


def reveals(text: str) -> list[int | None]:
    """`1,5,10,all` -> [1, 5, 10, None]."""
    wanted: list[int | None] = []
    for word in text.split(","):
        if word != "all" and not (word.isdigit() and int(word) > 0):
            raise ArgumentTypeError(f"{word!r}: a number of votes from 1 up, or all")
        wanted.append(None if word == "all" else int(word))
    return wanted


class Command(BaseCommand):
    help = "Measure the engine and its peers on a folder with papers.jsonl[.gz] and votes.tsv[.gz]."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--protocol", choices=[NEW_PAPERS], default=NEW_PAPERS)
        parser.add_argument("--reveal", type=reveals, default=reveals("1,5,10,all"), metavar="N,N,all")
        parser.add_argument("--readers", type=int, default=500)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--without", action="append", default=[], choices=FIELDS, help="leave this field out")
        parser.add_argument("--systems", help=f"comma-separated, of {OURS} and the peers (default: all)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            task = new_papers(
                options["folder"], without=options["without"], readers=options["readers"], seed=options["seed"]
            )
        except (WrongFile, BrokenStream) as error:
            raise CommandError(str(error)) from error
        if not task.cases:
            raise CommandError("no reader has votes both on papers to learn from and on held-out ones")
        self.stdout.write(
            f"{len(task.papers):,} papers and {len(task.votes):,} votes to learn from, {len(task.candidates):,} new "
            f"papers, {len(task.cases):,} readers absent from training, seed {task.seed}"
        )
        rows = []
        for row in evaluate(task, _systems(options["systems"]), options["reveal"], self.stderr.write):
            rows.append(row)
            self.stdout.write(_line(row))
        self._compare(rows, task.seed)
        if options["json"]:
            options["json"].write_text(json.dumps([row.as_dict() for row in rows], indent=1))

    def _compare(self, rows: list[Row], seed: int) -> None:
        for gain in compare(rows, seed):
            self.stdout.write(
                f"{_votes(gain['reveal']):>4} votes: {OURS} is {gain['gain_percent']:+.1f} % against the best peer, "
                f"{gain['best_peer']} (difference {gain['mean']:+.4f}, 95 % {gain['low']:+.4f} to {gain['high']:+.4f})"
            )


def _systems(wanted: str | None) -> dict[str, System]:
    try:
        peers: dict[str, System] = importlib.import_module(PEERS).SYSTEMS
    except ModuleNotFoundError as error:
        raise CommandError(f"the peers are in {PEERS}, part of the source tree: {error}") from error
    systems = {OURS: paperboy, **peers}
    names = wanted.split(",") if wanted else list(systems)
    if unknown := [name for name in names if name not in systems]:
        raise CommandError(f"--systems {','.join(unknown)}: known are {', '.join(systems)}")
    return {name: systems[name] for name in names}


def _line(row: Row) -> str:
    interval = f"{row.ndcg.mean:.4f} ({row.ndcg.low:.4f} to {row.ndcg.high:.4f})"
    return (
        f"{_votes(row.reveal):>4} votes  {row.system:<22} NDCG@10 {interval}  Recall@20 {row.recall_20:.4f}  "
        f"@100 {row.recall_100:.4f}  MRR {row.mrr:.4f}  {row.seconds:7.1f} s"
    )


def _votes(reveal: int | None) -> str:
    return "all" if reveal is None else str(reveal)
