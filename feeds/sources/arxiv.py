"""arXiv day by day: the announcement from its feed; days that the feed does not bring whole over OAI-PMH.

A day is done when every category asked for is the primary one of a new paper, and none was announced a second time:
else the feed is stale or lacks a listing, or nothing was announced there; cross-lists from other listings do not tell
which. The feed is asked again until eight hours after the announcement; then OAI-PMH is read, once for each archive
that something is missing from, and settles the day: what has no paper there had none. OAI-PMH is asked sooner where the
feed is full or shows a later day already, and again, after pauses that grow, as long as it has no paper at all of that
day or a later one, unless the feed says that there was no announcement either. Such a day is taken for a holiday; it
reopens if the feed, or OAI-PMH when it is read for another day, has papers of it. The first day of a new site is
confirmed by OAI-PMH: there is nothing to compare its feed with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from feeds.models import Cursor, Fetch, FetchState
from recommender.models import Paper, PaperSource

from . import arxiv_announcements, arxiv_gaps, arxiv_oai, ledger, store
from .arxiv_announcements import Announcement, our_categories
from .client.service import SourceFailed, service
from .formats import arxiv_rss
from .formats.arxiv_calendar import announcement_days, announcement_time, last_announcement
from .ingest import Summary
from .merge import OF_ARXIV
from .source import TAKEN_FOR, WAITING_FOR, FetchResult, Run, Source, day_result, failed_result, waiting_result
from .store import collect, store_response

NAME = "arxiv"
FEED = "arxiv_rss"
FEED_TURNS_OVER = timedelta(hours=4)  # after the announcement: at midnight in New York
FEED_IS_GIVEN_UP = timedelta(hours=8)  # after the announcement: then OAI-PMH is asked, which is updated by night
FEED_HOLDS = 2000  # papers; arXiv leaves out what is more
ASKED_AGAIN = timedelta(minutes=15)
MOST_EMPTY = 5  # announcements in a row that nobody need look at
KEPT_FRESH = timedelta(hours=12)
_ONE = timedelta(days=1)
_IN = Q(next_at=None) | Q(state=FetchState.DONE) | Q(state=FetchState.EMPTY, summary__has_key=TAKEN_FOR)


@dataclass(frozen=True)
class ArxivFeed:
    """What the feed shows.

    is_read         it was read in this run, or has not changed since it was
    day             the newest day in it; None when it is empty
    is_whole        that day was not too long for the feed
    is_provisional  an earlier day was open: once that is in, papers taken for this day's may turn out to be that day's
    summary         what reading it brought
    announcement    what was new or cross-listed on that day
    """

    is_read: bool = False
    day: date | None = None
    is_whole: bool = True
    is_provisional: bool = False
    summary: Summary = field(default_factory=Summary)
    announcement: Announcement = field(default_factory=Announcement)


def days_due(first: date | None, now: datetime) -> list[date]:
    """The days from the first one on whose announcement the feed has had the time to take up; without it, the last."""
    last = last_announcement(now - FEED_TURNS_OVER)
    return [last] if first is None else announcement_days(first, last)


def fetch(days: list[date], run: Run) -> Iterator[FetchResult]:
    """An answer for each of the days, and for the one that the feed shows."""
    shown, failed = ArxivFeed(), None
    if max(days) >= days_due(None, run.now)[0]:
        try:
            shown = _read_feed(run)
        except SourceFailed as error:
            failed = error
    gone = {day: missing for day in days if (missing := _gone(day, shown, run))}
    quiet = {day for day in gone if _is_quiet(day, shown, run.now)}
    if gone:
        holidays = set(ledger.assumed_holidays(NAME, run.now)) - set(days)
        for answer in arxiv_gaps.fill(gone, quiet, holidays, run, failed):
            yield _unconfirmed(answer) if answer.day == shown.day and shown.is_whole else answer
    if not run.dry_run:
        _reopen_holidays(shown, run)
    if shown.day and shown.day not in gone and (shown.day in days or not _is_settled(shown.day)):
        yield _shown(shown, shown.day, run)
    for day in sorted(set(days) - {shown.day, *gone}):
        yield (
            failed_result(failed, day)
            if failed
            else waiting_result(day, {}, set(), our_categories(), run.now + ASKED_AGAIN)
        )


def fetch_span(first: date, last: date, run: Run) -> Iterator[FetchResult]:
    """An answer for each archive; the days are those on which arXiv last changed a record."""
    for part in arxiv_oai.parts(first, last):
        try:
            summary = arxiv_oai.read_part(part, run)
        except SourceFailed as error:
            yield FetchResult(str(part), FetchState.FAILED, error=str(error))
        else:
            what = f"{part}, read to its end before" if summary is None else str(part)
            yield FetchResult(what, FetchState.DONE, {} if summary is None else summary.as_dict())


def overdue(now: datetime) -> str:
    """Which announcements should be in and are not, or that there is never anything in them."""
    last = last_announcement(now - KEPT_FRESH)
    rows = Fetch.objects.filter(source=NAME)
    missing = {row.day: str(row.day) + _categories(row) for row in rows.filter(day__lte=last).exclude(_IN)}
    if not rows.filter(_IN, day__gte=last).exists():
        missing.setdefault(last, str(last))
    if missing:
        return f"the papers announced on {', '.join(missing[day] for day in sorted(missing))} are missing"
    looked_at = announcement_days(last - MOST_EMPTY * 3 * _ONE, last)[-MOST_EMPTY:]
    if not rows.filter(state=FetchState.DONE, day__gte=looked_at[0]).exists():
        return f"none of the last {MOST_EMPTY} announcements had a paper in our categories"
    return ""


def _categories(row: Fetch) -> str:
    """` (cs.CL, cs.LG)` where a day waits for some of the categories only."""
    categories = row.summary.get(WAITING_FOR, [])
    return f" ({', '.join(categories)})" if categories and set(categories) < our_categories() else ""


def _gone(day: date, shown: ArxivFeed, run: Run) -> set[str]:
    """The categories to ask OAI-PMH for: the feed will not bring them, or has had long enough to do so."""
    is_given_up = announcement_time(day) + FEED_IS_GIVEN_UP < run.now
    if day == shown.day and shown.is_whole:
        missing = our_categories() if _is_first(day) else _missing(shown, day, run)
        return missing if is_given_up else set()
    return our_categories() if is_given_up or (shown.day is not None and day <= shown.day) else set()


def _reopen_holidays(shown: ArxivFeed, run: Run) -> None:
    """Make days due that were taken for holidays, and of which the feed or the catalogue now has papers."""
    for day in ledger.assumed_holidays(NAME, run.now):
        is_shown = shown.day == day and shown.announcement.is_shown
        if is_shown or arxiv_announcements.new_categories(day, OF_ARXIV):
            ledger.reopen(NAME, day, run.now)


def _is_quiet(day: date, shown: ArxivFeed, now: datetime) -> bool:
    """Whether the feed says that nothing was new: it shows the day without, or is empty late on that day: a holiday."""
    is_late = announcement_time(day) + KEPT_FRESH <= now
    is_empty = shown.is_read and shown.day is None and is_late and now.date() <= day
    return not arxiv_announcements.recall(day).is_shown and (shown.day == day or is_empty)


def _news(shown: ArxivFeed, day: date, run: Run) -> set[str]:
    """The categories of which the feed brought something new; what a dry run has read is not in the catalogue."""
    news = arxiv_announcements.new_categories(day, [PaperSource.ARXIV_FEED]) | shown.announcement.crossed
    return news | shown.announcement.fresh if run.dry_run else news


def _missing(shown: ArxivFeed, day: date, run: Run) -> set[str]:
    """The categories whose listing the feed did not bring, or brought with papers that were not new.

    OAI-PMH may have told since that papers of a listing are of an earlier day.
    """
    listed = set(shown.announcement.listed)
    if not run.dry_run:
        listed &= arxiv_announcements.listed_categories(day, [PaperSource.ARXIV_FEED])
    return our_categories() - listed | shown.announcement.stale


def _shown(shown: ArxivFeed, day: date, run: Run) -> FetchResult:
    """The answer for the day that the feed shows.

    It is compared again later if an earlier day was open, or read over OAI-PMH if there is none.
    """
    missing = _missing(shown, day, run)
    if missing:
        news = _news(shown, day, run)
        return waiting_result(day, shown.summary.as_dict(), news, missing, run.now + ASKED_AGAIN)
    next_at = run.now + arxiv_gaps.pause(day, run.now) if shown.is_provisional else None
    if _is_first(day):
        next_at = max(announcement_time(day) + FEED_IS_GIVEN_UP, run.now + ASKED_AGAIN)
    return day_result(day, FetchState.DONE, shown.summary.as_dict(), next_at)


def _unconfirmed(answer: FetchResult) -> FetchResult:
    """A first day that waits for OAI-PMH, but for no category, is in."""
    is_in = answer.summary.get(WAITING_FOR) == []
    return replace(answer, state=FetchState.DONE, summary={}) if is_in else answer


def _is_provisional(day: date | None) -> bool:
    return day is not None and Fetch.objects.filter(source=NAME, day__lt=day).exclude(_IN).exists()


def _is_first(day: date) -> bool:
    """Whether nothing of arXiv's is here from before this day, so that a stale feed would look new."""
    with_papers = Fetch.objects.filter(source=NAME, state__in=[FetchState.DONE, FetchState.PARTIAL])
    of_arxiv = Paper.objects.filter(tellings__source__in=OF_ARXIV)
    return not (with_papers.filter(day__lt=day).exists() or of_arxiv.filter(day__lt=day).exists())


