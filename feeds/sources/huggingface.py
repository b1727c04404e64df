"""Hugging Face Daily Papers day by day, read again later because up-votes and comments go on growing."""

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
PAGE = 100  # the most that it gives at once
MOST_PAGES = 10
FIRST_DAYS = 7
ON_THE_DAY = timedelta(hours=2)
READ_AGAIN = (1, 2, 3, 7)  # days later
KEPT_FRESH = timedelta(hours=26)
FILLED = timedelta(hours=36)  # from the beginning of a working day until its list must not be empty
SATURDAY = 5
_ONE = timedelta(days=1)


def days_due(first: date | None, now: datetime) -> list[date]:
    """The days from the first one on; without it, those of a week."""
    return _days(first or now.date() - _ONE * FIRST_DAYS, now.date())


def fetch(days: list[date], run: Run) -> Iterator[FetchResult]:
    """An answer for each of the days, the newest first; one that fails does not stop the others."""
    for day in sorted(days, reverse=True):
        try:
            yield _fetch_day(day, run)
        except SourceFailed as error:
            yield failed_result(error, day)


def overdue(now: datetime) -> str:
    """What should have been asked or should have come and has not."""
    rows = Fetch.objects.filter(source=NAME, state__in=[FetchState.DONE, FetchState.EMPTY])
    if not rows.filter(finished_at__gte=now - KEPT_FRESH).exists():
        return f"it has not been asked successfully for {KEPT_FRESH // timedelta(hours=1)} hours"
    day = _working_day((now - FILLED).date())
    if not rows.filter(state=FetchState.DONE, day__gte=day).exists():
        return f"the list of {day} is missing or empty, though it was a working day"
    return ""


def _days(first: date, last: date) -> list[date]:
    return [first + _ONE * number for number in range((last - first).days + 1)]


def _fetch_day(day: date, run: Run) -> FetchResult:
    cursor = store.cursor_for(NAME, f"day {day}")
    found, validators = _read_day(day, cursor.position.get("validators", {}), run)
    summary = Summary()
    papers = cursor.position.get("papers", 0) if found is None else len(found.records)
    if found is not None:
        found.refuse_unreadable()
        position = {"validators": validators, "papers": papers}
        store_response(found, day, summary, partial(store.move_cursor, cursor, position), run)
    state = FetchState.DONE if papers else FetchState.EMPTY
    return day_result(day, state, summary.as_dict(), _next_at(day, run.now))


def _read_day(day: date, validators: dict[str, str], run: Run) -> tuple[ParsedResponse | None, dict[str, str]]:
    """All pages of a day's list, and the first one's validators; no list where that page has not changed."""
    whole, made = _page(day, 0, validators, run)
    page = whole
    for number in range(1, MOST_PAGES):
        if whole is None or page is None or page.broken or len(page.rows) < PAGE // 2:
            break
        page, _ = _page(day, number, {}, run)
        if page is None or all(row in whole.rows for row in page.rows):
            break  # whoever knows no pages gives the first one again
        whole.rows += page.rows
        whole.broken = page.broken
    return whole, made


def _page(day: date, number: int, validators: dict[str, str], run: Run) -> tuple[ParsedResponse | None, dict[str, str]]:
    question = {"date": str(day), "limit": str(PAGE)} | ({"p": str(number)} if number else {})
    with run.client.get(NAME, "/api/daily_papers", question, validators=validators) as response:
        if response.body is None:
            return None, validators
        return collect(service(NAME).host, huggingface.read(response.body, day)), response.validators


def _next_at(day: date, now: datetime) -> datetime | None:
    """Every two hours on the day, then on some of the days after it; None when the last of them is over."""
    later = [datetime.combine(day + _ONE * days, time(), UTC) for days in READ_AGAIN]
    moments = [now + ON_THE_DAY, *later] if day == now.date() else later
    return min((moment for moment in moments if moment > now), default=None)


def _working_day(day: date) -> date:
    return day - _ONE * max(0, day.weekday() - SATURDAY + 1)


HUGGING_FACE = Source(
    NAME, "Hugging Face Daily Papers", "asked every day, a working day's list within 36 hours", days_due, fetch, overdue
)
