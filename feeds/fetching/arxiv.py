"""arXiv day by day: the announcement from its feed; days that the feed no longer shows over OAI-PMH."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings

from feeds.ingest import Summary
from feeds.models import Fetch
from feeds.sources import arxiv_feed
from feeds.sources.arxiv_days import announcement_days, announcement_time, last_announcement
from recommender.models import Paper

from . import cursors, spans
from .failing import SourceFailed
from .keeping import keep, received
from .run import Answer, Run, Source, failure, of_day
from .services import service

NAME = "arxiv"
FEED = "arxiv_rss"
FEED_TURNS_OVER = timedelta(hours=4)  # after the announcement: at midnight in New York
FEED_IS_GIVEN_UP = timedelta(hours=8)  # after the announcement: then OAI-PMH is asked, which is updated by night
FEED_HOLDS = 2000  # papers; arXiv leaves out what is more
ASKED_AGAIN = timedelta(minutes=15)
MOST_EMPTY = 5  # announcements in a row that nobody need look at
KEPT_FRESH = timedelta(hours=12)
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """What the feed shows: of which day, None when it is empty; `is_whole`: all that was announced."""

    day: date | None = None
    is_whole: bool = True
    summary: Summary = field(default_factory=Summary)


def days_due(first: date | None, now: datetime) -> list[date]:
    """The days from the first one on whose announcement the feed has had the time to take up; without it, the last."""
    last = last_announcement(now - FEED_TURNS_OVER)
    return [last] if first is None else announcement_days(first, last)


def fetch(days: list[date], run: Run) -> Iterator[Answer]:
    """An answer for each of the days, and for the one that the feed shows."""
    shown, failed = Shown(), None
    if max(days) >= days_due(None, run.now)[0]:
        try:
            shown = _read_feed(run)
        except SourceFailed as error:
            failed = error
    if shown.day and shown.is_whole:
        yield of_day(shown.day, Fetch.State.DONE, shown.summary.as_dict())
    missing = [day for day in days if day != shown.day or not shown.is_whole]
    gone = [day for day in missing if _is_gone(day, shown.day, run.now)]
    for day in sorted(set(missing) - set(gone)):
        yield failure(failed, day) if failed else of_day(day, Fetch.State.EMPTY, {}, run.now + ASKED_AGAIN)
    if gone:
        yield from _fill(gone, run)


def fetch_span(first: date, last: date, run: Run) -> Iterator[Answer]:
    """An answer for each archive; the days are those on which arXiv last changed a record."""
    for part in spans.parts(first, last):
        try:
            summary = spans.read_part(part, run)
        except SourceFailed as error:
            yield Answer(str(part), Fetch.State.FAILED, error=str(error))
        else:
            what = f"{part}, read to its end before" if summary is None else str(part)
            yield Answer(what, Fetch.State.DONE, {} if summary is None else summary.as_dict())


def overdue(now: datetime) -> str:
    """Which announcements should be in and are not, or that there is never anything in them."""
    last = last_announcement(now - KEPT_FRESH)
    rows = Fetch.objects.filter(source=NAME)
    open_days = set(rows.filter(day__lte=last, next_at__isnull=False).values_list("day", flat=True))
    if not rows.filter(day__gte=last, next_at__isnull=True).exists():
        open_days.add(last)
    if open_days:
        return f"the papers announced on {', '.join(map(str, sorted(open_days)))} are missing"
    looked_at = announcement_days(last - MOST_EMPTY * 3 * _ONE, last)[-MOST_EMPTY:]
    if not rows.filter(state=Fetch.State.DONE, day__gte=looked_at[0]).exists():
        return f"none of the last {MOST_EMPTY} announcements had a paper in our categories"
    return ""


def _is_gone(day: date, shown: date | None, now: datetime) -> bool:
    """The feed will not bring this day, or not all of it, or has had long enough to do so."""
    return (shown is not None and day <= shown) or announcement_time(day) + FEED_IS_GIVEN_UP < now


def _read_feed(run: Run) -> Shown:
    categories = "+".join(settings.ARXIV_CATEGORIES)
    cursor = cursors.at(NAME, f"feed {categories}")
    validators = cursor.position.get("validators", {})
    with run.client.get(FEED, f"/{categories}", validators=validators) as response:
        if response.body is None:
            return Shown(_day(cursor.position.get("day")), cursor.position.get("is_whole", True))
        found = received(service(FEED).host, arxiv_feed.read(response.body))
    found.refuse_unreadable()
    day = max((record.day for record in found.records if record.day), default=None)
    shown = Shown(day, len(found.rows) < FEED_HOLDS)
    position = {"validators": response.validators, "day": str(day) if day else None, "is_whole": shown.is_whole}
    keep(found, shown.day or run.now.date(), shown.summary, partial(cursors.move, cursor, position), run)
    return shown


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _fill(days: list[date], run: Run) -> Iterator[Answer]:
    """Days that are gone from the feed, among everything that changed since the first of them.

    A paper that was changed again meanwhile is listed under that change only, hence no end.
    """
    try:
        for part in spans.parts(min(days) - _ONE, None):
            yield Answer(str(part), Fetch.State.DONE, (spans.read_part(part, run) or Summary()).as_dict())
    except SourceFailed as error:
        yield from (failure(error, day) for day in days)
    else:
        yield from (_filled(day) for day in days if not run.dry_run)


def _filled(day: date) -> Answer:
    papers = Paper.objects.filter(day=day, tellings__source__startswith=NAME).distinct().count()
    return of_day(day, Fetch.State.DONE if papers else Fetch.State.EMPTY, {"papers": papers})


ARXIV = Source(NAME, "arXiv", "every announcement within 12 hours", days_due, fetch, overdue, fetch_span)
