"""`python -m tests.benchmarks.soak [MINUTES]`: a mixed load while a night runs, and whether every vote came through.

A site of the benchmark of scale (a hundredth) with PostgreSQL and Redis: two web processes, a worker, and `VISITORS`
threads outside that read, vote, take back, search and sign up, each as readers of its own. At the end the votes that
the visitors know of are compared with those in the database, one by one; the memory of each process is sampled all the
while and its slope over the second half printed. Half a minute after the start a night is told to the worker.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import psycopg

from .load import QUESTIONS, Connection, web_server
from .scale import NIGHT, ROOT, Site, servers, site_of
from .town import machine, table

VISITORS, MINUTES, SHARE = 4, 20.0, 0.01
SAMPLE_SECONDS, PATIENCE = 5.0, 20.0
KINDS = {"feed": 30, "vote": 30, "take back": 5, "search": 20, "paper": 14, "sign up": 1}
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass
class Tally:
    """What the visitors saw: answers by kind and status, seconds by kind, and the votes that they were promised."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    votes: dict[tuple[int, str], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, seconds: float) -> None:
        with self.lock:
            self.answers[kind, status] += 1
            self.seconds[kind].append(seconds)


class Visitor(threading.Thread):
    """A thread that asks as one after the other of its readers; no other thread votes as they do."""

    def __init__(self, number: int, port: int, prepared: dict[str, Any], tally: Tally, until: float) -> None:
        super().__init__(name=f"visitor {number}")
        self._number, self._tally, self._until = number, tally, until
        self._chance, self._connection = Random(number), Connection(port)
        self._readers = prepared["readers"][number::VISITORS]
        self._papers = prepared["newest"] + prepared["papers"]
        self._signed_up = 0

    def run(self) -> None:
        while time.monotonic() < self._until:
            kind = self._chance.choices(list(KINDS), list(KINDS.values()))[0]
            reader = self._chance.choice(self._readers)
            answer = self._sign_up() if kind == "sign up" else self._ask(kind, reader)
            self._tally.note(kind, *answer)

    def _ask(self, kind: str, reader: dict[str, Any]) -> tuple[int, float]:
        token = {"Authorization": f"Bearer {reader['token']}"}
        paper = self._chance.choice(self._papers)
        if kind in ("vote", "take back"):
            return self._vote(reader, paper, token, self._chance.choice((1, -1)) if kind == "vote" else 0)
        path = {
            "feed": "/api/v1/me/feed/",
            "search": f"/api/v1/papers/?q={quote(self._chance.choice(QUESTIONS))}",
            "paper": f"/papers/{paper}/",
        }[kind]
        answer = self._connection.ask("GET", path, token)
        return answer.status, answer.seconds

    def _vote(self, reader: dict[str, Any], paper: str, token: dict[str, str], value: int) -> tuple[int, float]:
        path = f"/api/v1/papers/{paper}/vote/"
        answer = self._connection.ask("PUT" if value else "DELETE", path, token, {"value": value} if value else None)
        if answer.status == 200:
            self._tally.votes[reader["pk"], paper] = value
        return answer.status, answer.seconds

    def _sign_up(self) -> tuple[int, float]:
        """As the form in a browser does: the page, its cookie and its token, then the form."""
        page = self._connection.ask("GET", "/accounts/signup/", {})
        found = _CSRF.search(page.body.decode())
        if found is None:
            return page.status, page.seconds
        self._signed_up += 1
        secret = f"a long enough secret {self._number}"
        email = f"soak-{self._number}-{self._signed_up}-{os.getpid()}@example.org"
        sent = {"csrfmiddlewaretoken": found[1], "email": email, "password1": secret, "password2": secret}
        answer = self._connection.send_form("/accounts/signup/", page.cookies, urlencode(sent))
        return answer.status, answer.seconds


