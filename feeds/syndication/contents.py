"""What is in a feed now: its entries, and a tag of their state, found without ranking anything that has not changed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from accounts.models import User
from feeds.models import Syndicated
from recommender.collections import saved_in
from recommender.models import Collection, Paper
from recommender.mutes import hidden_among, muted_by

from .catalogue import FeedDescription
from .listing import MOST, Listing, listings

_COLUMNS = (
    "public_id", "title", "abstract", "authors", "categories", "versions", "code_url", "project_url", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True)
class FeedEntry:
    """A paper in a feed: why it is there, the day it was first told of, and when its words last changed."""

    paper: Paper
    why: str
    day: date
    changed_at: datetime

    @property
    def published_at(self) -> datetime:
        return datetime.combine(self.day, time(), UTC)


@dataclass(frozen=True)
class Contents:
    """The entries in their order, when anything of them last changed, and a tag of all that is shown of them."""

    entries: Sequence[FeedEntry]
    changed_at: datetime
    tag: str


def contents(feed: FeedDescription, most: int, now: datetime) -> Contents:
    """The feed as it is now, with the best `most` papers of each of its days; a collection's `most` newest."""
    if isinstance(feed.source, Collection):
        shown, changed_at = _added(feed.source, most, feed.since or now)
    else:
        shown, changed_at = _listed(listings(feed.source, now), most, now)
    papers = Paper.objects.only(*_COLUMNS, "day").in_bulk(list(shown))
    told = _told(papers, now)
    out = _left_out(papers.values(), feed.key.reader if feed.key else None)
    entries = [
        FeedEntry(papers[pk], why, told[pk].day, told[pk].changed_at)
        for pk, why in shown.items()
        if pk in papers and pk not in out
    ]
    changed_at = max([changed_at, *(one.changed_at for one in told.values())])
    return Contents(entries, changed_at, _tag(feed, entries))


def _listed(rows: Sequence[Listing], most: int, now: datetime) -> tuple[dict[int, str], datetime]:
    """Why each paper is there, in the feed's order, and when that last changed; a paper stands in one place alone."""
    shown: dict[int, str] = {}
    for row in rows:
        for pk, place, why in row.papers:
            if place <= most:
                shown.setdefault(pk, why)
    return shown, max((row.changed_at for row in rows), default=datetime.combine(now.date(), time(), UTC))


def _added(collection: Collection, most: int, since: datetime) -> tuple[dict[int, str], datetime]:
    newest = list(saved_in(collection).values_list("paper", "added_at")[: min(most, MOST)])
    return {pk: "" for pk, _ in newest}, max([since, *(at for _, at in newest)])


def _told(papers: Mapping[int, Paper], now: datetime) -> dict[int, Syndicated]:
    """What feeds have said of each paper, noting those that are new or have other words than before."""
    known = {told.paper_id: told for told in Syndicated.objects.filter(paper__in=papers).order_by()}
    new, changed = [], []
    for pk, paper in papers.items():
        digest = _digest(paper.title, paper.abstract, paper.authors, len(paper.versions))
        if pk not in known:
            new.append(Syndicated(paper=paper, day=paper.day, digest=digest, changed_at=now))
        elif known[pk].digest != digest:
            known[pk].digest, known[pk].changed_at = digest, now
            changed.append(known[pk])
    if new:  # another request may note them at the same time; what is stored then counts
        Syndicated.objects.bulk_create(new, ignore_conflicts=True)
        pks = [told.paper_id for told in new]
        known |= {told.paper_id: told for told in Syndicated.objects.filter(paper__in=pks).order_by()}
    if changed:
        Syndicated.objects.bulk_update(changed, ["digest", "changed_at"])
    return known


def _left_out(papers: Iterable[Paper], reader: User | None) -> set[int]:
    """Withdrawn papers, and those that the reader mutes now."""
    found = list(papers)
    return {paper.pk for paper in found if paper.withdrawn} | hidden_among(found, muted_by(reader))


def _tag(feed: FeedDescription, entries: Sequence[FeedEntry]) -> str:
    parts = [_digest(*(getattr(entry.paper, name) for name in _COLUMNS), entry.why) for entry in entries]
    return _digest(feed.title, feed.about, feed.address("atom"), *parts)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
