"""Parameters of a request for a ranking: parsed, and described for the OpenAPI document."""

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
from feeds.http.batch import moment
from feeds.http.problems import Problem
from feeds.models import visits
from feeds.paper_search import CATEGORY, day_from
from recommender.categories import known_code
from recommender.models import Paper
from recommender.ranking.rank import SORTS, latest_day
from recommender.spans import Span, day_of

LIMIT, MOST = 25, 100
MOST_LETTERS = 40  # of a category
LONGEST_WINDOW = visits.FURTHEST.days
NO_DAY = "/api/v1/days/ lists the days that have some"
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True)
class PlaceFilter:
    """Which places of a ranking are shown; every paper keeps the position that it has."""

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
    """The days and the order asked for, and the places of it to show.

    explore  the share of exploration instead of the reader's own, if one was named
    as_of    the moment whose ranking is wanted, if not now
    """

    span: Span
    sort: str
    kept: PlaceFilter
    explore: float | None = None
    as_of: datetime | None = None


def query_of(asked: Mapping[str, str], reader: User) -> RankingQuery:
    """What a request for one's own feed asks; raises Problem for what makes no sense, NotFound without papers."""
    as_of = _as_of(asked)
    span = _span(asked, reader, as_of)
    sort = sort_of(asked, reader)
    explore = _number(asked, "explore", 0, MOST_EXPLORATION)
    if explore is not None and (sort != "mine" or not span.is_day):
        raise Problem("explore", asked["explore"], "chance has a part in one day's ranking by sort=mine only")
    span, category = with_category(asked, span)
    kept = PlaceFilter(
        category, _number(asked, "min_score"), _flag(asked, "exclude_seen", default=False), _flag(asked, "explain")
    )
    return RankingQuery(span, sort, kept, explore, as_of)


def asked_day(asked: Mapping[str, str], until: date | None = None) -> date:
    """The day that was named, else the last one with papers, by `until` at the latest."""
    if "day" in asked:
        day = day_from("day", asked["day"])
        if not Paper.objects.on(day).offered().exists():
            raise NotFound(f"no papers were announced on {day}; {NO_DAY}")
        return day
    newest = latest_day(until or timezone.now().date())
    if newest is None:
        raise NotFound("the catalogue is empty; import papers first" if until is None else f"no papers then; {NO_DAY}")
    return newest


def sort_of(asked: Mapping[str, str], reader: User | None) -> str:
    """The order asked for; who is not signed in has none of their own."""
    sort = asked.get("sort", "mine" if reader else "popular")
    if sort not in SORTS:
        raise Problem("sort", sort, f"the order is {', '.join(SORTS)}")
    if sort == "mine" and reader is None:
        raise NotAuthenticated("sort=mine needs a reader: send a token, or ask for sort=popular or sort=recent")
    return sort


def with_category(asked: Mapping[str, str], span: Span) -> tuple[Span, str]:
    """Several days are ranked for the category asked for; of one day it says which places are shown."""
    category = _category(asked)
    return (span, category) if span.is_day else (Span(span.first, span.last, category), "")


def limit_of(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST):
        raise Problem("limit", text, f"the limit is a whole number from 1 to {MOST}")
    return int(text)


def whole_number(asked: Mapping[str, str], field: str, most: int, default: int | None = None) -> int | None:
    """A whole number from 1 to `most`, or the default where none is given."""
    text = asked.get(field)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Problem(field, text, f"{field} is a whole number from 1 to {most:,}")
    return int(text)


def _span(asked: Mapping[str, str], reader: User, as_of: datetime | None) -> Span:
    named = [name for name in ("day", "since", "window") if name in asked]
    if len(named) > 1:
        raise Problem(named[1], asked[named[1]], f"give one of day, since and window; {named[0]} was given too")
    if as_of is not None and named not in ([], ["day"]):
        raise Problem("as_of", asked["as_of"], f"as_of goes with day, or alone; {named[0]} was given too")
    if named == ["since"]:
        return _since(asked["since"], reader)
    if named == ["window"]:
        return _window(asked["window"])
    return day_of(asked_day(asked, as_of.date() if as_of else None))


def _since(text: str, reader: User) -> Span:
    now = timezone.now()
    today, earliest = now.date(), visits.earliest(now.date())
    if text == "last_visit":
        return Span(visits.since(visits.note(reader, now), now), today)
    try:
        first = day_from("since", text)
    except Problem:
        raise Problem("since", text, f"write last_visit, or a day such as {today}") from None
    if not earliest <= first <= today:
        raise Problem("since", text, f"the day is from {earliest} to {today}; /days/, /weeks/ and /months/ go further")
    return Span(first, today)


