"""Choose what a digest contains, without sending anything.

It has new papers since the recipient's last digest, best first. A reader's digest takes the ranking that the reader's
pages show, without papers that the reader has voted on or that an earlier digest showed. A subscriber's digest takes
the trending papers that no earlier digest to that address showed.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Min, QuerySet

from accounts.models import User
from feeds.entries import Entry, entries_at
from feeds.models import Delivery, DeliveryKind, DeliveryState, DigestWish, Mailed, Subscriber
from feeds.trending import Trend, trending
from recommender.models import Paper, Ranking
from recommender.ranking.rank import latest_day, rank
from recommender.spans import Span

LOOK_BACK = timedelta(days=7)
TRENDING_PAPERS = 10
PERSONAL = (Ranking.Mode.HYBRID, Ranking.Mode.CONTENT)
SENT = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
NOTHING_NEW = "There have been no new papers for you since your last digest."
NO_MINIMUM = "Your minimum score was ignored: this list is not personalised."


@dataclass(frozen=True)
class Digest:
    """The content of one digest; if `is_empty`, nothing is sent.

    papers   best first; empty in a digest that only says that there is nothing new
    trends   whose votes made each paper trend; empty in a reader's digest
    note     what the recipient should know about the order
    ranking  the source of the papers; None for trending papers and for an empty digest
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
    """Compose the digest of the recipient's local day.

    Composing changes nothing, so it can be repeated.
    """
    if isinstance(recipient, Subscriber):
        return _compose_trending(recipient, day, now)
    wish = wish_of(recipient)
    since = _last_digest_at(recipient, now)
    span = _days_with_new_papers(wish, since, now)
    ranking, places = None, list[int]()
    if span:
        with suppress(Paper.DoesNotExist):  # the papers were deleted after the query for their days
            ranking = rank(recipient, span)
            places = _places_to_show(ranking, recipient, wish, _new_papers(span, since))
    if ranking is None or not places:
        return Digest(recipient, day, note=NOTHING_NEW, is_empty=wish.when_empty == DigestWish.WhenEmpty.NOTHING)
    note = ranking.mode_reason
    if wish.least_score is not None and ranking.mode not in PERSONAL:
        note = f"{note} {NO_MINIMUM}"
    return Digest(recipient, day, tuple(entries_at(ranking, recipient, places)), note=note, ranking=ranking)


def wish_of(reader: User) -> DigestWish:
    """Return the reader's digest settings, or unsaved defaults."""
    return DigestWish.objects.filter(reader=reader).first() or DigestWish(reader=reader)


def _last_digest_at(reader: User, now: datetime) -> datetime | None:
    """Return when the last scheduled digest was composed.

    Returns None if it is more than `LOOK_BACK` and a day ago.
    """
    sent = Delivery.objects.filter(reader=reader, kind=DeliveryKind.DUE, state__in=SENT, claimed_at__lt=now)
    last: datetime | None = sent.aggregate(last=Max("claimed_at"))["last"]
    return last if last and now - last < LOOK_BACK + timedelta(days=1) else None


def _days_with_new_papers(wish: DigestWish, since: datetime | None, now: datetime) -> Span | None:
    """The days whose papers may be shown.

    A first daily digest covers the newest day only.
    """
    today = now.date()
    if since is None and wish.rhythm == DigestWish.Rhythm.DAILY:
        newest = latest_day(today)
        return Span(newest, newest) if newest and today - newest <= LOOK_BACK else None
    first = max(since.date() if since else today - LOOK_BACK, today - LOOK_BACK)
    days = _new_papers(Span(first, today), since).aggregate(first=Min("day"), last=Max("day"))
    return Span(days["first"], days["last"]) if days["first"] else None


def _places_to_show(ranking: Ranking, reader: User, wish: DigestWish, papers: QuerySet[Paper]) -> list[int]:
    """The places of papers that are new to the reader.

    Their scores must reach the reader's minimum.
    """
    mailed = set(Mailed.objects.filter(reader=reader).values_list("paper", flat=True))
    voted = set(reader.votes.order_by().values_list("paper", flat=True))
    candidates = set(papers.values_list("pk", flat=True)) - mailed - voted
    minimum = wish.least_score if wish.least_score is not None and ranking.mode in PERSONAL else float("-inf")
    scored = enumerate(zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True))
    return [place for place, (pk, score) in scored if pk in candidates and score >= minimum][: wish.length]


def _new_papers(span: Span, since: datetime | None) -> QuerySet[Paper]:
    return span.papers().filter(added_at__gt=since) if since else span.papers()


def _compose_trending(subscriber: Subscriber, day: date, now: datetime) -> Digest:
    window = "week" if subscriber.rhythm == Subscriber.Rhythm.WEEKLY else "day"
    rows = Delivery.objects.filter(subscriber=subscriber, state__in=SENT).values_list("paper_pks", flat=True)
    mailed = {pk for pks in rows for pk in pks}
    new = [trended for trended in trending(window, now, None) if trended.entry.paper.pk not in mailed]
    new = new[:TRENDING_PAPERS]
    entries = tuple(trended.entry for trended in new)
    return Digest(subscriber, day, entries, tuple(trended.trend for trended in new), is_empty=not new)
