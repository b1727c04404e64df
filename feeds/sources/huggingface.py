"""Fetch Hugging Face Daily Papers day by day.

Days are read again later because upvotes and comments keep growing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from feeds.models import Fetch, FetchState

from . import store
from .client.service import SourceFailed, service
from .formats import huggingface
from .ingest import Summary
from .source import FetchResult, Run, Source, day_result, failed_result
from .store import ParsedResponse, collect, store_response

NAME = "huggingface"
PAGE = 100  # the most entries that it returns at once
MOST_PAGES = 10
FIRST_DAYS = 7
ON_THE_DAY = timedelta(hours=2)
READ_AGAIN = (1, 2, 3, 7)  # days later
FRESH_WITHIN = timedelta(hours=26)
FILLED_WITHIN = timedelta(hours=36)  # from the beginning of a working day until its list must not be empty
SATURDAY = 5
_ONE = timedelta(days=1)


def days_due(first: date | None, now: datetime) -> list[date]:
    """The days from the first one on.

    Without a first day, those of a week.
    """
    first, last = first or now.date() - _ONE * FIRST_DAYS, now.date()
    return [first + _ONE * number for number in range((last - first).days + 1)]


def fetch(days: list[date], run: Run) -> Iterator[FetchResult]:
    """Return a result for each of the days, newest first.

    A day that fails does not stop the others.
    """
    for day in sorted(days, reverse=True):
        try:
            yield _fetch_day(day, run)
        except SourceFailed as error:
            yield failed_result(error, day)


def overdue(now: datetime) -> str:
    """What is late by the source's promise, in words.

    Empty when nothing is.
    """
    rows = Fetch.objects.filter(source=NAME, state__in=[FetchState.DONE, FetchState.EMPTY])
    if not rows.filter(finished_at__gte=now - FRESH_WITHIN).exists():
        return f"it was not fetched successfully for {FRESH_WITHIN // timedelta(hours=1)} hours"
    day = (now - FILLED_WITHIN).date()
    working_day = day - _ONE * max(0, day.weekday() - SATURDAY + 1)  # Friday for a day of the weekend
    if not rows.filter(state=FetchState.DONE, day__gte=working_day).exists():
        return f"the list of {working_day} is missing or empty, though it was a working day"
    return ""


def _fetch_day(day: date, run: Run) -> FetchResult:
    """Read and store the list of a day.

    It is read again every two hours on the day, then on some of the days after it.
    """
    cursor = store.cursor_for(NAME, f"day {day}")
    parsed, validators = _read_day(day, cursor.position.get("validators", {}), run)
    summary = Summary()
    papers = cursor.position.get("papers", 0)
    if parsed is not None:
        parsed.refuse_unreadable()
        papers = len(parsed.records)
        position = {"validators": validators, "papers": papers}
        store_response(parsed, day, summary, partial(store.move_cursor, cursor, position), run)

    later = [datetime.combine(day + _ONE * days, time(), UTC) for days in READ_AGAIN]
    times = [run.now + ON_THE_DAY, *later] if day == run.now.date() else later
    next_at = min((at for at in times if at > run.now), default=None)
    return day_result(day, FetchState.DONE if papers else FetchState.EMPTY, summary.as_dict(), next_at)


def _read_day(day: date, validators: dict[str, str], run: Run) -> tuple[ParsedResponse | None, dict[str, str]]:
    """All pages of a day's list, and the first one's validators.

    Returns None for the list if that page has not changed.
    """
    first, validators = _read_page(day, 0, validators, run)
    page = first
    for number in range(1, MOST_PAGES):
        if first is None or page is None or page.broken or len(page.rows) < PAGE // 2:
            break
        page, _ = _read_page(day, number, {}, run)
        if page is None or all(row in first.rows for row in page.rows):
            break  # a server without pages returns the first one again
        first.rows += page.rows
        first.broken = page.broken
    return first, validators


def _read_page(
    day: date, number: int, validators: dict[str, str], run: Run
) -> tuple[ParsedResponse | None, dict[str, str]]:
    query = {"date": str(day), "limit": str(PAGE)} | ({"p": str(number)} if number else {})
    with run.client.get(NAME, "/api/daily_papers", query, validators=validators) as response:
        if response.body is None:
            return None, validators
        return collect(service(NAME).host, huggingface.read(response.body, day)), response.validators


HUGGING_FACE = Source(
    NAME,
    "Hugging Face Daily Papers",
    "fetched every day; a working day's list within 36 hours",
    days_due,
    fetch,
    overdue,
)
