"""The outside world on loopback: a server that gives recorded or made answers, behaves badly on request, and notes all.

Only the edge is replaced: what asks it goes through the real client, over real connections.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HURRIED = {"pause": 0.01, "connect": 2.0, "answer": 2.0, "whole": 5.0, "backoff": 0.02}


@dataclass
class Asked:
    """One request as the server saw it; times by its monotonic clock."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    began: float
    ended: float = 0.0


@dataclass(frozen=True)
class Reply:
    """One answer; `write` sends the body in a way of its own, such as half of it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    write: Callable[[socket.socket, bytes], None] | None = None


Answering = Callable[[Asked], Reply]


class Outside:
    """Use it with `with`; answers are given by the beginning of the path, and by default there is nothing."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[str, Answering] = {}
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, *replies: Reply | Answering | bytes) -> None:
        """The replies in turn, the last one for ever."""
        left = [reply if callable(reply) else _always(reply) for reply in replies]

        def in_turn(asked: Asked) -> Reply:
            return (left.pop(0) if len(left) > 1 else left[0])(asked)

        self._answers[path] = in_turn

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def services(self, **manners: float) -> dict[str, dict[str, Any]]:
        """The settings of all services, as they would be if this were the whole outside world."""
        places = {"arxiv_api": "/api/query", "arxiv_rss": "/rss", "arxiv_oai": "/oai", "huggingface": ""}
        return {
            name: HURRIED | {"url": self.url + path, "turn": name.partition("_")[0], "most_bytes": 1_000_000} | manners
            for name, path in places.items()
        }

    def environment(self) -> dict[str, str]:
        """The same for another process; its pauses are for `hurried` to shorten."""
        return {
            "PAPERBOY_ARXIV_API_URL": f"{self.url}/api/query",
            "PAPERBOY_ARXIV_RSS_URL": f"{self.url}/rss",
            "PAPERBOY_ARXIV_OAI_URL": f"{self.url}/oai",
            "PAPERBOY_HF_URL": self.url,
        }

    def reply_to(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            found = max((path for path in self._answers if asked.path.startswith(path)), key=len, default=None)
            return self._answers[found](asked) if found else Reply(b"nothing here", 404)

    def __enter__(self) -> "Outside":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def stall(seconds: float) -> Reply:
    """It takes the question and says nothing."""
    return Reply(write=lambda connection, body: time.sleep(seconds))


def drip(body: bytes, pause: float) -> Reply:
    """Byte after byte, headers too, each well within any time-out."""

    def write(connection: socket.socket, body: bytes) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return Reply(body, write=write)


def cut(body: bytes) -> Reply:
    """Half of what was promised."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    return Reply(body, write=lambda connection, whole: connection.sendall(head + whole[: len(whole) // 2]))


def endless(piece: bytes) -> Reply:
    """More and more, without a stated length, until the other side has had enough."""

    def write(connection: socket.socket, body: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(body)

    return Reply(piece, write=write)


def _always(reply: Reply | bytes) -> Answering:
    made = Reply(reply) if isinstance(reply, bytes) else reply
    return lambda asked: made


def _handler(outside: Outside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers), time.monotonic())
            reply = outside.reply_to(asked)
            with suppress(OSError):  # whoever asked may have gone away
                self._send(reply)
            asked.ended = time.monotonic()

        def _send(self, reply: Reply) -> None:
            if reply.write:
                reply.write(self.connection, reply.body)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    return Handler
