"""What a client asks of the daily papers, in Hugging Face's words, read and checked."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict
from rest_framework.exceptions import NotAuthenticated

from feeds.http import params
from feeds.http.converters import MonthConverter, WeekConverter
from feeds.http.problems import Problem
from recommender.spans import Span, day_of

BY_TIME, TRENDING, MINE = "publishedAt", "trending", "mine"
SORTS = (BY_TIME, TRENDING, MINE)
LIMIT, MOST, LAST_PAGE = 50, 100, 100_000
LONGEST_NAME = 200


@dataclass(frozen=True)
class HFQuery:
    """One page of a list: the days whose papers it has (None: not said), whose, in which order.

    pinned  the ranking that earlier pages were taken from; empty on the first one
    """

    span: Span | None
    submitter: str
    sort: str
    page: int
    limit: int
    pinned: str

    @property
    def offset(self) -> int:
        return self.page * self.limit


def query_of(query: QueryDict, *, is_known: bool) -> HFQuery:
    """What the address asks for; raises Problem for what cannot be meant.

    is_known  whether a token says who asks: their own order is then the one that they get unasked
    """
    sort = params.choice("sort", query.get("sort", MINE if is_known else BY_TIME), SORTS)
    if sort == MINE and not is_known:
        raise NotAuthenticated(
            "sort=mine is your own order, so it needs one of your tokens: Authorization: Bearer pb_..."
        )
    page = params.whole_number("p", query.get("p", "0"), 0, LAST_PAGE)
    limit = params.whole_number("limit", query.get("limit", str(LIMIT)), 1, MOST)
    return HFQuery(_span(query), _submitter(query), sort, page, limit, query.get("ranking", ""))


def _span(query: QueryDict) -> Span | None:
    given = [name for name in SPANS if name in query]
    if len(given) > 1:
        raise Problem(given[1], query[given[1]], f"give one of {', '.join(SPANS)}, not {' and '.join(given)}")
    return SPANS[given[0]](given[0], str(query[given[0]])) if given else None


def _day(field: str, text: str) -> Span:
    return day_of(params.day(field, text))


def _week(field: str, text: str) -> Span:
    return _several(field, text, WeekConverter(), "a week is written YYYY-Www, such as 2026-W48")


def _month(field: str, text: str) -> Span:
    return _several(field, text, MonthConverter(), "a month is written YYYY-MM, such as 2026-11")


def _several(field: str, text: str, form: WeekConverter | MonthConverter, remedy: str) -> Span:
    try:
        if not re.fullmatch(form.regex, text, re.ASCII):
            raise ValueError(text)
        return form.to_python(text)
    except (ValueError, OverflowError):  # the last week of the year 9999 ends in the year 10000
        raise Problem(field, text, f"{text[:40]!r} is none: {remedy}") from None


def _submitter(query: QueryDict) -> str:
    name = query.get("submitter", "")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Problem("submitter", name, f"a submitter's name has at most {LONGEST_NAME} printable characters")
    return name


SPANS: dict[str, Callable[[str, str], Span]] = {"date": _day, "week": _week, "month": _month}
