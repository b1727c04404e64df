"""Where the papers of feeds come from: my ranking, one interest of mine; for everybody what is popular or trending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Interest, User
from feeds import wording
from feeds.entries import explorations
from feeds.models import FeedKey
from feeds.trending import trends
from recommender.categories import within
from recommender.models import Paper, Ranking
from recommender.mutes import muted_by
from recommender.ranking.profile import Said, listen
from recommender.ranking.rank import preview, rank
from recommender.ranking.reasons import reasons
from recommender.serving import arms
from recommender.spans import Span

from .listing import DAYS, MOST, Order, catalogue_state

NOTHING = Order(())


@dataclass(frozen=True)
class Mine:
    """The best of each day in the reader's own order."""

    key: FeedKey
    name = "mine"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return _state_of(self.key.reader, day)

    def order(self, day: date, now: datetime) -> Order | None:
        return ordered(rank(self.key.reader, day))


@dataclass(frozen=True)
class OfInterest:
    """What one interest makes of each day.

    For a category that is the reader's own order of the papers in it; for a topic, an author or a paper the order
    that the day would have if this were all that the reader had ever said, as far as it raises papers.
    """

    key: FeedKey
    interest: Interest

    @property
    def name(self) -> str:
        return f"interest-{self.interest.pk}"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return _state_of(self.key.reader, day)

    def order(self, day: date, now: datetime) -> Order | None:
        reader = self.key.reader
        if self.interest.kind == Interest.Kind.CATEGORY:
            return _within(rank(reader, day), self.interest.text)
        alone = [said for said in listen(reader).interests if self._is(said["kind"], said["text"])]
        made = preview(reader, day, Said({}, alone))
        if made.mode != Ranking.Mode.CONTENT:
            return Order((), made.mode)
        found = ordered(made)
        return Order([(pk, why) for pk, why in found.papers if why], found.mode)

    def _is(self, kind: str, text: str) -> bool:
        return (kind, text) == (self.interest.kind, self.interest.text)


@dataclass(frozen=True)
class Popular:
    """The most popular papers of each day, of one category or of all."""

    category: str = ""
    key = None

    @property
    def name(self) -> str:
        return f"category/{self.category}" if self.category else "popular"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return catalogue_state(day)

    def order(self, day: date, now: datetime) -> Order | None:
        try:
            return ordered(rank(None, Span(day, day, self.category), "popular"))
        except Paper.DoesNotExist:
            return NOTHING


@dataclass(frozen=True)
class Trending:
    """What readers vote for, of any age: the list as it is today, and what was added to it on earlier days."""

    key = None
    name = "trending"

    def days(self, now: datetime) -> list[date]:
        return [now.date() - timedelta(days=back) for back in range(DAYS)]

    def state(self, day: date) -> str:
        return ""

    def order(self, day: date, now: datetime) -> Order | None:
        if day != now.date():
            return None
        found = trends("week", now)[:MOST]
        return Order([(trend.paper_pk, f"{wording.trend(trend)}.") for trend in found])


def newest_days(now: datetime) -> list[date]:
    """The newest `DAYS` days with papers, the newest first."""
    offered = Paper.objects.offered().filter(day__lte=now.date())
    return list(offered.order_by("-day").values_list("day", flat=True).distinct()[:DAYS])


def ordered(ranking: Ranking, places: Sequence[int] | None = None) -> Order:
    """The first `MOST` of the ranking, or of these places of it, from 0."""
    chosen = (range(len(ranking.order)) if places is None else places)[:MOST]
    pks = ranking.order.tolist()
    why, chances = reasons(ranking, [pks[place] for place in chosen]), explorations(ranking)
    return Order([(pks[place], wording.why_in_feed(why[pks[place]], chances[place])) for place in chosen], ranking.mode)


def _within(ranking: Ranking, category: str) -> Order:
    """The same of the papers in the category; in an archive, of those in any category of it."""
    wanted, pks = set(within(category)), ranking.order.tolist()
    of_each = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "categories"))
    return ordered(ranking, [place for place, pk in enumerate(pks) if not wanted.isdisjoint(of_each.get(pk, ()))])


def _state_of(reader: User, day: date) -> str:
    """What the reader's order of a day depends on, by five queries and without reading a model."""
    wishes = f"{reader.exploration:g}|{reader.is_paused}|{muted_by(reader).state}"
    return f"{arms.state_of(reader)}|{reader.taste_version}|{wishes}|{catalogue_state(day)}"
