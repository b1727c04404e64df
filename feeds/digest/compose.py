"""What a digest holds: the papers that came since the recipient's last one, best first for them; nothing is sent here.

For a reader it takes the ranking that their pages show, without what they voted on and what a digest has shown before.
For a subscriber it takes what is trending, without what a digest to that address has shown before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min

from accounts.models import User
from feeds.entries import Entry, entries_at
from feeds.models import Delivery, DigestWish, Mailed, Subscriber
from feeds.trending import Trend, trending
from recommender.models import Paper, Ranking
from recommender.ranking.rank import day_to_show, rank
from recommender.spans import Span

FURTHEST = timedelta(days=7)
TRENDING_PAPERS = 10
PERSONAL = (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT)
SENT = (Delivery.State.SENT, Delivery.State.UNCERTAIN)
NOTHING_NEW = "There have been no new papers for you since your last digest."


@dataclass(frozen=True)
class Digest:
    """One digest as it is to be written; `is_empty` says that nothing is to be sent.

    papers   best first; in a digest that says that there is nothing new, none
    trends   whose votes made each paper trend; empty in a reader's digest
    note     what the recipient should know about the order
    ranking  where the papers come from; None for what is trending and for an empty digest
    """

    recipient: User | Subscriber
    day: date
    papers: tuple[Entry, ...] = ()
    trends: tuple[Trend, ...] = ()
    note: str = ""
    ranking: Ranking | None = None
    is_empty: bool = False

    @property
    def paper_pks(self) -> list[int]:
        return [entry.paper.pk for entry in self.papers]

    @property
    def is_personal(self) -> bool:
        return self.ranking is not None and self.ranking.mode in PERSONAL


def compose(recipient: User | Subscriber, day: date, now: datetime) -> Digest:
    """The digest of the recipient's local day as it is at this moment; composing it again is harmless."""
    if isinstance(recipient, Subscriber):
        return _trending(recipient, day, now)
    wish = wish_of(recipient)
    since = _last(recipient, now)
    span = _span(wish, since, now)
    found = _best(recipient, wish, span, since) if span else None
    if found is None or not found[1]:
        return Digest(recipient, day, note=NOTHING_NEW, is_empty=wish.when_empty == DigestWish.WhenEmpty.NOTHING)
    ranking, places = found
    return Digest(
        recipient, day, tuple(entries_at(ranking, recipient, places)), note=_note(wish, ranking), ranking=ranking
    )


def wish_of(reader: User) -> DigestWish:
    """What the reader wishes; the defaults, not stored, where they have said nothing."""
    return DigestWish.objects.filter(reader=reader).first() or DigestWish(reader=reader)


def _last(reader: User, now: datetime) -> datetime | None:
    """When the last digest that came at its hour was made, if that is not too long ago."""
    made = Delivery.objects.filter(reader=reader, kind=Delivery.Kind.DUE, state__in=SENT, claimed_at__lt=now)
    last: datetime | None = made.aggregate(last=Max("claimed_at"))["last"]
    return last if last and now - last < FURTHEST + timedelta(days=1) else None


def _span(wish: DigestWish, since: datetime | None, now: datetime) -> Span | None:
    """The days that have papers to choose from; a first daily digest is about the newest day."""
    today = now.date()
    if since is None and wish.rhythm == DigestWish.Rhythm.DAILY:
        newest = day_to_show(today)
        return Span(newest, newest) if newest and today - newest <= FURTHEST else None
    first = max(since.date() if since else today - FURTHEST, today - FURTHEST)
    days = _came(Span(first, today), since).aggregate(first=Min("day"), last=Max("day"))
    return Span(days["first"], days["last"]) if days["first"] else None


def _came(span: Span, since: datetime | None) -> Any:
    return span.papers().filter(added_at__gt=since) if since else span.papers()


def _best(reader: User, wish: DigestWish, span: Span, since: datetime | None) -> tuple[Ranking, list[int]] | None:
    """The reader's ranking of these days, and the places of it that the digest shows."""
    try:
        ranking = rank(reader, span)
    except Paper.DoesNotExist:  # they left since they were counted
        return None
    came = set(_came(span, since).values_list("pk", flat=True))
    return ranking, _places(ranking, wish, came - _known(reader))


def _known(reader: User) -> set[int]:
    """What the reader has voted on or was sent before."""
    mailed = Mailed.objects.filter(reader=reader).values_list("paper", flat=True)
    return set(mailed) | set(reader.votes.order_by().values_list("paper", flat=True))


def _places(ranking: Ranking, wish: DigestWish, wanted: Collection[int]) -> list[int]:
    least = wish.least_score if wish.least_score is not None and ranking.mode in PERSONAL else float("-inf")
    scored = zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True)
    return [place for place, (pk, score) in enumerate(scored) if pk in wanted and score >= least][: wish.length]


def _note(wish: DigestWish, ranking: Ranking) -> str:
    if wish.least_score is None or ranking.mode in PERSONAL:
        return ranking.mode_reason
    return f"{ranking.mode_reason} Your minimum score was ignored: this list is not personalised."


def _trending(subscriber: Subscriber, day: date, now: datetime) -> Digest:
    window = "week" if subscriber.rhythm == Subscriber.Rhythm.WEEKLY else "day"
    rows = Delivery.objects.filter(subscriber=subscriber, state__in=SENT).values_list("paper_pks", flat=True)
    shown = {pk for pks in rows for pk in pks}
    found = [one for one in trending(window, now, None) if one.entry.paper.pk not in shown][:TRENDING_PAPERS]
    entries, counted = tuple(one.entry for one in found), tuple(one.trend for one in found)
    return Digest(subscriber, day, entries, counted, is_empty=not found)
