"""A whole Paperboy of its own: a fresh data folder, with `--servers` also a fresh database and an empty Redis."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

ROOT = Path(__file__).parents[2]
OWN_REDIS = 8  # Redis has 16 databases; the test processes use the first half, their instances the second


class Instance:
    """Where one Paperboy lives, and how its commands are run and its processes started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERBOY_", "PYTEST_"))}
        self.env |= {"PAPERBOY_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "recommender.config.settings"}
        self.env |= {"PAPERBOY_SOURCES": ""}  # no test asks the real ones
        if os.environ.get("DATABASE_URL"):
            self.env |= {"DATABASE_URL": _fresh_database(), "REDIS_URL": _empty_redis()}

    def manage(self, *arguments: str, timeout: float = 120) -> str:
        """What `manage.py` with these arguments printed; raises CalledProcessError when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, check=True
        )
        return done.stdout

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", code).strip()

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """A process in a group of its own, its output in `log`."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, text=True, start_new_session=True
            )

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def processes(self) -> list[int]:
        """Every live process that was started for this instance, by the data folder in its environment."""
        mark = f"PAPERBOY_DATA_DIR={self.folder}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, mark)]


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.2)


def _has(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes().split(b"\x00")
    except OSError:
        return False


def _fresh_database() -> str:
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"own_{secrets.token_hex(4)}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"


def _empty_redis() -> str:
    server, _, number = os.environ["REDIS_URL"].rpartition("/")
    url = f"{server}/{OWN_REDIS + int(number)}"
    redis.Redis.from_url(url).flushdb()
    return url
