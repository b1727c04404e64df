"""Where the papers of feeds come from: my ranking, one interest of mine; for everybody what is popular or trending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Interest, InterestKind, User
from feeds.entries import explorations
from feeds.models import FeedKey
from feeds.trending import trends
from recommender.categories import within
from recommender.models import Paper, Ranking
from recommender.mutes import muted_by
from recommender.ranking.profile import Profile, read_profile
from recommender.ranking.rank import preview, rank
from recommender.ranking.reasons import reasons
from recommender.serving import arms
from recommender.spans import Span

from .listing import DAYS, MAX_PAPERS, DayOrder, catalogue_state
from .wording import why_of

NOTHING = DayOrder(())


@dataclass(frozen=True)
class MyChannel:
    """The best of each day in the reader's own order."""

    key: FeedKey
    name = "mine"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return _state_of(self.key.reader, day)

    def order(self, day: date, now: datetime) -> DayOrder | None:
        return day_order(rank(self.key.reader, day))


@dataclass(frozen=True)
class InterestChannel:
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

    def order(self, day: date, now: datetime) -> DayOrder | None:
        reader = self.key.reader
        if self.interest.kind == InterestKind.CATEGORY:
            return _within(rank(reader, day), self.interest.text)
        alone = [said for said in read_profile(reader).interests if self._is(said["kind"], said["text"])]
        made = preview(reader, day, Profile({}, alone))
        if made.mode != Ranking.Mode.CONTENT:
            return DayOrder((), made.mode)
        found = day_order(made)
        return DayOrder([(pk, why) for pk, why in found.papers if why], found.mode)

    def _is(self, kind: str, text: str) -> bool:
        return (kind, text) == (self.interest.kind, self.interest.text)


@dataclass(frozen=True)
class PopularChannel:
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

    def order(self, day: date, now: datetime) -> DayOrder | None:
        try:
            return day_order(rank(None, Span(day, day, self.category), "popular"))
        except Paper.DoesNotExist:
            return NOTHING


@dataclass(frozen=True)
class TrendingChannel:
    """What readers vote for, of any age: the list as it is today, and what was added to it on earlier days."""

    key = None
    name = "trending"

    def days(self, now: datetime) -> list[date]:
        return [now.date() - timedelta(days=back) for back in range(DAYS)]

    def state(self, day: date) -> str:
        return ""

    def order(self, day: date, now: datetime) -> DayOrder | None:
        if day != now.date():
            return None
        found = trends("week", now)[:MAX_PAPERS]
        return DayOrder([(trend.paper_pk, f"{trend.readers_for:,} readers voted for it.") for trend in found])


def newest_days(now: datetime) -> list[date]:
    """The newest `DAYS` days with papers, the newest first."""
    offered = Paper.objects.offered().filter(day__lte=now.date())
    return list(offered.order_by("-day").values_list("day", flat=True).distinct()[:DAYS])


def day_order(ranking: Ranking, places: Sequence[int] | None = None) -> DayOrder:
    """The first `MAX_PAPERS` of the ranking, or of these places of it, from 0."""
    chosen = (range(len(ranking.order)) if places is None else places)[:MAX_PAPERS]
    pks = ranking.order.tolist()
    why, chances = reasons(ranking, [pks[place] for place in chosen]), explorations(ranking)
    return DayOrder([(pks[place], why_of(why[pks[place]], chances[place])) for place in chosen], ranking.mode)


def _within(ranking: Ranking, category: str) -> DayOrder:
    """The same of the papers in the category; in an archive, of those in any category of it."""
    wanted, pks = set(within(category)), ranking.order.tolist()
    of_each = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "categories"))
    return day_order(ranking, [place for place, pk in enumerate(pks) if not wanted.isdisjoint(of_each.get(pk, ()))])


def _state_of(reader: User, day: date) -> str:
    """What the reader's order of a day depends on, by five queries and without reading a model."""
    wishes = f"{reader.exploration:g}|{reader.is_paused}|{muted_by(reader).state}"
    return f"{arms.state_of(reader)}|{reader.taste_version}|{wishes}|{catalogue_state(day)}"
