"""How the schema describes what a request for a ranking can ask."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from accounts.models import MOST_EXPLORATION
from recommender.ranking.rank import SORTS

from .asking import LIMIT, LONGEST_WINDOW, MOST

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
