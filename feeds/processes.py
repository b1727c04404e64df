"""Web server and worker as child processes: started together, restarted when one dies, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

GRACE_SECONDS = 20.0
POLL_SECONDS = 0.3
SHORT_LIFE_SECONDS = 5.0
MOST_SHORT_LIVES = 3  # a process that keeps dying at its start stops the whole


@dataclass
class Child:
    """One process that should be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)
    short_lives: int = 0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own commands

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

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
    if not child.died():
        return 0
    assert child.process is not None
    child.send(signal.SIGKILL)  # what a killed parent left behind
    lived = time.monotonic() - child.started
    child.short_lives = child.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
    if child.short_lives >= MOST_SHORT_LIVES:
        say(f"{child.name} ended {child.short_lives} times at its start (code {child.process.returncode}); stopping")
        return 1
    say(f"{child.name} ended (code {child.process.returncode}); starting it again")
    child.start()
    return 0


def _stop_on_signal() -> list[int]:
    """A list that stays empty until a signal to stop arrives."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    return received
