"""`python -m tests.benchmarks.importing [FILE]`: papers per second, and memory that must not grow with the file.

A quarter, half and all of the file go into a fresh SQLite database each by `manage.py import_papers`, and then a second
time, which must change nothing. Seconds and peak memory are those of the whole process, its start included.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .library import DATA
from .town import machine, table

PARTS = {"a quarter": 4, "half": 2, "all": 1}
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One import: what it said, its time by the clock and on a processor, and the peak memory of its process."""

    said: str
    seconds: float
    processor_seconds: float
    megabytes: float

    @property
    def papers_a_second(self) -> float:
        counts = [int(part.split()[0].replace(",", "")) for part in self.said.partition(": ")[2].split(", ")]
        return sum(counts) / self.seconds


def manage(folder: Path, *arguments: str) -> Run:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment["PAPERBOY_DATA_DIR"] = str(folder)
    began = time.perf_counter()
    command = [sys.executable, "manage.py", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = process.stdout.read().strip()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return Run(said, time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def part_of(file: Path, share: int, folder: Path) -> Path:
    """The first papers of the file, one of `share` of them."""
    with gzip.open(file) as lines:
        count = sum(1 for _ in lines)
    kept = folder / "part.jsonl.gz"
    with gzip.open(file) as lines, gzip.open(kept, "wb") as out:
        out.writelines(islice(lines, count // share))
    return kept


def measure(file: Path, share: int) -> tuple[Run, Run]:
    """The first import and the second one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = part_of(file, share, folder)
        manage(folder, "migrate", "-v", "0")
        return manage(folder, "import_papers", str(part)), manage(folder, "import_papers", str(part))


def main(file: Path) -> None:
    rows = []
    for name, share in PARTS.items():
        for turn, run in zip(("first", "again"), measure(file, share), strict=True):
            times = f"{run.seconds:.1f}", f"{run.processor_seconds:.1f}", f"{run.papers_a_second:,.0f}"
            rows.append([f"{name}, {turn}", run.said.partition(": ")[2], *times, f"{run.megabytes:.0f}"])
    print(f"{file.name}; SQLite; {machine()}\n")
    print(table(["part", "what came of it", "s", "processor s", "papers/s", "peak MB"], rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "papers.jsonl.gz")