def _is_settled(day: date) -> bool:
    return Fetch.objects.filter(source=NAME, day=day, next_at=None).exists()


def _read_feed(run: Run) -> ArxivFeed:
    categories = "+".join(settings.ARXIV_CATEGORIES)
    cursor = store.cursor_for(NAME, f"feed {categories}")
    validators = cursor.position.get("validators", {})
    with run.client.get(FEED, f"/{categories}", validators=validators) as response:
        if response.body is None:
            return _unchanged(cursor)
        found = collect(service(FEED).host, arxiv_rss.read(response.body))
    found.refuse_unreadable()
    day = max((record.day for record in found.records if record.day), default=None)
    announcement = arxiv_announcements.compare(found.records, day) if day else Announcement()
    shown = ArxivFeed(True, day, len(found.rows) < FEED_HOLDS, _is_provisional(day), announcement=announcement)
    validators = (
        {} if shown.is_provisional else response.validators
    )  # for the feed to come whole when it is compared again
    position = {"validators": validators, "day": str(day) if day else None, "is_whole": shown.is_whole}

    def move() -> None:
        store.move_cursor(cursor, position)
        if day and announcement.is_shown:
            arxiv_announcements.remember(announcement, day)

    store_response(found, day or run.now.date(), shown.summary, move, run)
    return shown


def _unchanged(cursor: Cursor) -> ArxivFeed:
    """What the feed showed when it was last read."""
    written = cursor.position.get("day")
    day = date.fromisoformat(written) if written else None
    announcement = arxiv_announcements.recall(day) if day else Announcement()
    return ArxivFeed(True, day, cursor.position.get("is_whole", True), _is_provisional(day), announcement=announcement)


ARXIV = Source(NAME, "arXiv", "every announcement within 12 hours", days_due, fetch, overdue, fetch_span)
