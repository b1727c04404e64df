"""The sources of feeds.

A reader's ranking, one interest, and for everybody popular or trending papers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Interest, InterestKind, User
from feeds import wording
from feeds.entries import explorations
from feeds.models import FeedKey
from feeds.trending import trends
from recommender.categories import within
from recommender.models import Paper, Ranking
from recommender.mutes import muted_by
from recommender.ranking.profile import Profile, read_profile
from recommender.ranking.rank import preview, rank
from recommender.ranking.reasons import placements, reasons
from recommender.serving.first_model import state_of_served_or_first
from recommender.spans import Span

from .listing import DAYS, MAX_PAPERS, DayOrder, catalogue_state


@dataclass(frozen=True)
class MyChannel:
    """The best papers of each day in the reader's own order."""

    key: FeedKey
    name = "mine"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return reader_state(self.key.reader, day)

    def order(self, day: date, now: datetime) -> DayOrder | None:
        return day_order(rank(self.key.reader, day))


@dataclass(frozen=True)
class InterestChannel:
    """The papers of each day for one interest.

    For a category, these are its papers in the reader's own order. For a topic, an author or a paper, these are the
    papers that the interest raises, in the order that it would make if it were all that is known about the reader.
    """

    key: FeedKey
    interest: Interest

    @property
    def name(self) -> str:
        return f"interest-{self.interest.pk}"

    def days(self, now: datetime) -> list[date]:
        return newest_days(now)

    def state(self, day: date) -> str:
        return reader_state(self.key.reader, day)

    def order(self, day: date, now: datetime) -> DayOrder | None:
        reader, kind, text = self.key.reader, self.interest.kind, self.interest.text
        if kind == InterestKind.CATEGORY:
            ranking = rank(reader, day)
            pks, codes = ranking.order.tolist(), set(within(text))
            categories = dict(Paper.objects.filter(pk__in=pks).values_list("pk", "categories"))
            return day_order(
                ranking, [place for place, pk in enumerate(pks) if not codes.isdisjoint(categories.get(pk, ()))]
            )
        interests = read_profile(reader).interests
        alone = [interest for interest in interests if (interest["kind"], interest["text"]) == (kind, text)]
        ranking = preview(reader, day, Profile({}, alone))
        if ranking.mode != Ranking.Mode.CONTENT:
            return DayOrder((), ranking.mode)
        order = day_order(ranking)
        return DayOrder([(pk, why) for pk, why in order.papers if why], order.mode)


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
            return DayOrder(())


@dataclass(frozen=True)
class TrendingChannel:
    """Papers that readers vote for, of any age.

    Today's list, and what was added to it on earlier days.
    """

    key = None
    name = "trending"

    def days(self, now: datetime) -> list[date]:
        return [now.date() - timedelta(days=back) for back in range(DAYS)]

    def state(self, day: date) -> str:
        return ""

    def order(self, day: date, now: datetime) -> DayOrder | None:
        if day != now.date():
            return None
        first = trends("week", now)[:MAX_PAPERS]
        return DayOrder([(trend.paper_pk, f"{wording.trend(trend)}.") for trend in first])


def newest_days(now: datetime) -> list[date]:
    """Return the newest `DAYS` days with papers, the newest first."""
    offered = Paper.objects.offered().filter(day__lte=now.date())
    return list(offered.order_by("-day").values_list("day", flat=True).distinct()[:DAYS])


def day_order(ranking: Ranking, places: Sequence[int] | None = None) -> DayOrder:
    """Return the first `MAX_PAPERS` of the ranking.

    If `places` are given, only those, counted from 0.
    """
    first = (range(len(ranking.order)) if places is None else places)[:MAX_PAPERS]
    pks = ranking.order.tolist()
    why, chances = reasons(ranking, [pks[place] for place in first]), explorations(ranking)
    placed = placements(ranking, first)
    return DayOrder(
        [(pks[place], wording.why_in_feed(why[pks[place]], chances[place], placed.get(place))) for place in first],
        ranking.mode,
    )


def reader_state(reader: User, day: date) -> str:
    """Return the state on which the reader's order depends.

    Takes five queries and no model.
    """
    preferences = f"{reader.exploration:g}|{reader.is_paused}|{muted_by(reader).state}"
    return f"{state_of_served_or_first(reader)}|{reader.taste_version}|{preferences}|{catalogue_state(day)}"
