"""`python -m tests.benchmarks.scale [--keep FOLDER] [SHARE ...]`: what a hundred times as much of everything costs.

A share of 1 is 1,000,000 papers, 100,000 readers and 10,000,000 votes (`inventing` says how they are made up), 0.01 is
a hundredth of each; without any, both. Each goes into a database of its own on one PostgreSQL server, with a model that
was trained in a hurry: what LightFM learns does not change the shape of anything that is timed. Then a web server for
each, and the same requests to all of them in turn. With `--keep` the server's files stay in the folder, and what is
there is not made again. `--night` also runs the whole night of each and shows its time and memory by step.
"""

import argparse
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import psycopg

from tests.servers import start_postgres, start_redis

from .load import Visitors, web_server
from .town import machine, seconds, table

ROOT = Path(__file__).parents[2]
WHOLE = (1_000_000, 100_000, 10_000_000)
SHARES = (0.01, 1.0)
TUNED = (
    "shared_buffers=2GB", "effective_cache_size=8GB", "work_mem=32MB", "maintenance_work_mem=1GB", "max_wal_size=8GB",
    "random_page_cost=1.1", "checkpoint_timeout=30min", "wal_compression=on", "jit=off",
)  # fmt: skip
NIGHT = "2026-11-23"
STEPS = ("fetch", "train", "judge", "promote", "rank")
TURNS, WARM = 300, 25  # requests of each kind that count, and those before them, which load models and fill caches
GIGABYTES = 14  # that a whole town takes on the disk, with what making it takes meanwhile


@dataclass(frozen=True)
class Site:
    """A Paperboy on one of the databases: its own data folder, the common servers."""

    folder: Path
    database: str
    redis: str

    @property
    def env(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PAPERBOY_")}
        return own | {
            "PAPERBOY_DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database,
            "REDIS_URL": self.redis,
            "PAPERBOY_SOURCES": "",
            "DJANGO_SETTINGS_MODULE": "recommender.config.settings",
        }

    def run(self, *command: str) -> str:
        """What it printed; raises CalledProcessError when it fails."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout


def site_of(share: float, folder: Path, server: str, redis: str) -> Site:
    """The site of this share, with its tables and all in them, made where they are not there yet."""
    name = f"share_{share:g}".replace(".", "_")
    site = Site(folder / name, f"{server.rpartition('/')[0]}/{name}", redis)
    site.folder.mkdir(exist_ok=True)
    if not (site.folder / "filled").exists():
        _make(site, server, name, share)
        (site.folder / "filled").touch()
    site.run("manage.py", "migrate", "-v", "0")  # what was kept may be of an older version
    return site


def _make(site: Site, server: str, name: str, share: float) -> None:
    _check_disk(site.folder, share)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    site.run("manage.py", "migrate", "-v", "0")
    site.run("manage.py", "collectstatic", "--noinput", "-v", "0")
    print(f"{name}: filled in {seconds(lambda: _fill(site, share)):.0f} s", flush=True)


def _fill(site: Site, share: float) -> None:
    site.run("-m", "tests.benchmarks.inside", "fill", *(str(round(share * size)) for size in WHOLE))
    site.run("-m", "tests.benchmarks.inside", "learn")


def serving(sites: Sequence[Site]) -> str:
    """Every kind of request, to all sites in turn, so that what else the machine does meets them alike."""
    with ExitStack() as stack:
        visitors = []
        for site in sites:
            prepared = json.loads(site.run("-m", "tests.benchmarks.inside", "prepare"))
            port, _ = stack.enter_context(web_server(site.env, site.folder / "log"))
            visitors.append(Visitors(port, prepared).kinds())
        taken: dict[str, list[list[float]]] = {kind: [[] for _ in sites] for kind in visitors[0]}
        for turn in range(-WARM, TURNS):
            for kind, each in taken.items():
                for number, asked in enumerate(visitors):
                    took = 1000 * asked[kind](turn)
                    if turn >= 0:
                        each[number].append(took)
    return in_words(taken, [site.folder.name for site in sites])


def in_words(taken: dict[str, list[list[float]]], names: Sequence[str]) -> str:
    rows = []
    for kind, each in taken.items():
        for what, figure in (("median", median), ("p99", lambda values: sorted(values)[int(0.99 * len(values))])):
            figures = [figure(values) for values in each]
            ratios = [f"{after / before:.1f}" for before, after in pairwise(figures)]
            rows.append([f"{kind}, {what}", *(f"{value:.1f}" for value in figures), *ratios])
    return table(["ms", *names, *(f"{after} / {before}" for before, after in pairwise(names))], rows)


def night(site: Site) -> str:
    """Seconds and peak memory of each step of the night, each in a process of its own."""
    rows = []
    for step in STEPS:
        began = time.perf_counter()
        command = [sys.executable, "manage.py", "night", "--day", NIGHT, "--step", step, "--again"]
        with (site.folder / "night.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=site.env, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{step} failed; {log.name} says why")
        spent = used.ru_utime + used.ru_stime
        rows.append([step, f"{time.perf_counter() - began:.0f}", f"{spent:.0f}", f"{used.ru_maxrss / 1024:.0f}"])
        print(f"{site.folder.name}: {rows[-1]}", flush=True)
    return table([f"{site.folder.name}: step", "s", "processor s", "peak MB"], rows)


def _check_disk(folder: Path, share: float) -> None:
    free, wanted = shutil.disk_usage(folder).free / 1e9, share * GIGABYTES
    if free < wanted:
        raise SystemExit(f"{free:.0f} GB are free in {folder}; a share of {share:g} needs {wanted:.0f}: name another")


@contextmanager
def servers(keep: Path | None) -> Iterator[tuple[Path, str, str]]:
    """The folder of all, the URLs of PostgreSQL and of Redis."""
    folder = keep or Path(tempfile.mkdtemp(prefix="paperboy-scale-"))
    if keep is None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("postgres", "redis"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL runs as another user
    yield folder, start_postgres(folder / "postgres", TUNED), start_redis(folder / "redis")


def main(arguments: list[str]) -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("shares", nargs="*", type=float)
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--night", action="store_true")
    given = asked.parse_args(arguments)
    with servers(given.keep) as (folder, postgres, redis):
        sites = [site_of(share, folder, postgres, redis) for share in given.shares or SHARES]
        print(f"{machine()}; {TURNS} requests of each kind\n\n{serving(sites)}", flush=True)
        for site in sites if given.night else []:
            print(f"\n{machine()}\n\n{night(site)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
