"""Fill days over OAI-PMH that arXiv's feed lacks.

The feed may have no papers of a day or only some; OAI-PMH has the final word.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from feeds.models import FetchState
from recommender.models import Paper, PaperSource

from . import arxiv_announcements, arxiv_oai, ledger
from .arxiv_announcements import NAME, our_categories
from .arxiv_oai import ArchiveSpan
from .client.service import SourceFailed
from .formats.arxiv_calendar import announcement_days, announcement_time
from .ingest import Summary
from .merge import OF_ARXIV
from .source import TAKEN_FOR, FetchResult, Run, day_result, failed_result, waiting_result

GIVEN_UP = timedelta(days=7)  # after the announcement: then a day that OAI-PMH does not have is settled
CONFIRMED_AFTER = timedelta(hours=10)  # after the next announcement; OAI-PMH has it by then, or was read for it anyway
SHORTEST_PAUSE = timedelta(hours=1)
NONE_IN = "none_in"  # in a summary: the categories that had no new paper of their own on a settled day
_ONE = timedelta(days=1)


def pause(day: date, now: datetime) -> timedelta:
    """How long to wait for a day that OAI-PMH does not have yet.

    A quarter of its age, which makes about 15 requests a week.
    """
    return max(SHORTEST_PAUSE, (now - announcement_time(day)) / 4)


def fill(
    missing: dict[date, set[str]], quiet: set[date], holidays: set[date], run: Run, feed_failure: SourceFailed | None
) -> Iterator[FetchResult]:
    """Read what changed since the first of the days.

    Returns a result for each archive, then for each day.

    missing       the categories that each day lacks; other archives are read only to see how far OAI-PMH is
    quiet         days on which, by the feed, nothing was announced, so that OAI-PMH need not have them
    holidays      settled days that were presumed to be holidays; OAI-PMH settles them again if every archive was read
    feed_failure  why the feed could not be read, if it could not

    A paper that was changed again meanwhile is listed under that change only, so the span has no end.
    """
    last, needed = max(missing), set[str]().union(*missing.values())
    first = min({*missing, *holidays}) - _ONE
    parts = sorted(arxiv_oai.parts(first, None), key=lambda part: needed.isdisjoint(part.categories))
    read: list[ArchiveSpan] = []
    try:
        for part in parts:
            if needed.isdisjoint(part.categories) and any(arxiv_oai.reaches(one, last) for one in read):
                break
            summary = arxiv_oai.read_part(part, run, last) or Summary()
            yield FetchResult(str(part), FetchState.DONE, summary.as_dict())
            read.append(part)
    except SourceFailed as error:
        yield from (failed_result(error, day) for day in missing)
        return
    if run.dry_run:
        return
    for day in missing:
        if _is_reached(day, read) or announcement_time(day) + GIVEN_UP < run.now:
            yield _settled(day)
        elif day in quiet:
            yield _assumed_holiday(day)
        else:
            yield _still_open(day, run.now, feed_failure)
    for day in holidays if len(read) == len(parts) else ():
        if _is_reached(day, read):
            ledger.reopen(NAME, day, run.now)
            yield _settled(day)


def _is_reached(day: date, read: list[ArchiveSpan]) -> bool:
    """Whether OAI-PMH has the day.

    Some archive must have it, and so must each archive that had something new in the feed.
    """
    reached = {category for part in read if arxiv_oai.reaches(part, day) for category in part.categories}
    in_feed = arxiv_announcements.new_categories(day, [PaperSource.ARXIV_FEED]) | arxiv_announcements.recall(day).stale
    return bool(reached) and reached >= in_feed & {category for part in read for category in part.categories}


def _settled(day: date) -> FetchResult:
    """The final result for a day after OAI-PMH was read.

    A category that is no paper's primary one had no papers.
    """
    papers = Paper.objects.filter(day=day, tellings__source__startswith="arxiv").distinct().count()
    news = arxiv_announcements.new_categories(day, OF_ARXIV) | arxiv_announcements.recall(day).crossed
    none_in = sorted(our_categories() - arxiv_announcements.listed_categories(day, OF_ARXIV))
    summary = {"papers": papers} | ({NONE_IN: none_in} if none_in else {})
    return day_result(day, FetchState.DONE if papers or news else FetchState.EMPTY, summary)


def _assumed_holiday(day: date) -> FetchResult:
    """The result for a day that neither the feed nor OAI-PMH has.

    The day may reopen, and is asked for once more when OAI-PMH should have the announcement after it.
    """
    answer = _settled(day)
    if answer.state != FetchState.EMPTY:
        return answer
    following = announcement_days(day + _ONE, day + 7 * _ONE)[0]
    confirmed_at = announcement_time(following) + CONFIRMED_AFTER
    return replace(answer, summary=answer.summary | {TAKEN_FOR: ["a holiday"]}, next_at=confirmed_at)


def _still_open(day: date, now: datetime, feed_failure: SourceFailed | None) -> FetchResult:
    """The result for a day that OAI-PMH does not have yet."""
    next_at = now + pause(day, now)
    if feed_failure:
        return replace(failed_result(feed_failure, day), next_at=max(next_at, feed_failure.retry_at or now))
    announcement = arxiv_announcements.recall(day)
    news = arxiv_announcements.new_categories(day, OF_ARXIV) | announcement.crossed
    missing = our_categories() - arxiv_announcements.listed_categories(day, OF_ARXIV) | announcement.stale
    return waiting_result(day, {}, news, missing, next_at)