def _window(text: str) -> Span:
    days = int(text[:-1]) if re.fullmatch(r"[1-9]\d?d", text, re.ASCII) else 0
    if not 1 <= days <= LONGEST_WINDOW:
        raise Problem("window", text, f"a window is a number of days from 1d to {LONGEST_WINDOW}d, such as 7d")
    last = asked_day({})
    return Span(last - timedelta(days=min(days - 1, last.toordinal() - 1)), last)


def _as_of(asked: Mapping[str, str]) -> datetime | None:
    if "as_of" not in asked:
        return None
    found = moment(asked["as_of"])
    if found is None or found > timezone.now():
        remedy = "a time that has been, with its zone, such as 2026-11-23T08:19:02Z (a + in an address is %2B)"
        raise Problem("as_of", asked["as_of"], remedy)
    if "explore" in asked:
        raise Problem("explore", asked["explore"], "a ranking of the past is as it was; leave out explore or as_of")
    return found


def _category(asked: Mapping[str, str]) -> str:
    text = asked.get("category")
    if text is None:
        return ""
    try:
        CATEGORY(text)
    except ValidationError as error:
        raise Problem("category", text, error.messages[0]) from None
    if len(text) > MOST_LETTERS:
        raise Problem("category", text, f"a category has at most {MOST_LETTERS} letters, such as cs.LG")
    return known_code(text) or text


def _number(asked: Mapping[str, str], field: str, low: float = -1e6, high: float = 1e6) -> float | None:
    text = asked.get(field)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not low <= float(text) <= high:
        raise Problem(field, text, f"{field} is a number from {low:,g} to {high:,g}, such as 0.1")
    return float(text)


def _flag(asked: Mapping[str, str], field: str, *, default: bool = True) -> bool:
    text = asked.get(field, "true" if default else "false")
    if text not in ("true", "false"):
        raise Problem(field, text, f"{field} is true or false")
    return text == "true"


LIMIT_PARAMETER = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, description="results in one answer"
)
CURSOR_PARAMETER = OpenApiParameter(
    "cursor",
    str,
    description="from `next`; stays with the ranking and the filters that it began with, so nothing but `limit` goes "
    "with it",
)
DAY_PARAMETER = OpenApiParameter("day", OpenApiTypes.DATE, description="default: the last day that has papers")
CATEGORY_PARAMETER = OpenApiParameter(
    "category",
    str,
    description="only papers of this arXiv category, such as cs.LG. Of one day they keep the places that they have "
    "among all; several days are ranked for the category",
)
SORT_PARAMETER = OpenApiParameter(
    "sort", {"type": "string", "enum": list(SORTS)}, description="default: mine; popular for who is not signed in"
)
FEED_PARAMETERS = [
    DAY_PARAMETER,
    OpenApiParameter(
        "since",
        str,
        description=f"`last_visit` (asking counts as a visit; a visit ends with four hours' pause), or a day, "
        f"{LONGEST_WINDOW} days ago at most: all papers from then on",
    ),
    OpenApiParameter(
        "window",
        {"type": "string", "pattern": r"^[1-9][0-9]?d$"},
        description=f"so many days up to the last one that has papers, such as 7d; {LONGEST_WINDOW}d at most. One of "
        "`day`, `since` and `window` can be given",
    ),
    CATEGORY_PARAMETER,
    OpenApiParameter("sort", {"type": "string", "enum": list(SORTS), "default": "mine"}),
    OpenApiParameter(
        "explore",
        {"type": "number", "minimum": 0, "maximum": MOST_EXPLORATION},
        description="the share of first places that chance may fill, for this ranking of one day; default: your own",
    ),
    OpenApiParameter(
        "min_score",
        {"type": "number"},
        description="only places with this score or more; an order by time has no scores and so no such places",
    ),
    OpenApiParameter(
        "exclude_seen", bool, description="leave out papers that you voted on or were shown (an impression is known)"
    ),
    OpenApiParameter(
        "as_of",
        OpenApiTypes.DATETIME,
        description="your ranking of the day as it stood: of those that are stored, the last made by then. Goes with "
        "`day`, not with `explore`",
    ),
    OpenApiParameter("explain", {"type": "boolean", "default": True}, description="false leaves out `why`"),
    LIMIT_PARAMETER,
    CURSOR_PARAMETER,
]
