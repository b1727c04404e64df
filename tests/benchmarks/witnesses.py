"""Clients that read, vote and search while things break: what they were answered, and the votes they may rely on."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from .breakable import Town
from .load import QUESTIONS

CLIENTS, PAUSE = 4, 0.05
KINDS = {"feed": 40, "vote": 40, "search": 20}
LOST = "no answer"
VOTES = """SELECT v.reader_id, p.public_id, v.value FROM recommender_vote v
    JOIN recommender_paper p ON p.id = v.paper_id WHERE v.reader_id IN (%s)"""
STEPS_OF_HISTORY = """SELECT count(*) FROM (SELECT value, previous, lag(value, 1, 0::smallint) OVER
    (PARTITION BY reader_id, paper_id ORDER BY id) AS before FROM recommender_voteevent) e
    WHERE previous <> before OR value = previous"""


@dataclass(frozen=True)
class Seen:
    """One request and its answer; `status` is "no answer" for a connection that was refused or lost."""

    at: float
    kind: str
    status: int | str
    mode: str = ""

    @property
    def is_good(self) -> bool:
        return self.status in (200, 201, 204)


@dataclass
class Book:
    """What all clients saw, and the votes: those that were answered, and those of which nobody knows."""

    seen: list[Seen] = field(default_factory=list)
    sure: dict[tuple[int, str], int] = field(default_factory=dict)
    unsure: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    asking: list[threading.Lock] = field(default_factory=lambda: [threading.Lock() for _ in range(CLIENTS)])

    def note_vote(self, pair: tuple[int, str], value: int, status: int | str) -> None:
        if status == 200:
            self.sure[pair] = value
            self.unsure.pop(pair, None)
        elif pair in self.unsure:
            self.unsure[pair].add(value)
        else:
            self.unsure[pair] = {value, self.sure.get(pair, 0)}

    def between(self, start: float, end: float) -> list[Seen]:
        return [one for one in self.seen if start <= one.at <= end]


class Client(threading.Thread):
    """One request after the other, as readers of its own; a connection that breaks leads it to the other server."""

    def __init__(self, number: int, town: Town, prepared: dict[str, Any], book: Book, stop: threading.Event) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self._book, self._stop_asking, self._chance = book, stop, Random(number)
        self._ports, self._turn, self._asking = town.ports, number, book.asking[number]
        self._readers, self._papers = prepared["readers"][number::CLIENTS], prepared["papers"]
        self._open: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self._stop_asking.wait(PAUSE):
            with self._asking:
                self._ask_something()

    def _ask_something(self) -> None:
        kind = self._chance.choices(list(KINDS), list(KINDS.values()))[0]
        reader, paper = self._chance.choice(self._readers), self._chance.choice(self._papers)
        value = self._chance.choice((1, -1))
        method, path, body = {
            "feed": ("GET", "/api/v1/me/feed/", None),
            "vote": ("PUT", f"/api/v1/papers/{paper}/vote/", json.dumps({"value": value}).encode()),
            "search": ("GET", f"/api/v1/papers/?q={quote(self._chance.choice(QUESTIONS))}", None),
        }[kind]
        status, found = self._ask(method, path, reader["token"], body)
        mode = json.loads(found)["mode"] if kind == "feed" and status == 200 else ""
        self._book.seen.append(Seen(time.monotonic(), kind, status, mode))
        if kind == "vote":
            self._book.note_vote((reader["pk"], paper), value, status)

    def _ask(self, method: str, path: str, token: str, body: bytes | None) -> tuple[int | str, bytes]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            if self._open is None:
                port = self._ports[self._turn % len(self._ports)]
                self._open = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            self._open.request(method, path, body, headers)
            answer = self._open.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._open, self._turn = None, self._turn + 1
            return LOST, b""


def errors_of(seen: Iterable[Seen]) -> str:
    counts = Counter(one.status for one in seen if not one.is_good)
    return ", ".join(f"{count} x {status}" for status, count in sorted(counts.items(), key=str)) or "none"


def modes_of(seen: Iterable[Seen]) -> str:
    counts = Counter(one.mode for one in seen if one.mode)
    return ", ".join(f"{mode} {count}" for mode, count in counts.most_common())


def longest_gap(seen: Sequence[Seen], start: float, end: float) -> float:
    """Seconds without a good answer to any client."""
    good = sorted(one.at for one in seen if one.is_good)
    return max(after - before for before, after in zip([start, *good], [*good, end], strict=True))


def recovered_after(seen: Iterable[Seen], mended: float) -> float:
    """Seconds from the mending to the last answer that was an error; 0 for none after it."""
    return max((one.at - mended for one in seen if not one.is_good), default=0.0)


def votes_there(town: Town, readers: set[int]) -> list[tuple[int, str, int]]:
    """The votes of these readers, as the database has them."""
    found = town.query(VOTES % ",".join(map(str, sorted(readers))))
    return [(int(str(reader)), str(paper), int(str(value))) for reader, paper, value in found]


def audit(town: Town, book: Book) -> tuple[int, int, int]:
    """Votes that are lost or wrong, votes that are there twice, and steps of the history that do not fit together.

    Nobody asks for anything meanwhile.
    """
    with ExitStack() as quiet:
        for lock in book.asking:
            quiet.enter_context(lock)
        return _compared(town, book)


def _compared(town: Town, book: Book) -> tuple[int, int, int]:
    rows = votes_there(town, {reader for reader, _ in book.sure})
    there = {(reader, paper): value for reader, paper, value in rows}
    lost = sum(there.get(pair, 0) != value for pair, value in book.sure.items() if pair not in book.unsure)
    lost += sum(there.get(pair, 0) not in values for pair, values in book.unsure.items())
    ((torn,),) = town.query(STEPS_OF_HISTORY)
    return lost, len(rows) - len(there), int(str(torn))
