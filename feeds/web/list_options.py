"""How a list of papers is to be shown: read from the address, and kept in a cookie where it is a habit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from recommender.categories import known_code
from recommender.models import Paper, Ranking, Vote
from recommender.ranking.rank import SORTS

HABITS = {"show": ("abstracts", "titles"), "voted": ("shown", "hidden")}  # the first of each where nothing is said
KEPT_FOR = timedelta(days=365)
MOST_CATEGORIES = 60  # offered as a filter


@dataclass(frozen=True)
class ListOptions:
    """The order asked for ("" where none is), the category kept ("" for all), the density, and what of my votes."""

    sort: str = ""
    category: str = ""
    show: str = "abstracts"
    voted: str = "shown"

    @property
    def hides_voted(self) -> bool:
        return self.voted == "hidden"


@dataclass(frozen=True)
class VisiblePlaces:
    """The places of a ranking that are shown, from 0, and how many papers of each category it has, most first."""

    places: Sequence[int]
    categories: list[tuple[str, int]]


def options_of(request: HttpRequest) -> ListOptions:
    """What the address says, and where it is silent the habit; what is no such wish counts as silence."""
    asked = request.GET
    habits = {
        name: next((said for said in (asked.get(name), request.COOKIES.get(name)) if said in known), known[0])
        for name, known in HABITS.items()
    }
    sort = asked.get("sort", "")
    return ListOptions(sort if sort in SORTS else "", known_code(asked.get("category", "")) or "", **habits)


def remember_habits(request: HttpRequest, response: HttpResponseBase) -> None:
    """Remember the density and what of my votes is shown, where this address says so."""
    for name, known in HABITS.items():
        if request.GET.get(name) in known:
            response.set_cookie(
                name,
                request.GET[name],
                max_age=KEPT_FOR,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )


def filter_places(ranking: Ranking, reader: User | None, wishes: ListOptions) -> VisiblePlaces:
    """The places that the wishes leave, by two queries at most; every paper keeps the place that it has."""
    pks = ranking.order.tolist()
    categories = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "categories"))
    voted = _voted(reader, pks) if wishes.hides_voted else set()
    wanted = wishes.category
    places = [
        place for place, pk in enumerate(pks) if pk not in voted and (not wanted or wanted in categories.get(pk, ()))
    ]
    counts = Counter(code for codes in categories.values() for code in set(codes))
    return VisiblePlaces(places, sorted(counts.most_common(MOST_CATEGORIES)))


def _voted(reader: User | None, pks: Sequence[int]) -> set[int]:
    if reader is None:
        return set()
    return set(Vote.objects.filter(reader=reader, paper__in=pks).values_list("paper", flat=True))
