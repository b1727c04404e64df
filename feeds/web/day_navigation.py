"""One list of the site: the days that it covers, what it is called, and what lies before and after it."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.dateformat import format as in_words

from recommender.models import Paper
from recommender.ranking.rank import latest_day
from recommender.spans import Span, day_of, month_of, week_of


@dataclass(frozen=True)
class Link:
    """A place to go to."""

    words: str
    url: str
    is_here: bool = False


@dataclass(frozen=True)
class ListPage:
    """A day, a week, a month, or the days since a visit.

    kind     "day", "week", "month" or "since"
    heading  what it is called
    back     the one before it that has papers, and `on` the one after it; none where there is none
    """

    kind: str
    span: Span
    heading: str
    back: Link | None = None
    on: Link | None = None


def page_of_day(day: date) -> ListPage:
    before, after = _neighbours(day_of(day))
    back = Link(in_words(before, "D j M"), reverse("day", args=[before])) if before else None
    on = Link(in_words(after, "D j M"), reverse("day", args=[after])) if after else None
    return ListPage("day", day_of(day), in_words(day, "l j F Y"), back, on)


def page_of_week(span: Span) -> ListPage:
    first, last = in_words(span.first, "j F"), in_words(span.last, "j F Y")
    back, on = (_to_week(day) if day else None for day in _neighbours(span))
    return ListPage("week", span, f"Week {span.first.isocalendar().week}, {first} to {last}", back, on)


def page_of_month(span: Span) -> ListPage:
    back, on = (_to_month(day) if day else None for day in _neighbours(span))
    return ListPage("month", span, in_words(span.first, "F Y"), back, on)


def page_since(first: date, today: date) -> ListPage:
    return ListPage("since", Span(first, max(first, today)), f"Since {in_words(first, 'l j F')}")


def scales(sheet: ListPage, *, is_signed_in: bool) -> list[Link]:
    """The same days at another scale: the last of them with papers, its week, its month; and since my last visit."""
    last = sheet.span.last
    day = last if sheet.kind == "day" else latest_day(last) or last
    links = [
        Link("Day", reverse("day", args=[day]), sheet.kind == "day"),
        Link("Week", reverse("week", args=[week_of(day)]), sheet.kind == "week"),
        Link("Month", reverse("month", args=[month_of(day)]), sheet.kind == "month"),
    ]
    return links + ([Link("Catch up", reverse("catch-up"), sheet.kind == "since")] if is_signed_in else [])


def _neighbours(span: Span) -> tuple[date | None, date | None]:
    """The last day before the span and the first one after it that have papers."""
    days = Paper.objects.offered().order_by("day").values_list("day", flat=True)
    return days.filter(day__lt=span.first).last(), days.filter(day__gt=span.last).first()


def _to_week(day: date) -> Link:
    return Link(f"Week {day.isocalendar().week}", reverse("week", args=[week_of(day)]))


def _to_month(day: date) -> Link:
    return Link(in_words(day, "F Y"), reverse("month", args=[month_of(day)]))
