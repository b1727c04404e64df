"""What arXiv's feed showed of a day, and in which of the categories asked for that day has new papers.

A stale feed shows the papers of an earlier day under the date of a later one, for all of its categories or for some.
The catalogue tells them apart: a paper that it has under an earlier day is not new.
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
    """What the feed last showed of one day, in categories asked for.

    is_shown  the feed has shown papers as new or cross-listed on that day
    crossed   to these a paper of an earlier day was cross-listed
    stale     of these a paper of an earlier day is announced as new once more, or none but papers dated earlier
    listed    of these a paper was new as its primary category that the catalogue had under no earlier day: the
              listings that the feed brought
    fresh     the same with cross-listings, which other listings bring; not stored: `news` tells it
    """

    is_shown: bool = False
    crossed: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    fresh: frozenset[str] = frozenset()


def our_categories() -> set[str]:
    return set(settings.ARXIV_CATEGORIES)


def our_categories_of(codes: Iterable[str]) -> set[str]:
    """The categories asked for that a paper with these codes belongs to, as primary or by cross-listing."""
    return {ours for code in codes for ours in our_categories() if covers(ours, code)}


def compare(records: Iterable[PaperRecord], day: date) -> Announcement:
    """Compare what the feed shows of a day with the catalogue, before it is stored there.

    What was cross-listed when the feed was read before still counts: by now the catalogue has it.
    """
    before = recall(day)
    announced = [record for record in records if record.day and record.event not in REPLACEMENTS]
    shown = [record for record in announced if record.day == day]
    known = _known_before(day, {record.public_id for record in shown})
    fresh = [record for record in shown if record.public_id not in known]
    again = [record for record in shown if record.public_id in known]
    crossed = set(before.crossed)
    for record in again:
        if record.event == Event.CROSS:
            crossed |= our_categories_of(record.categories) - our_categories_of(known[record.public_id])
    listed = _primary(record.categories for record in fresh if record.event != Event.CROSS)
    dated_earlier = _listed_in(record for record in announced if record.day != day) - listed
    return Announcement(
        is_shown=before.is_shown or bool(shown),
        crossed=frozenset(crossed),
        stale=frozenset(_listed_in(again) | dated_earlier),
        listed=frozenset(listed),
        fresh=frozenset(category for record in fresh for category in our_categories_of(record.categories)),
    )


def _listed_in(records: Iterable[PaperRecord]) -> set[str]:
    """The categories whose listings have these papers as new: the primary ones, or all if those are not asked for."""
    return {
        category
        for record in records
        if record.event != Event.CROSS
        for category in our_categories_of(record.categories[:1]) or our_categories_of(record.categories)
    }


def remember(announcement: Announcement, day: date) -> None:
    """Store what the feed showed of a day; call it in the transaction that stores the papers."""
    store.move_cursor(_cursor(day), {name: sorted(getattr(announcement, name)) for name in _STORED})


def recall(day: date) -> Announcement:
    """What the feed last showed of a day."""
    cursor = _cursor(day)
    stored = {name: frozenset(cursor.position.get(name, ())) & our_categories() for name in _STORED}
    return Announcement(cursor.pk is not None, **stored)


def new_categories(day: date, sources: Collection[str]) -> set[str]:
    """Categories asked for with a new paper, also by cross-listing."""
    return {ours for codes in _new_papers(day, sources) for ours in our_categories_of(codes)}


def listed_categories(day: date, sources: Collection[str]) -> set[str]:
    """Categories asked for that are the primary one of a new paper."""
    return _primary(_new_papers(day, sources))


def _primary(papers: Iterable[list[str]]) -> set[str]:
    """Categories asked for that the papers' codes name first."""
    return {ours for codes in papers for ours in our_categories_of(codes[:1])}


def _new_papers(day: date, sources: Collection[str]) -> list[list[str]]:
    """The codes of each paper that one of the sources has under this day and none under an earlier one."""
    days: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for public_id, source, day_of, categories in _tellings(Paper.objects.filter(day=day)):
        days.setdefault(public_id, []).append(day_of)
        if source in sources and day_of == str(day):
            codes[public_id] = categories
    return [codes[public_id] for public_id in codes if min(days[public_id]) == str(day)]


def _cursor(day: date) -> Cursor:
    return store.cursor_for(NAME, f"announced {day}")


def _known_before(day: date, public_ids: Collection[str]) -> dict[str, list[str]]:
    """The categories of those papers that the catalogue has under an earlier day, by id."""
    papers = Paper.objects.filter(public_id__in=public_ids)
    without_tellings = papers.filter(tellings=None, day__lt=day).values_list("public_id", "categories")
    told = ((public_id, codes) for public_id, _, day_of, codes in _tellings(papers) if day_of < str(day))
    return dict([*without_tellings, *told])


def _tellings(papers: QuerySet[Paper]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Id, source, the day that it names, and the paper's categories; a member's day is that of a list, not of arXiv."""
    rows = Telling.objects.filter(paper__in=papers).exclude(source=PaperSource.MEMBER).order_by()
    columns = rows.values_list("paper__public_id", "source", "fields__day", "paper__categories")
    return (row for row in columns if row[2])
