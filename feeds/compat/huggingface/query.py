"""Parse the parameters of the daily papers."""

import re
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
SPANS = ("date", "week", "month")
CONVERTERS: dict[str, tuple[WeekConverter | MonthConverter, str]] = {
    "week": (WeekConverter(), "must be a week written YYYY-Www, such as 2026-W48"),
    "month": (MonthConverter(), "must be a month written YYYY-MM, such as 2026-11"),
}


@dataclass(frozen=True)
class HFQuery:
    """One page of the daily papers.

    span       the days of the papers; None for the newest
    submitter  who submitted the papers; empty for anybody
    pinned     id of the ranking that earlier pages came from; empty for the first page
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


def parse_query(query: QueryDict, *, is_known: bool) -> HFQuery:
    """Parse the parameters of a request; raises Problem for an invalid one.

    is_known  whether the request has a token; then the reader's own order is the default
    """
    sort = params.choice("sort", query.get("sort", MINE if is_known else BY_TIME), SORTS)
    if sort == MINE and not is_known:
        raise NotAuthenticated(
            "sort=mine is your own order, so it needs one of your tokens: Authorization: Bearer pb_..."
        )
    page = params.whole_number("p", query.get("p", "0"), 0, LAST_PAGE)
    limit = params.whole_number("limit", query.get("limit", str(LIMIT)), 1, MOST)
    span, submitter = _span(query), query.get("submitter", "")
    if len(submitter) > LONGEST_NAME or not submitter.isprintable():
        raise Problem("submitter", submitter, f"must have at most {LONGEST_NAME} printable characters")
    return HFQuery(span, submitter, sort, page, limit, query.get("ranking", ""))


def _span(query: QueryDict) -> Span | None:
    """Return the days that `date`, `week` or `month` names.

    Returns None without any of them.
    """
    names = [name for name in SPANS if name in query]
    if not names:
        return None
    if len(names) > 1:
        raise Problem(names[1], query[names[1]], f"give one of {', '.join(SPANS)}, not {' and '.join(names)}")
    name, text = names[0], str(query[names[0]])
    if name == "date":
        return day_of(params.day(name, text))
    converter, remedy = CONVERTERS[name]
    try:
        if not re.fullmatch(converter.regex, text, re.ASCII):
            raise ValueError(text)
        return converter.to_python(text)
    except (ValueError, OverflowError):  # the last week of the year 9999 ends in the year 10000
        raise Problem(name, text, f"{remedy}; got {text[:40]!r}") from None
