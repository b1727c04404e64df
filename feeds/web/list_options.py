"""Options of a list of papers.

They come from the URL; some of them are remembered in cookies.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from feeds.wording import line
from recommender.categories import known_code
from recommender.models import Paper, Ranking, Vote
from recommender.ranking.rank import SPAN_SORTS

HABITS = {"show": ("abstracts", "titles"), "voted": ("shown", "hidden")}  # the first value is the default
HABIT_LIFETIME = timedelta(days=365)
LONGEST_SHOWN = 40  # characters of an unknown category
MOST_CATEGORIES = 60  # offered as a filter


@dataclass(frozen=True)
class ListOptions:
    """How a list is sorted, filtered and shown.

    sort      a sort of `rank`, or "" for the default
    category  show only this category, or "" for all
    show      "abstracts" or "titles"
    voted     "shown" or "hidden": papers that the reader has voted on
    unknown_category  what was given as a category and is none; then all are shown
    """

    sort: str = ""
    category: str = ""
    show: str = "abstracts"
    voted: str = "shown"
    unknown_category: str = ""

    @property
    def hides_voted(self) -> bool:
        return self.voted == "hidden"


@dataclass(frozen=True)
class VisiblePlaces:
    """The visible places of a ranking, and its categories.

    Places count from 0; the most frequent categories come with their number of papers.
    """

    places: Sequence[int]
    categories: list[tuple[str, int]]


def options_of(request: HttpRequest) -> ListOptions:
    """The options in the URL, then cookies, then defaults.

    Unknown values are ignored; of a category, the page says so.
    """
    habits = {}
    for name, values in HABITS.items():
        candidates = (request.GET.get(name), request.COOKIES.get(name))
        habits[name] = next((value for value in candidates if value in values), values[0])
    sort, category = request.GET.get("sort", ""), request.GET.get("category", "")
    code = known_code(category) or ""
    unknown = "" if code else line(category, LONGEST_SHOWN)
    return ListOptions(sort if sort in SPAN_SORTS else "", code, unknown_category=unknown, **habits)


def remember_habits(request: HttpRequest, response: HttpResponseBase) -> None:
    """Store the habits that the URL names in cookies."""
    for name, values in HABITS.items():
        if request.GET.get(name) in values:
            response.set_cookie(
                name,
                request.GET[name],
                max_age=HABIT_LIFETIME,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )


def filter_places(ranking: Ranking, reader: User | None, options: ListOptions) -> VisiblePlaces:
    """Apply the filters with at most two queries.

    Every paper keeps its place in the ranking.
    """
    pks = ranking.order.tolist()
    categories = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "categories"))
    hidden: set[int] = set()
    if options.hides_voted and reader is not None:
        hidden.update(Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True))
    places = [
        place
        for place, pk in enumerate(pks)
        if pk not in hidden and (not options.category or options.category in categories.get(pk, ()))
    ]
    counts = Counter(code for codes in categories.values() for code in set(codes))
    return VisiblePlaces(places, sorted(counts.most_common(MOST_CATEGORIES)))
