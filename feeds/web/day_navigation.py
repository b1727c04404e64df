"""Navigation of a list: its days, heading, neighbours and spans."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.dateformat import format as format_date

from recommender.models import Paper
from recommender.ranking.rank import latest_day
from recommender.spans import Span, day_of, month_of, week_of


@dataclass(frozen=True)
class Link:
    """A link of the navigation; `is_here` marks the current page."""

    words: str
    url: str
    is_here: bool = False


@dataclass(frozen=True)
class ListPage:
    """A day, a week, a month, or the days since a visit.

    kind     "day", "week", "month" or "since"
    back     link to the nearest earlier list of the same kind that has papers, or None
    on       link to the nearest later one, or None
    """

    kind: str
    span: Span
    heading: str
    back: Link | None = None
    on: Link | None = None


def page_of_day(day: date) -> ListPage:
    back, on = (
        Link(format_date(near, "D j M"), reverse("day", args=[near])) if near else None
        for near in _neighbours(day_of(day))
    )
    return ListPage("day", day_of(day), format_date(day, "l j F Y"), back, on)


def page_of_week(span: Span) -> ListPage:
    back, on = (
        Link(f"Week {day.isocalendar().week}", reverse("week", args=[week_of(day)])) if day else None
        for day in _neighbours(span)
    )
    first, last = format_date(span.first, "j F"), format_date(span.last, "j F Y")
    return ListPage("week", span, f"Week {span.first.isocalendar().week}, {first} to {last}", back, on)


def page_of_month(span: Span) -> ListPage:
    back, on = (
        Link(format_date(day, "F Y"), reverse("month", args=[month_of(day)])) if day else None
        for day in _neighbours(span)
    )
    return ListPage("month", span, format_date(span.first, "F Y"), back, on)


def page_since(first: date, today: date) -> ListPage:
    return ListPage("since", Span(first, max(first, today)), f"Since {format_date(first, 'l j F')}")


def scales(page: ListPage, *, is_signed_in: bool) -> list[Link]:
    """Links to the last day, week, month, and to catching up.

    They belong to the page's last day with papers.
    """
    last = page.span.last
    day = last if page.kind == "day" else latest_day(last) or last
    links = [
        Link("Day", reverse("day", args=[day]), page.kind == "day"),
        Link("Week", reverse("week", args=[week_of(day)]), page.kind == "week"),
        Link("Month", reverse("month", args=[month_of(day)]), page.kind == "month"),
    ]
    return links + ([Link("Catch up", reverse("catch-up"), page.kind == "since")] if is_signed_in else [])


def _neighbours(span: Span) -> tuple[date | None, date | None]:
    """The nearest days with papers before and after the span."""
    days = Paper.objects.offered().order_by("day").values_list("day", flat=True)
    return days.filter(day__lt=span.first).last(), days.filter(day__gt=span.last).first()
