"""Fetch arXiv day by day from its feed, else over OAI-PMH.

A day is done when each of our categories is the primary one of a new paper, and none was announced a second time.
Otherwise the feed is stale or lacks a listing, or nothing was announced there; cross-lists from other listings do not
tell which. The feed is read again until eight hours after the announcement. Then OAI-PMH is read, once for each archive
in which something is missing, and settles the day: a category without a paper there had none.

OAI-PMH is read sooner if the feed is full or already shows a later day. It is read again, after growing pauses, as long
as it has no paper of that day or a later one, unless the feed says that nothing was announced either. Such a day is
presumed to be a holiday; it reopens if the feed, or OAI-PMH when it is read for another day, has papers of it. The
first day of a new site is confirmed over OAI-PMH, because there is nothing to compare its feed with.

Last, the query API is asked for the comments of replaced papers that OAI-PMH did not bring.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from feeds.models import Fetch, FetchState
from recommender.models import Paper, PaperSource

from . import arxiv_announcements, arxiv_gaps, arxiv_oai, ledger, store
from .arxiv_announcements import Announcement, our_categories
from .client.service import SourceFailed, service
from .formats import arxiv_rss
from .formats.arxiv_calendar import announcement_days, announcement_time, last_announcement
from .ingest import Summary
from .merge import OF_ARXIV
from .replacements import read_replacements
from .source import TAKEN_FOR, WAITING_FOR, FetchResult, Run, Source, day_result, failed_result, waiting_result
from .store import collect, store_response

NAME = "arxiv"
FEED = "arxiv_rss"
FEED_TURNS_OVER = timedelta(hours=4)  # after the announcement: at midnight in New York
FEED_IS_GIVEN_UP = timedelta(hours=8)  # after the announcement; then OAI-PMH is read, which is updated at night
FEED_HOLDS = 2000  # papers; arXiv leaves out the rest
ASKED_AGAIN = timedelta(minutes=15)
MOST_EMPTY = 5  # empty announcements in a row that are not reported
FRESH_WITHIN = timedelta(hours=12)
_ONE = timedelta(days=1)
_IN = Q(next_at=None) | Q(state=FetchState.DONE) | Q(state=FetchState.EMPTY, summary__has_key=TAKEN_FOR)


@dataclass(frozen=True)
class ArxivFeed:
    """The content of the feed.

    is_read         it was read in this run, or has not changed since it was
    day             the newest day in it; None when it is empty
    is_complete     that day was not too long for the feed
    is_provisional  an earlier day is open: papers counted for this day may later turn out to be that day's
    summary         the papers that reading it stored
    announcement    what was new or cross-listed on that day
    """

    is_read: bool = False
    day: date | None = None
    is_complete: bool = True
    is_provisional: bool = False
    summary: Summary = field(default_factory=Summary)
    announcement: Announcement = field(default_factory=Announcement)


def days_due(first: date | None, now: datetime) -> list[date]:
    """The days from the first one on that should be in the feed.

    Without a first day, only the last one.
    """
    last = last_announcement(now - FEED_TURNS_OVER)
    return [last] if first is None else announcement_days(first, last)


def fetch(days: list[date], run: Run) -> Iterator[FetchResult]:
    """Return a result for each day, and for the day that the feed shows."""
    feed, failure = ArxivFeed(), None
    if max(days) >= days_due(None, run.now)[0]:
        try:
            feed = _read_feed(run)
        except SourceFailed as error:
            failure = error

    gaps = {day: missing for day in days if (missing := _gap(day, feed, run))}
    if gaps:
        quiet = {day for day in gaps if _is_quiet(day, feed, run.now)}
        holidays = set(ledger.assumed_holidays(NAME, run.now)) - set(days)
        for answer in arxiv_gaps.fill(gaps, quiet, holidays, run, failure):
            # A first day that waits for OAI-PMH, but for no category, has its papers.
            is_in = answer.day == feed.day and feed.is_complete and answer.summary.get(WAITING_FOR) == []
            yield replace(answer, state=FetchState.DONE, summary={}) if is_in else answer

    if not run.dry_run:
        for day in ledger.assumed_holidays(NAME, run.now):
            is_in_feed = feed.day == day and feed.announcement.has_papers
            if is_in_feed or arxiv_announcements.new_categories(day, OF_ARXIV):
                ledger.reopen(NAME, day, run.now)

    settled = Fetch.objects.filter(source=NAME, next_at=None)
    if feed.day and feed.day not in gaps and (feed.day in days or not settled.filter(day=feed.day).exists()):
        yield _feed_answer(feed, feed.day, run)
    for day in sorted(set(days) - {feed.day, *gaps}):
        if failure:
            yield failed_result(failure, day)
        else:
            yield waiting_result(day, {}, set(), our_categories(), run.now + ASKED_AGAIN)

    if not run.dry_run:
        read_replacements(run)


def fetch_span(first: date, last: date, run: Run) -> Iterator[FetchResult]:
    """Return a result for each archive.

    The days are those on which arXiv last changed a record.
    """
    for part in arxiv_oai.parts(first, last):
        try:
            summary = arxiv_oai.read_part(part, run)
        except SourceFailed as error:
            yield FetchResult(str(part), FetchState.FAILED, error=str(error))
        else:
            what = f"{part}, already read completely" if summary is None else str(part)
            yield FetchResult(what, FetchState.DONE, {} if summary is None else summary.as_dict())


def overdue(now: datetime) -> str:
    """Describe which announcements are late.

    Also reports if none of the last ones had papers. Empty if all is well.
    """
    last = last_announcement(now - FRESH_WITHIN)
    rows = Fetch.objects.filter(source=NAME)
    missing: dict[date, str] = {}
    for row in rows.filter(day__lte=last).exclude(_IN):
        categories = row.summary.get(WAITING_FOR, [])
        is_part = categories and set(categories) < our_categories()
        missing[row.day] = f"{row.day} ({', '.join(categories)})" if is_part else str(row.day)
    if not rows.filter(_IN, day__gte=last).exists():
        missing.setdefault(last, str(last))
    if missing:
        return f"the papers announced on {', '.join(missing[day] for day in sorted(missing))} are missing"

    recent = announcement_days(last - MOST_EMPTY * 3 * _ONE, last)[-MOST_EMPTY:]
    if not rows.filter(state=FetchState.DONE, day__gte=recent[0]).exists():
        return f"none of the last {MOST_EMPTY} announcements had a paper in our categories"
    return ""


def _gap(day: date, feed: ArxivFeed, run: Run) -> set[str]:
    """The categories to read over OAI-PMH.

    The feed will not have their papers, or should have had them by now.
    """
    is_given_up = announcement_time(day) + FEED_IS_GIVEN_UP < run.now
    if day == feed.day and feed.is_complete:
        missing = our_categories() if _is_first(day) else _missing(feed, day, run)
        return missing if is_given_up else set()
    return our_categories() if is_given_up or (feed.day is not None and day <= feed.day) else set()


def _is_quiet(day: date, feed: ArxivFeed, now: datetime) -> bool:
    """Whether the feed says that nothing was announced.

    It shows the day without new papers, or is still empty late on that day.
    """
    is_late = announcement_time(day) + FRESH_WITHIN <= now
    is_empty = feed.is_read and feed.day is None and is_late and now.date() <= day
    return not arxiv_announcements.recall(day).has_papers and (feed.day == day or is_empty)


def _missing(feed: ArxivFeed, day: date, run: Run) -> set[str]:
    """The categories that the feed lacks or shows without new papers.

    OAI-PMH may have shown since that papers of a listing are of an earlier day.
    """
    listed = set(feed.announcement.listed)
    if not run.dry_run:
        listed &= arxiv_announcements.listed_categories(day, [PaperSource.ARXIV_FEED])
    return our_categories() - listed | feed.announcement.stale


def _feed_answer(feed: ArxivFeed, day: date, run: Run) -> FetchResult:
    """The answer for the day that the feed shows.

    It is compared again later if an earlier day was open, or read over OAI-PMH if there is none.
    """
    missing = _missing(feed, day, run)
    if missing:
        news = arxiv_announcements.new_categories(day, [PaperSource.ARXIV_FEED]) | feed.announcement.crossed
        if run.dry_run:
            news |= feed.announcement.fresh  # these papers are not in the catalogue
        return waiting_result(day, feed.summary.as_dict(), news, missing, run.now + ASKED_AGAIN)
    next_at = run.now + arxiv_gaps.pause(day, run.now) if feed.is_provisional else None
    if _is_first(day):
        next_at = max(announcement_time(day) + FEED_IS_GIVEN_UP, run.now + ASKED_AGAIN)
    return day_result(day, FetchState.DONE, feed.summary.as_dict(), next_at)


def _is_first(day: date) -> bool:
    """Whether the catalogue has no arXiv papers from before this day.

    A stale feed would then look new.
    """
    with_papers = Fetch.objects.filter(source=NAME, state__in=[FetchState.DONE, FetchState.PARTIAL])
    of_arxiv = Paper.objects.filter(tellings__source__in=OF_ARXIV)
    return not (with_papers.filter(day__lt=day).exists() or of_arxiv.filter(day__lt=day).exists())


def _is_provisional(day: date | None) -> bool:
    return day is not None and Fetch.objects.filter(source=NAME, day__lt=day).exclude(_IN).exists()


def _read_feed(run: Run) -> ArxivFeed:
    """Read and store the feed.

    If it has not changed, return what it showed when it was last read.
    """
    categories = "+".join(settings.ARXIV_CATEGORIES)
    cursor = store.cursor_for(NAME, f"feed {categories}")
    position = cursor.position
    with run.client.get(FEED, f"/{categories}", validators=position.get("validators", {})) as response:
        if response.body is None:
            day = date.fromisoformat(position["day"]) if position.get("day") else None
            announcement = arxiv_announcements.recall(day) if day else Announcement()
            is_complete = position.get("is_whole", True)
            return ArxivFeed(True, day, is_complete, _is_provisional(day), announcement=announcement)
        parsed = collect(service(FEED).host, arxiv_rss.read(response.body))

    parsed.refuse_unreadable()
    day = max((record.day for record in parsed.records if record.day), default=None)
    announcement = arxiv_announcements.compare(parsed.records, day) if day else Announcement()
    feed = ArxivFeed(True, day, len(parsed.rows) < FEED_HOLDS, _is_provisional(day), announcement=announcement)
    # Without validators, the feed is sent again even if unchanged, to be compared once more.
    validators = {} if feed.is_provisional else response.validators
    position = {"validators": validators, "day": str(day) if day else None, "is_whole": feed.is_complete}

    def move() -> None:
        store.move_cursor(cursor, position)
        if day and announcement.has_papers:
            arxiv_announcements.remember(announcement, day)

    store_response(parsed, day or run.now.date(), feed.summary, move, run)
    return feed


ARXIV = Source(NAME, "arXiv", "every announcement within 12 hours", days_due, fetch, overdue, fetch_span)
