"""Run web server and worker as child processes.

They are started together, restarted when one dies, and stopped together.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

from recommender.engine.data import Report

GRACE_SECONDS = 20.0
POLL_SECONDS = 0.3
CONNECT_SECONDS = 1.0
START_SECONDS = 300.0  # within which a process that listens accepts a connection, even on a slow machine
SHORT_LIFE_SECONDS = 5.0
MAX_SHORT_LIVES = 3  # in a row, after which everything stops


@dataclass
class Child:
    """One process that should be running.

    address        where it listens, if it does; a life without any accepted connection counts as short
    start_seconds  after which a process that accepts no connection counts as failed: granian keeps running when its
                   workers die at each start and take more than 5.5 seconds to do so
    """

    name: str
    command: Sequence[str]
    address: tuple[str, int] | None = None
    start_seconds: float = START_SECONDS
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)
    listened: float = field(default=0.0)  # when it last accepted a connection; 0 if never since its start
    short_lives: int = 0

    def start(self) -> None:
        self.started, self.listened = time.monotonic(), 0.0
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own commands

    def fault(self) -> str:
        """Return why it must be restarted; empty if it runs well."""
        assert self.process is not None
        if self.process.poll() is not None:
            return f"ended (code {self.process.returncode})"
        if self.address is None:
            return ""
        now = time.monotonic()
        try:
            socket.create_connection(self.address, CONNECT_SECONDS).close()
        except OSError:
            if now - max(self.started, self.listened) > self.start_seconds:
                return f"accepted no connection on port {self.address[1]} for {self.start_seconds:.0f} s"
        else:
            self.listened = now
        return ""

    def was_short_lived(self) -> bool:
        """Whether it failed at its start."""
        never_listened = self.address is not None and not self.listened
        return never_listened or time.monotonic() - self.started < SHORT_LIFE_SECONDS

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def web(host: str, port: int) -> list[str]:
    """Return the command of the web server."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--no-ws"]
    # Restart a worker that dies, which would otherwise end the server. The timeout, shorter than GRACE_SECONDS, limits
    # how long a stopping server waits for a hung request.
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "15"]
    return [*command, "recommender.config.wsgi:application"]


def worker() -> list[str]:
    """Return the command of the one worker, which also runs Celery beat."""
    return [sys.executable, "-m", "celery", "-A", "recommender.config", "worker", "-B", "--loglevel", "INFO"]


def supervise(children: Sequence[Child], report: Report) -> int:
    """Run the children until SIGINT or SIGTERM, or until one keeps failing.

    Returns the exit code.
    """
    received: list[int] = []

    def note_signal(number: int, frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGINT, note_signal)
    signal.signal(signal.SIGTERM, note_signal)
    for child in children:
        child.start()
    code = 0
    while not received and code == 0:
        time.sleep(POLL_SECONDS)
        code = max(_restart_if_needed(child, report) for child in children)
    stop(children)
    return code


def stop(children: Sequence[Child]) -> None:
    """Terminate all children, and kill those that have not ended after `GRACE_SECONDS`."""
    for child in children:
        child.send(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.send(signal.SIGKILL)
                child.process.wait()


def _restart_if_needed(child: Child, report: Report) -> int:
    """Restart a child with a fault.

    Returns 1 if it keeps failing at its start, else 0.
    """
    fault = child.fault()
    if not fault:
        return 0
    assert child.process is not None
    child.send(signal.SIGKILL)  # also children that a killed process left behind
    child.process.wait()
    child.short_lives = child.short_lives + 1 if child.was_short_lived() else 0
    if child.short_lives >= MAX_SHORT_LIVES:
        report(f"{child.name} {fault}, {child.short_lives} times in a row at its start; stopping")
        return 1
    report(f"{child.name} {fault}; restarting it")
    child.start()
    return 0
