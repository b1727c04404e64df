"""The parameters of a request for a ranking, parsed and documented."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotAuthenticated, NotFound

from accounts.models import MOST_EXPLORATION, User
from feeds.http import params
from feeds.http.problems import Problem, shorten
from feeds.models import visits
from feeds.paper_search import CATEGORY
from recommender.categories import known_code
from recommender.models import Paper
from recommender.ranking.rank import DAILY, PER_DAY, SPAN_SORTS, latest_day
from recommender.spans import Span, day_of

LIMIT, MOST = 25, 100
LONGEST_CATEGORY = 40  # characters
LONGEST_WINDOW = visits.FURTHEST.days
NO_DAY = "/api/v1/days/ lists the days that have papers"
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True)
class PlaceFilter:
    """Which places of a ranking are returned.

    The positions of papers do not change.
    """

    category: str = ""
    min_score: float | None = None
    exclude_seen: bool = False
    explain: bool = True

    @property
    def is_all(self) -> bool:
        return not self.category and self.min_score is None and not self.exclude_seen


ALL = PlaceFilter()


@dataclass(frozen=True)
class RankingQuery:
    """The days and order of a ranking, and the places to return.

    explore  share of exploration; None for the reader's own setting
    as_of    a moment in the past whose ranking is requested; None for the current one
    """

    span: Span
    sort: str
    filter: PlaceFilter
    explore: float | None = None
    as_of: datetime | None = None


def parse_query(query: Mapping[str, str], reader: User) -> RankingQuery:
    """Parse a request for the reader's feed.

    Raises Problem for an invalid parameter, NotFound without papers.
    """
    as_of = None
    if "as_of" in query:
        as_of = params.moment("as_of", query["as_of"])
        if as_of > timezone.now():
            raise Problem("as_of", query["as_of"], f"must be a time in the past; got {as_of.isoformat()}")
        if "explore" in query:
            raise Problem("explore", query["explore"], "cannot change a past ranking; leave out explore or as_of")
    span = _span(query, reader, as_of)
    sort = sort_of(query, reader, span)
    explore = _number(query, "explore", 0, MOST_EXPLORATION)
    if explore is not None and (sort != "mine" or not span.is_day):
        raise Problem("explore", query["explore"], "is possible only for a single day with sort=mine")
    span, category = with_category(query, span)
    place_filter = PlaceFilter(
        category,
        _number(query, "min_score"),
        params.flag("exclude_seen", query.get("exclude_seen", "false")),
        params.flag("explain", query.get("explain", "true")),
    )
    return RankingQuery(span, sort, place_filter, explore, as_of)


def _span(query: Mapping[str, str], reader: User, as_of: datetime | None) -> Span:
    """The days that `day`, `since` or `window` selects, by default the newest day."""
    names = [name for name in ("day", "since", "window") if name in query]
    if len(names) > 1:
        raise Problem(names[1], query[names[1]], f"cannot be combined with {names[0]}; give one of day, since, window")
    if as_of is not None and names not in ([], ["day"]):
        raise Problem("as_of", query["as_of"], f"cannot be combined with {names[0]}; give as_of alone or with day")
    if names == ["since"]:
        return _since(query["since"], reader)
    if names == ["window"]:
        text = query["window"]
        days = int(text[:-1]) if re.fullmatch(r"[1-9]\d?d", text, re.ASCII) else 0
        if not 1 <= days <= LONGEST_WINDOW:
            raise Problem("window", text, f"must be a number of days from 1d to {LONGEST_WINDOW}d, such as 7d")
        last = asked_day({})
        return Span(last - timedelta(days=min(days - 1, last.toordinal() - 1)), last)
    return day_of(asked_day(query, as_of.date() if as_of else None))


def _since(text: str, reader: User) -> Span:
    """The days since the reader's last visit or since a date, up to today."""
    now = timezone.now()
    today, earliest = now.date(), visits.earliest_day(now.date())
    if text == "last_visit":
        return Span(visits.last_visit_day(visits.record(reader, now), now), today)
    try:
        first = params.day("since", text)
    except Problem:
        raise Problem("since", text, f"must be last_visit or a day such as {today}; got {shorten(text)!r}") from None
    if not earliest <= first <= today:
        remedy = f"must be a day from {earliest} to {today}; use /days/, /weeks/ or /months/ for earlier ones"
        raise Problem("since", text, remedy)
    return Span(first, today)


def asked_day(query: Mapping[str, str], until: date | None = None) -> date:
    """The parameter `day`; defaults to the newest day with papers.

    The default is not after `until`. Raises NotFound without papers.
    """
    if "day" in query:
        day = params.day("day", query["day"])
        if not Paper.objects.on(day).offered().exists():
            raise NotFound(f"no papers were announced on {day}; {NO_DAY}")
        return day
    newest = latest_day(until or timezone.now().date())
    if newest is None:
        raise NotFound(
            "the catalogue is empty; import papers first" if until is None else f"no papers at that time; {NO_DAY}"
        )
    return newest