class Memory(threading.Thread):
    """Samples the resident memory of processes and of their children, in megabytes."""

    def __init__(self, roots: dict[str, int], until: float) -> None:
        super().__init__(name="memory")
        self._roots, self._until = roots, until
        self.samples: dict[str, list[tuple[float, float]]] = {}

    def run(self) -> None:
        began = time.monotonic()
        while time.monotonic() < self._until:
            for name, root in self._roots.items():
                for pid in (root, *children_of(root)):
                    if (megabytes := resident(pid)) is not None:
                        self.samples.setdefault(f"{name} {pid}", []).append((time.monotonic() - began, megabytes))
            time.sleep(SAMPLE_SECONDS)

    def report(self) -> str:
        rows = []
        for name, samples in self.samples.items():
            late = np.array(samples[len(samples) // 2 :])
            slope = np.polyfit(late[:, 0] / 60, late[:, 1], 1)[0] if len(late) > 2 else 0.0
            sizes = [size for _, size in samples]
            rows.append([name, f"{sizes[0]:.0f}", f"{max(sizes):.0f}", f"{sizes[-1]:.0f}", f"{slope:+.2f}"])
        return table(["process", "first MB", "most", "last", "MB a minute, second half"], rows)


def children_of(pid: int) -> list[int]:
    found = [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in _read(task).split()]
    return [*found, *(grandchild for child in found for grandchild in children_of(child))]


def resident(pid: int) -> float | None:
    """Megabytes; None where the process has ended."""
    pages = _read(Path(f"/proc/{pid}/statm")).split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if pages else None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def compare(database: str, votes: dict[tuple[int, str], int]) -> str:
    """The visitors' ledger against the tables: each vote as it was last answered, once, and its history adds up."""
    with psycopg.connect(database) as connection:
        there = connection.execute(
            """SELECT v.reader_id, p.public_id, v.value FROM recommender_vote v
            JOIN recommender_paper p ON p.id = v.paper_id WHERE v.reader_id = ANY(%s)""",
            [sorted({reader for reader, _ in votes})],
        ).fetchall()
        torn = connection.execute(
            """SELECT count(*) FROM (SELECT DISTINCT ON (reader_id, paper_id) reader_id, paper_id, value
            FROM recommender_voteevent ORDER BY reader_id, paper_id, at DESC, id DESC) e
            FULL JOIN recommender_vote v USING (reader_id, paper_id)
            WHERE coalesce(e.value, 0) <> coalesce(v.value, 0)"""
        ).fetchall()[0][0]
    found = Counter((reader, paper) for reader, paper, _ in there)
    values = {(reader, paper): value for reader, paper, value in there}
    lost = sum(values.get(pair, 0) != value for pair, value in votes.items())
    double = sum(count > 1 for count in found.values())
    return (
        f"{len(votes):,} votes in the ledger: {lost} lost or wrong, {double} double; history and votes differ: {torn}"
    )


def soak(site: Site, minutes: float) -> None:
    prepared = json.loads(site.run("-m", "tests.benchmarks.load", "--prepare"))
    tally = Tally()
    with web_server(site.env, site.folder / "log") as (port, web), worker_of(site) as worker:
        until = time.monotonic() + 60 * minutes
        memory = Memory({"web": web.pid, "worker": worker.pid}, until)
        threads = [*(Visitor(number, port, prepared, tally, until) for number in range(VISITORS)), memory]
        for thread in threads:
            thread.start()
        threading.Event().wait(min(30, 30 * minutes))
        site.run(
            "manage.py", "shell", "-c", f"from feeds.tasks import night_step; night_step.delay('{NIGHT}', 'fetch')"
        )
        for thread in threads:
            thread.join()
        steps = site.run("manage.py", "shell", "-v", "0", "-c", _STEPS)
    tell(tally, memory, steps)
    print(compare(site.database, tally.votes))


@contextmanager
def worker_of(site: Site) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker without a clock; at the end it is asked to end, and made to where it is still at its step."""
    command = [sys.executable, "-m", "celery", "-A", "recommender.config", "worker", "--loglevel", "INFO"]
    with (site.folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=site.env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield worker
    finally:
        end(worker)


def end(worker: "subprocess.Popen[bytes]") -> None:
    """Wait `PATIENCE` seconds for its step."""
    worker.terminate()
    try:
        worker.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


_STEPS = (
    "from recommender.models import NightStep; print('; '.join(f'{s.step} {s.state}' for s in NightStep.objects.all()))"
)


def tell(tally: Tally, memory: Memory, steps: str) -> None:
    rows = []
    for kind, taken in tally.seconds.items():
        statuses = ", ".join(f"{count:,} x {status}" for (of, status), count in tally.answers.items() if of == kind)
        ordered = [1000 * took for took in sorted(taken)] or [0.0]
        rows.append([kind, statuses, f"{ordered[len(ordered) // 2]:.0f}", f"{ordered[int(0.99 * len(ordered))]:.0f}"])
    errors = sum(count for (_, status), count in tally.answers.items() if status >= 500)
    print(table(["kind", "answers", "median ms", "p99 ms"], rows))
    print(f"\nanswers of 500 and above: {errors}\n\n{memory.report()}\n\nnight: {steps.strip()}\n")


def main(minutes: float) -> None:
    with servers(Path(tempfile.mkdtemp(prefix="paperboy-soak-"))) as (folder, postgres, redis):
        site = site_of(SHARE, folder, postgres, redis)
        print(f"{minutes:g} minutes, {VISITORS} visitors at a time; {machine()}\n", flush=True)
        soak(site, minutes)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)
