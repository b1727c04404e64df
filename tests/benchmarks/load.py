"""Requests to a real web server, one after the other, as readers make them: how long each kind takes.

`inside.prepare`, which `--prepare` runs in a process of the site, gives some readers a token and a session; `Visitors`
then knocks from outside, over connections that stay open as those of a browser and of a client library do.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from feeds.supervisor import web
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
READERS, PAPERS, SEED = 120, 300, 20261123
QUESTIONS = (
    "learning", "diffusion", "hyperbolic", "deep reinforcement learning", '"large language models"',
    "title:learning", "author:li", "graph cat:cs.CL", "hyperbolic knowledge graph",
)  # fmt: skip
START_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    body: bytes
    seconds: float
    cookies: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """An open connection to the web server; one that was closed is opened again, and the request sent once more."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Answer:
        if body is None:
            return self._timed(method, path, headers, None)
        return self._timed(method, path, headers | {"Content-Type": "application/json"}, json.dumps(body).encode())

    def send_form(self, path: str, cookies: str, body: str) -> Answer:
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        return self._timed("POST", path, headers, body.encode())

    def _timed(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        began = time.perf_counter()
        try:
            answer = self._send(method, path, headers, body)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._open = None
            answer = self._send(method, path, headers, body)
        return replace(answer, seconds=time.perf_counter() - began)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        if self._open is None:
            self._open = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        self._open.request(method, path, body, headers)
        answer = self._open.getresponse()
        cookies = "; ".join(cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", []))
        return Answer(answer.status, answer.read(), 0.0, cookies)


class Visitors:
    """Readers with a token and a session each, and papers for them to look at and to vote on."""

    def __init__(self, port: int, prepared: dict[str, Any]) -> None:
        self._connection, self._chance = Connection(port), Random(SEED)
        self._readers: list[dict[str, Any]] = prepared["readers"]
        self._papers: list[str] = prepared["papers"]
        self._newest: list[str] = prepared["newest"]
        self._days: list[str] = prepared["days"]

    def kinds(self) -> dict[str, Callable[[int], float]]:
        """Kind of request -> what makes the n-th one and gives its seconds."""
        return {
            "bare redirect": lambda turn: self._get("/favicon.ico", {}),
            "feed, unchanged": self._feed_unchanged,
            "vote": self._vote,
            "feed, after a vote": self._feed_after_a_vote,
            "search": lambda turn: self._get(
                f"/api/v1/papers/?q={_quoted(QUESTIONS[turn % len(QUESTIONS)])}", self._token(turn)
            ),
            "paper and similar ones": lambda turn: self._get(
                f"/papers/{self._some(self._papers)}/", self._cookie(turn)
            ),
            "paper, JSON": lambda turn: self._get(f"/api/v1/papers/{self._some(self._papers)}/", self._token(turn)),
            "day page": lambda turn: self._get(f"/day/{self._some(self._days)}/", self._cookie(turn)),
        }

    def _feed_unchanged(self, turn: int) -> float:
        self._get("/api/v1/me/feed/", self._token(turn))
        return self._get("/api/v1/me/feed/", self._token(turn))

    def _vote(self, turn: int) -> float:
        paper, value = self._some(self._newest), self._chance.choice((1, -1))
        return self._asked("PUT", f"/api/v1/papers/{paper}/vote/", self._token(turn), {"value": value})

    def _feed_after_a_vote(self, turn: int) -> float:
        self._vote(turn)
        return self._get("/api/v1/me/feed/", self._token(turn))

    def _get(self, path: str, headers: dict[str, str]) -> float:
        return self._asked("GET", path, headers)

    def _asked(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> float:
        answer = self._connection.ask(method, path, headers, body)
        if answer.status >= 400:
            raise SystemExit(f"{method} {path} answered {answer.status}: {answer.body[:300]!r}")
        return answer.seconds

    def _some(self, names: list[str]) -> str:
        return self._chance.choice(names)

    def _token(self, turn: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._readers[turn % len(self._readers)]['token']}"}

    def _cookie(self, turn: int) -> dict[str, str]:
        return {"Cookie": f"sessionid={self._readers[turn % len(self._readers)]['session']}"}


def _quoted(text: str) -> str:
    return quote(text)


@contextmanager
def web_server(env: dict[str, str], log: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Granian with two processes, as `manage.py up` starts it; its port and its first process."""
    port = free_port()
    with log.open("ab") as out:
        process = subprocess.Popen(
            web("127.0.0.1", port), cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_until_it_answers(port, process)
        yield port, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Connection(port).ask("GET", "/favicon.ico", {})
            return
        except ConnectionError:
            time.sleep(0.2)
    raise SystemExit("the web server does not answer; its log says why")


if __name__ == "__main__" and sys.argv[1:] == ["--prepare"]:
    from .inside import prepare

    prepare()
