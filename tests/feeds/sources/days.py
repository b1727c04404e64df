"""Days of July 2026 at arXiv, for tests of what the feed shows and what OAI-PMH has.

New York is four hours behind UTC: the feed of Tuesday the 21st is due from 04:00 UTC and is given up at 08:00, then
OAI-PMH is read. Monday's papers are 2607.0000x, Tuesday's 2607.1000x.
"""

from datetime import UTC, date, datetime
from typing import Any

from feeds.models import Fetch
from feeds.sources import fetch, ledger
from feeds.sources.arxiv import ARXIV
from recommender.models import Paper
from tests.feeds.outside import Outside

from .answers import Repository, error, feed, record, together

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 7, day) for day in (17, 20, 21, 22))
BEFORE, NEW = ("2607.00001", "2607.00002"), ("2607.10001", "2607.10002")
STALE, RIGHT = feed(TUESDAY, *BEFORE), feed(TUESDAY, *NEW)
FILLED = Repository([record(public_id) for public_id in NEW], page=9)
NOTHING = error("noRecordsMatch")
FIVE = ["cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-07-{text}").replace(tzinfo=UTC)


def run(now: str, **options: Any) -> fetch.FetchReport:
    """Fetch what is due, with nothing in memory, as after a restart."""
    return fetch.fetch(ARXIV, ledger.due(ARXIV, at(now)), at(now), lambda line: None, **options)


def row(day: date = TUESDAY) -> Fetch:
    return Fetch.objects.get(source="arxiv", day=day)


def days() -> dict[str, date]:
    return dict(Paper.objects.values_list("public_id", "day"))


def sets_read(outside: Outside) -> list[str | None]:
    """The sets that were requested from OAI-PMH."""
    return [one.params.get("set") for one in outside.asked if one.path.startswith("/oai")]


def listing(day: date, code: str, digit: str, others: list[str] = FIVE) -> bytes:
    """Two new papers in one of the five categories, the second one cross-listed to the others."""
    crossed = " ".join([code, *(other for other in others if other != code)])
    first, second = (f"2607.{digit}00{FIVE.index(code)}{place}" for place in (1, 2))
    return together(feed(day, first, categories=code), feed(day, second, categories=crossed))
