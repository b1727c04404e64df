"""`python -m tests.benchmarks.spans [--keep FOLDER] [--against CHECKOUT]`: a month ranked for one reader, and a day.

A SQLite database has 20,000 invented papers (`inventing` says how): 15,000 of October 2026, 700 of them of one day. The
model knows all of them. Readers vote, and the day, its week and its month are ranked anew, then read again unchanged.
Then similar papers are looked up, and the day is ranked for 500 readers as the night does.

`--against` does the same for the same readers with another checkout of this project, in turn with this one, each in a
process, with a database and with a model of its own. A build that knows sentence vectors has them: random ones, of the
encoder in PAPERBOY_ENCODER. With `--keep` the database stays in the folder and is not made again.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).with_name("span_site.py")
KINDS = ("day", "week", "month", "day unchanged", "month unchanged", "similar papers")
NIGHT, NIGHTS = "night, 500 readers", 3
ASKED, TURNS = 12, 3  # readers, and turns of each


class Build:
    """A process that ranks with the code of a checkout, on a database of its own."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        command = [sys.executable, "-P", str(SITE), "serve"]  # -P: the modules beside this file are not importable
        env = environment(checkout, folder)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=checkout, env=env, check=True)
        subprocess.run([sys.executable, "-P", str(SITE), "learn"], cwd=checkout, env=env, check=True)
        self._process = subprocess.Popen(
            command, cwd=checkout, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def rank(self, kind: str, number: int) -> float:
        """Milliseconds that the reader of this number waits."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{kind} {number}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if not answer:
            raise SystemExit(f"the process that ranks the {kind} ended with {self._process.wait()}")
        return float(answer[0])

    def end(self) -> None:
        self._process.communicate()


def environment(checkout: Path, folder: Path) -> dict[str, str]:
    """The environment of a process that has its data in `folder`."""
    passed_on = ("PAPERBOY_ENCODER",)
    own = {name: value for name, value in os.environ.items() if name in passed_on or not name.startswith("PAPERBOY_")}
    own.pop("DATABASE_URL", None)
    settings = {"PAPERBOY_DATA_DIR": str(folder), "PAPERBOY_SOURCES": "", "PYTHONPATH": str(checkout)}
    return own | settings | {"DJANGO_SETTINGS_MODULE": "recommender.config.settings"}


def figures(builds: Sequence[Build]) -> list[dict[str, list[float]]]:
    """Milliseconds of each build by kind; the first request of each kind counts apart, as the cold one."""
    taken: list[dict[str, list[float]]] = [defaultdict(list) for _ in builds]
    for kind in ("day", "week", "month"):
        for build, each in zip(builds, taken, strict=True):
            each[f"{kind}, the first request"].append(build.rank(kind, 0))
    for turn in range(TURNS * ASKED):
        for kind in KINDS:
            both = list(zip(builds, taken, strict=True))
            for build, each in both if turn % 2 else reversed(both):
                each[kind].append(build.rank(kind, turn % ASKED))
    for turn in range(NIGHTS):
        both = list(zip(builds, taken, strict=True))
        for build, each in both if turn % 2 else reversed(both):
            each[NIGHT].append(build.rank("night", 0))
    return taken


def report(taken: Sequence[dict[str, list[float]]], names: Sequence[str]) -> None:
    """A table of medians, and how often the month is the day."""
    ratio = f" {names[1]} / {names[0]} |" if len(names) > 1 else ""
    print(f"\n| median ms | {' | '.join(names)} |{ratio}\n| --- |{' --- |' * (len(names) + bool(ratio))}")
    for kind in taken[0]:
        medians = [median(each[kind]) for each in taken]
        times = f" {medians[1] / medians[0]:.2f} |" if ratio else ""
        print(f"| {kind} | {' | '.join(f'{value:.0f}' for value in medians)} |{times}")
    months = [f"{median(each['month']) / median(each['day']):.1f}" for each in taken]
    print(f"| month / day | {' | '.join(months)} |{' |' if ratio else ''}")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="paperboy-spans-") as temporary:
        original = options.keep or Path(temporary) / "site"
        if not (original / "filled").exists():
            original.mkdir(parents=True, exist_ok=True)
            oldest = (options.against or ROOT).resolve()  # whose database this build can migrate
            env = environment(oldest, original)
            subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=oldest, env=env, check=True)
            subprocess.run([sys.executable, "-P", str(SITE), "fill"], cwd=oldest, env=env, check=True)
            (original / "filled").touch()
        builds = []
        for number, checkout in enumerate(filter(None, (ROOT, options.against))):
            folder = Path(temporary) / str(number)
            shutil.copytree(original, folder)
            builds.append(Build(checkout.resolve(), folder))
        taken = figures(builds)
        for build in builds:
            build.end()
    report(taken, ["this build", *([str(options.against.name)] if options.against else [])])


if __name__ == "__main__":
    main(sys.argv[1:])