def sort_of(query: Mapping[str, str], reader: User | None, span: Span) -> str:
    """The parameter `sort`; defaults to `mine`.

    Without a reader, the default gives the popular order, and a ranking that does not say that the client chose it.
    """
    if "sort" not in query:
        return "mine"
    sort = params.choice("sort", query["sort"], SPAN_SORTS)
    if sort == DAILY and span.is_day:
        raise Problem("sort", sort, "needs several days: a week, a month, or since or window in your feed")
    if sort == "mine" and reader is None:
        raise NotAuthenticated("sort=mine needs a reader: send a token, or ask for sort=popular or sort=recent")
    return sort


def with_category(query: Mapping[str, str], span: Span) -> tuple[Span, str]:
    """The days with the parameter `category`, and the category to filter places by.

    Several days are ranked for the category, so their span has it; one day is ranked whole and then filtered.
    """
    category = query.get("category", "")
    if "category" in query:
        try:
            CATEGORY(category)
        except ValidationError as error:
            raise Problem("category", category, error.messages[0]) from None
        if len(category) > LONGEST_CATEGORY:
            raise Problem("category", category, f"must have at most {LONGEST_CATEGORY} letters, such as cs.LG")
        category = known_code(category) or category
    return (span, category) if span.is_day else (Span(span.first, span.last, category), "")


def limit_of(query: Mapping[str, str]) -> int:
    """The parameter `limit`, by default `LIMIT`."""
    return params.whole_number("limit", query.get("limit", str(LIMIT)), 1, MOST)


def _number(query: Mapping[str, str], field: str, low: float = -1e6, high: float = 1e6) -> float | None:
    text = query.get(field)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not low <= float(text) <= high:
        raise Problem(field, text, f"must be a number from {low:,g} to {high:,g}, such as 0.1")
    return float(text)


LIMIT_PARAMETER = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT},
    description="Number of results per page.",
)
CURSOR_PARAMETER = OpenApiParameter(
    "cursor",
    str,
    description="The cursor from `next`. It includes the ranking and all filters, so send it with `limit` only.",
)
DAY_PARAMETER = OpenApiParameter("day", OpenApiTypes.DATE, description="Defaults to the newest day that has papers.")
CATEGORY_PARAMETER = OpenApiParameter(
    "category",
    str,
    description="Only papers of this arXiv category, such as `cs.LG`. The papers of one day keep their positions "
    "among all papers. Several days are ranked for the category.",
)
DAILY_MEANING = (
    f"`daily` lists the first {PER_DAY} papers of each day in your own order, or the most popular without one, the "
    "newest day first. It needs several days."
)
SORT_PARAMETER = OpenApiParameter(
    "sort",
    {"type": "string", "enum": list(SPAN_SORTS)},
    description=f"Defaults to `mine`, or to `popular` without a token. {DAILY_MEANING}",
)
FEED_PARAMETERS = [
    DAY_PARAMETER,
    OpenApiParameter(
        "since",
        str,
        description=f"All papers since a day at most {LONGEST_WINDOW} days ago, or since your `last_visit`. This "
        "request counts as a visit. A visit ends after four hours without a request.",
    ),
    OpenApiParameter(
        "window",
        {"type": "string", "pattern": r"^[1-9][0-9]?d$"},
        description=f"A number of days up to the newest day that has papers, such as `7d`. At most "
        f"`{LONGEST_WINDOW}d`. Send only one of `day`, `since` and `window`.",
    ),
    CATEGORY_PARAMETER,
    OpenApiParameter(
        "sort", {"type": "string", "enum": list(SPAN_SORTS), "default": "mine"}, description=DAILY_MEANING
    ),
    OpenApiParameter(
        "explore",
        {"type": "number", "minimum": 0, "maximum": MOST_EXPLORATION},
        description="Share of the first places that may be filled at random, for one day. Defaults to your setting.",
    ),
    OpenApiParameter(
        "min_score",
        {"type": "number"},
        description="Only papers with at least this score. An order by time has no scores, so it returns none.",
    ),
    OpenApiParameter(
        "exclude_seen", bool, description="Leave out papers that you voted on or that have an impression."
    ),
    OpenApiParameter(
        "as_of",
        OpenApiTypes.DATETIME,
        description="Your ranking of the day at this time: the last stored one made before it. Can be combined with "
        "`day`, but not with `explore`.",
    ),
    OpenApiParameter("explain", {"type": "boolean", "default": True}, description="Set to `false` to leave out `why`."),
    LIMIT_PARAMETER,
    CURSOR_PARAMETER,
]
