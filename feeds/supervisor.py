"""Web server and worker as child processes: started together, restarted when one dies, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

GRACE_SECONDS = 20.0
POLL_SECONDS = 0.3
CONNECT_SECONDS = 1.0
START_SECONDS = 300.0  # within which a process that listens takes a connection, also on a slow machine
SHORT_LIFE_SECONDS = 5.0
MAX_SHORT_LIVES = 3  # a process that keeps failing at its start stops the whole


@dataclass
class Child:
    """One process that should be running.

    address        where it listens, if it does; a life in which it never took a connection is a short one
    start_seconds  without a connection taken after which it counts as failed, although it runs: granian goes on for
                   ever when its workers die at each start and take more than 5.5 seconds to do so
    """

    name: str
    command: Sequence[str]
    address: tuple[str, int] | None = None
    start_seconds: float = START_SECONDS
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)
    listened: float = field(default=0.0)  # when it last took a connection; 0 if never since it was started
    short_lives: int = 0

    def start(self) -> None:
        self.started, self.listened = time.monotonic(), 0.0
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own commands

    def fault(self) -> str:
        """Why it has to be started again; empty while it runs well."""
        assert self.process is not None
        if self.process.poll() is not None:
            return f"ended (code {self.process.returncode})"
        if self.address is None:
            return ""
        now = time.monotonic()
        if _takes_connections(self.address):
            self.listened = now
        elif now - max(self.started, self.listened) > self.start_seconds:
            return f"took no connection on port {self.address[1]} for {self.start_seconds:.0f} s"
        return ""

    def lived_short(self) -> bool:
        """Whether this life ended at its start."""
        never_listened = self.address is not None and not self.listened
        return never_listened or time.monotonic() - self.started < SHORT_LIFE_SECONDS

    def send(self, number: signal.Signals) -> None:
        """Signal the process and all that it started."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def web(host: str, port: int) -> list[str]:
    """The command of the web server."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--no-ws"]
    # A worker that dies is started again; without this its death ends the server. The limit bounds how long a server
    # that ends waits for a hung request, and is shorter than GRACE_SECONDS.
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "15"]
    return [*command, "recommender.config.wsgi:application"]


def worker() -> list[str]:
    """The command of the one worker, which also keeps the clock."""
    return [sys.executable, "-m", "celery", "-A", "recommender.config", "worker", "-B", "--loglevel", "INFO"]


def supervise(children: Sequence[Child], say: Callable[[str], None]) -> int:
    """Run the children until SIGINT or SIGTERM, or until one cannot be kept alive; returns the exit code."""
    stopping = _stop_on_signal()
    for child in children:
        child.start()
    code = 0
    while not stopping and code == 0:
        time.sleep(POLL_SECONDS)
        code = max(_revive(child, say) for child in children)
    stop(children)
    return code


def stop(children: Sequence[Child]) -> None:
    """Ask all to end, wait, then make them."""
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


def _revive(child: Child, say: Callable[[str], None]) -> int:
    """Start the child again if it has to be; 1 if it keeps failing at its start."""
    fault = child.fault()
    if not fault:
        return 0
    assert child.process is not None
    child.send(signal.SIGKILL)  # also what a killed parent left behind
    child.process.wait()
    child.short_lives = child.short_lives + 1 if child.lived_short() else 0
    if child.short_lives >= MAX_SHORT_LIVES:
        say(f"{child.name} {fault}, {child.short_lives} times in a row at its start; stopping")
        return 1
    say(f"{child.name} {fault}; starting it again")
    child.start()
    return 0


def _takes_connections(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def _stop_on_signal() -> list[int]:
    """A list that stays empty until a signal to stop arrives."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    return received
