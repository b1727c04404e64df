"""A back-fill of 1,000 real records that is killed again and again, compared with an undisturbed one."""

import gzip
import json
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from feeds.models import Telling
from recommender.models import Paper
from tests.feeds.instance import Instance
from tests.feeds.outside import Answering, Asked, Outside, Reply

from .answers import Repository
from .formats.samples import RAW

SAMPLE = RAW / "arxiv_oai_arxivraw_listrecords_2014.xml.gz"
PAGE = 50
WITHIN_SECONDS = 0.12  # from a run's first question to the last moment at which it may be killed; a page takes 0.1
SPAN = ("--from", "2008-01-01", "--until", "2014-12-31")
COLUMNS = "public_id", "day", "title", "abstract", "authors", "categories", "versions", "withdrawn", "source"


@dataclass
class Outcome:
    """Tables at the end, the pages in the order in which they were asked for, and those in flight at each kill."""

    tables: list[list[object]]
    pages: list[str]
    in_flight: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def asked_again(self) -> dict[str, int]:
        return {page: times - 1 for page, times in Counter(self.pages).items() if times > 1}

    @property
    def asked_again_without_need(self) -> dict[str, int]:
        """Pages requested more than once, except once more for a page that was in flight at a kill."""
        kills = Counter(self.in_flight)
        return {page: again for page, again in self.asked_again.items() if again > kills[page]}


class Gate:
    """Gives a run that is to be killed one page; its next question waits until it is dead, however fast the machine."""

    def __init__(self, behind: Answering) -> None:
        self._behind = behind
        self._left = 0
        self._opened = Event()

    def __call__(self, request: Asked) -> Reply:
        if not self._left:
            self._opened.wait(60)
        self._left -= 1
        return self._behind(request)

    def close(self) -> None:
        self._left = 1
        self._opened.clear()

    def open(self) -> None:
        self._left = 1_000_000
        self._opened.set()


def tables() -> str:
    """All papers and tellings of the database, as JSON, without the times at which they were stored."""
    papers = Paper.objects.order_by("public_id").values_list(*COLUMNS)
    tellings = Telling.objects.order_by("paper__public_id", "source").values_list(
        "paper__public_id", "source", "fields"
    )
    return json.dumps([list(papers), list(tellings)], default=str)


def repository() -> Repository:
    text = gzip.decompress(SAMPLE.read_bytes()).decode()
    return Repository(re.findall(r"<record>.*?</record>", text, re.DOTALL), PAGE)


def back_fill(folder: Path, archives: Iterable[str], *, kills: int = 0, seed: int = 0) -> Outcome:
    """Back-fill a separate instance; its first `kills` runs are killed."""
    with Outside() as outside:
        gate = Gate(repository())
        outside.answer("/oai", gate)
        instance = Instance(folder)
        instance.env |= outside.environment() | {"PAPERBOY_ARXIV_CATEGORIES": ",".join(archives)}
        instance.manage("migrate", "-v", "0")
        moments = random.Random(seed)
        in_flight = [_kill(instance, outside, gate, moments.uniform(0, WITHIN_SECONDS)) for _ in range(kills)]
        gate.open()
        began = time.monotonic()
        _run(instance)
        seconds = time.monotonic() - began
        rows = json.loads(instance.shell("from tests.feeds.sources.killing import tables; print(tables())"))
        return Outcome(rows, [_page(request) for request in outside.asked], in_flight, seconds)


def _command() -> list[str]:
    return [sys.executable, "-m", "tests.feeds.sources.hurried", "fetch", "--source", "arxiv", *SPAN]


def _kill(instance: Instance, outside: Outside, gate: Gate, seconds: float) -> str:
    """Start the back-fill and kill it some time after its first request; return the page that it requested last."""
    gate.close()
    before = len(outside.asked)
    process = instance.start(*_command())
    while len(outside.asked) == before and process.poll() is None:
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    ended = process.wait(30)
    assert ended == -signal.SIGKILL, instance.log.read_text()[-2000:]
    last = _page(outside.asked[-1])
    gate.open()
    return last


def _run(instance: Instance) -> None:
    process = instance.start(*_command())
    assert process.wait(300) == 0, instance.log.read_text()[-3000:]


def _page(request: Asked) -> str:
    return request.params.get("resumptionToken") or f"{request.params['set']}, first page"
