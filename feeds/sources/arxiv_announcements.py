"""What arXiv announced on a day, and which categories have new papers.

A stale feed shows the papers of an earlier day under a later date, for all of its categories or for some. The
catalogue tells them apart: a paper that it has under an earlier day is not new.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from feeds.models import Cursor, Telling
from recommender.models import Paper, PaperSource

from . import store
from .arxiv_oai import covers
from .formats.record import Event, PaperRecord
from .merge import REPLACEMENTS

NAME = "arxiv"
_STORED = ("crossed", "stale", "listed")


@dataclass(frozen=True)
class Announcement:
    """What the feed last announced on one day, in our categories.

    has_papers  the feed has shown papers as new or cross-listed on that day
    crossed     categories that a paper of an earlier day was cross-listed to
    stale       categories in which a paper of an earlier day is announced as new once more, or in which all papers
                are dated earlier
    listed      categories whose listing the feed brought: the primary one of a paper that is new, and that the
                catalogue has under no earlier day
    fresh       the same with cross-listings, which other listings bring; not stored, see `new_categories`
    """

    has_papers: bool = False
    crossed: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()


def our_categories() -> set[str]:
    return set(settings.ARXIV_CATEGORIES)


def our_categories_of(codes: Iterable[str]) -> set[str]:
    """Our categories that a paper with these codes belongs to.

    As primary category or by cross-listing.
    """
    return {ours for code in codes for ours in our_categories() if covers(ours, code)}


def compare(records: Iterable[PaperRecord], day: date) -> Announcement:
    """Compare what the feed shows of a day with the catalogue.

    Call it before the feed is stored. Categories that were cross-listed when the feed was read before still count: by
    now the catalogue has them.
    """
    before = recall(day)
    announced = [record for record in records if record.day and record.event not in REPLACEMENTS]
    of_day = [record for record in announced if record.day == day]

    # The categories of those papers that the catalogue has under an earlier day, by id.
    papers = Paper.objects.filter(public_id__in={record.public_id for record in of_day})
    known = dict(papers.filter(tellings=None, day__lt=day).values_list("public_id", "categories"))
    known |= {paper_id: codes for paper_id, _, day_of, codes in _tellings(papers) if day_of < str(day)}

    new = [record for record in of_day if record.public_id not in known]
    again = [record for record in of_day if record.public_id in known]
    crossed = set(before.crossed)
    for record in again:
        if record.event == Event.CROSS:
            crossed |= our_categories_of(record.categories) - our_categories_of(known[record.public_id])
    listed = _primary(record.categories for record in new if record.event != Event.CROSS)
    dated_earlier = _listed_in(record for record in announced if record.day != day) - listed
    return Announcement(
        has_papers=before.has_papers or bool(of_day),
        crossed=frozenset(crossed),
        stale=frozenset(_listed_in(again) | dated_earlier),
        listed=frozenset(listed),
        fresh=frozenset(category for record in new for category in our_categories_of(record.categories)),
    )


def _listed_in(records: Iterable[PaperRecord]) -> set[str]:
    """The categories whose listings show these papers as new.

    The primary ones, or all categories if the primary ones are not ours.
    """
    return {
        category
        for record in records
        if record.event != Event.CROSS
        for category in our_categories_of(record.categories[:1]) or our_categories_of(record.categories)
    }


def remember(announcement: Announcement, day: date) -> None:
    """Store what the feed announced on a day.

    Call it in the transaction that stores the papers.
    """
    store.move_cursor(_cursor(day), {name: sorted(getattr(announcement, name)) for name in _STORED})


def recall(day: date) -> Announcement:
    """What the feed last announced on a day."""
    cursor = _cursor(day)
    stored = {name: frozenset(cursor.position.get(name, ())) & our_categories() for name in _STORED}
    return Announcement(cursor.pk is not None, **stored)


def new_categories(day: date, sources: Collection[str]) -> set[str]:
    """Those of our categories that have a new paper, also by cross-listing."""
    return {ours for codes in _new_papers(day, sources) for ours in our_categories_of(codes)}


def listed_categories(day: date, sources: Collection[str]) -> set[str]:
    """Those of our categories that are the primary one of a new paper."""
    return _primary(_new_papers(day, sources))


def _primary(papers: Iterable[list[str]]) -> set[str]:
    """Those of our categories that the papers' codes name first."""
    return {ours for codes in papers for ours in our_categories_of(codes[:1])}


def _new_papers(day: date, sources: Collection[str]) -> list[list[str]]:
    """The codes of each paper that is new on this day.

    One of the sources has it under this day, and none under an earlier one.
    """
    days: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for paper_id, source, day_of, categories in _tellings(Paper.objects.filter(day=day)):
        days.setdefault(paper_id, []).append(day_of)
        if source in sources and day_of == str(day):
            codes[paper_id] = categories
    return [codes[paper_id] for paper_id in codes if min(days[paper_id]) == str(day)]


def _cursor(day: date) -> Cursor:
    return store.cursor_for(NAME, f"announced {day}")


def _tellings(papers: QuerySet[Paper]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Id, source, day and categories of each telling.

    A member's day is not arXiv's and is left out.
    """
    rows = Telling.objects.filter(paper__in=papers).exclude(source=PaperSource.MEMBER).order_by()
    columns = rows.values_list("paper__public_id", "source", "fields__day", "paper__categories")
    return (row for row in columns if row[2])
