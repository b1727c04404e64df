"""`python -m tests.benchmarks.api [EMAIL]`: the feed's requests per second, as ratios to a bare view.

Both are in one server, started as `up` starts it, over the database of the settings; the bare view knows the reader of
the same token and answers with the same bytes (for a 304: with none). They are asked in turn over one connection.
Three ways: nothing has changed since; the client holds the answer already; a vote was cast just before (which is
not in the time). EMAIL is the reader; without it, whoever has the most votes. Run it on a copy: votes change.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count  # noqa: E402

from accounts.models import AuthToken, User  # noqa: E402
from feeds import supervisor  # noqa: E402
from recommender.models import Paper  # noqa: E402
from tests.servers import free_port  # noqa: E402

FEED = "/api/v1/me/feed/"
ROUNDS, REQUESTS, WARM = 15, 20, 30
AIMS = {"unchanged": 0.5, "304": 0.8, "after a vote": 0.3}


@dataclass
class Connection:
    """One kept connection that spends as little as it can on being a client."""

    port: int
    key: str

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, address: str, body: str = "", tag: str = "") -> tuple[int, str, bytes]:
        """Status, tag and body of the answer."""
        lines = [f"{method} {address} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.key}"]
        lines += [f"If-None-Match: {tag}"] if tag else []
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
        self.socket.sendall("\r\n".join([*lines, "", body]).encode())
        return self._answer()

    def _answer(self) -> tuple[int, str, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, content = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(content) < length:
            content += self._more()
        return int(first.split()[1]), headers.get("etag", ""), content

    def _more(self) -> bytes:
        received = self.socket.recv(1 << 17)
        if not received:
            raise SystemExit("the server closed the connection")
        return received


@contextmanager
def server() -> Iterator[int]:
    """The web server, with the bare views beside the site, on a free port."""
    port = free_port()
    command = [
        *supervisor.web("127.0.0.1", port)[:-1],
        "--log-level",
        "warning",
        "tests.benchmarks.bare_views:application",
    ]
    env = os.environ | {"PAPERBOY_RATE_READ": "1000000", "PAPERBOY_RATE_WRITE": "1000000"}
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=env)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"the web server did not listen on port {port} within 60 s")


def seconds(ask: Callable[[], tuple[int, str, bytes]], status: int, before: Callable[[], object] | None) -> float:
    """The time of `REQUESTS` answers, each with this status, without what is done before each."""
    spent = 0.0
    for _ in range(REQUESTS):
        if before:
            before()
        began = time.perf_counter()
        answered = ask()[0]
        spent += time.perf_counter() - began
        if answered != status:
            raise SystemExit(f"an answer has the status {answered} and not {status}")
    return spent


def compare(name: str, line: Connection, status: int, tag: str, before: Callable[[], object] | None) -> str:
    """A row of the table: requests per second of both, and the ratio with its spread over the rounds."""

    def feed() -> tuple[int, str, bytes]:
        return line.ask("GET", FEED, tag=tag)

    def bare() -> tuple[int, str, bytes]:
        return line.ask("GET", f"/bare/{status}/")

    for _ in range(WARM):
        feed(), bare()
    rounds = [(seconds(feed, status, before), seconds(bare, status, before)) for _ in range(ROUNDS)]
    ours, theirs = (REQUESTS / median(side) for side in zip(*rounds, strict=True))
    ratios = sorted(other / own for own, other in rounds)
    spread = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"| {name} | {ours:.0f} | {theirs:.0f} | {spread} | {AIMS[name]} |"


def turning_votes(line: Connection, paper: str) -> Callable[[], object]:
    """A vote on one paper that is another one each time."""
    turns = cycle([1, -1])
    return lambda: line.ask("PUT", f"/api/v1/papers/{paper}/vote/", f'{{"value": {next(turns)}}}')


def main(emails: list[str]) -> None:
    known = User.objects.annotate(cast=Count("votes")).order_by("-cast")
    reader = known.get(email=emails[0]) if emails else known[0]
    token, key = AuthToken.issue(reader, "benchmark", AuthToken.Scope.WRITE, None)
    paper = Paper.objects.earliest("day", "pk").public_id
    votes = reader.votes.count()
    with server() as port:
        line = Connection(port, key)
        _, tag, body = line.ask("GET", FEED)
        (settings.DATA_DIR / "bare.json").write_bytes(body)
        print(f"{Paper.objects.count():,} papers, {votes} votes of the reader, an answer of {len(body):,} bytes\n")
        print("| feed | requests/s | bare view | ratio (least to most) | aim |\n| --- | --- | --- | --- | --- |")
        print(compare("unchanged", line, 200, "", None))
        print(compare("304", line, 304, tag, None))
        print(compare("after a vote", line, 200, "", turning_votes(line, paper)))
    token.delete()


if __name__ == "__main__":
    main(sys.argv[1:])
