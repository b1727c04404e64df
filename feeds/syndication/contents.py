"""The current contents of a feed, and a tag of their state.

Nothing that has not changed is ranked again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from feeds.models import Syndicated
from recommender.collections import saved_in
from recommender.models import Collection, Paper
from recommender.mutes import hidden_among, muted_by

from .catalogue import FeedDescription
from .listing import MAX_PAPERS, listings

_COLUMNS = (
    "public_id", "title", "abstract", "authors", "categories", "versions", "code_url", "project_url", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True)
class FeedEntry:
    """A paper in a feed, with its dates.

    Why it is there, the day it first appeared, and when its text last changed.
    """

    paper: Paper
    why: str
    day: date
    changed_at: datetime

    @property
    def published_at(self) -> datetime:
        return datetime.combine(self.day, time(), UTC)


@dataclass(frozen=True)
class Contents:
    """The entries of a feed, in order.

    With the time of the last change, and a tag that changes with anything shown.
    """

    entries: Sequence[FeedEntry]
    changed_at: datetime
    tag: str


def contents(feed: FeedDescription, most: int, now: datetime) -> Contents:
    """Return the feed as it is now.

    It has the best `most` papers of each day, or the `most` newest of a collection.
    """
    why: dict[int, str] = {}  # by primary key, in the order of the feed
    if isinstance(feed.source, Collection):
        newest = list(saved_in(feed.source).values_list("paper", "added_at")[: min(most, MAX_PAPERS)])
        why = {pk: "" for pk, _ in newest}
        changed_at = max([feed.since or now, *(added_at for _, added_at in newest)])
    else:
        rows = listings(feed.source, now)
        for pk, place, reason in (paper for row in rows for paper in row.papers):
            if place <= most:
                why.setdefault(pk, reason)  # a paper that several days list appears once
        changed_at = max((row.changed_at for row in rows), default=datetime.combine(now.date(), time(), UTC))
    papers = Paper.objects.only(*_COLUMNS, "day").in_bulk(list(why))
    syndicated = _record_syndicated(papers, now)
    hidden = {paper.pk for paper in papers.values() if paper.withdrawn}
    hidden |= hidden_among(list(papers.values()), muted_by(feed.key.reader if feed.key else None))
    entries = [
        FeedEntry(papers[pk], reason, syndicated[pk].day, syndicated[pk].changed_at)
        for pk, reason in why.items()
        if pk in papers and pk not in hidden
    ]
    changed_at = max([changed_at, *(row.changed_at for row in syndicated.values())])
    digests = [_digest(*(getattr(entry.paper, name) for name in _COLUMNS), entry.why) for entry in entries]
    return Contents(entries, changed_at, _digest(feed.title, feed.about, feed.address("atom"), *digests))


def _record_syndicated(papers: Mapping[int, Paper], now: datetime) -> dict[int, Syndicated]:
    """Return each paper's first day in feeds and its last change.

    New papers and changed texts are recorded first.
    """
    rows = {row.paper_id: row for row in Syndicated.objects.filter(paper__in=papers).order_by()}
    new, changed = [], []
    for pk, paper in papers.items():
        digest = _digest(paper.title, paper.abstract, paper.authors, len(paper.versions))
        if pk not in rows:
            new.append(Syndicated(paper=paper, day=paper.day, digest=digest, changed_at=now))
        elif rows[pk].digest != digest:
            rows[pk].digest, rows[pk].changed_at = digest, now
            changed.append(rows[pk])
    if new:  # another request may insert the same papers at the same time; the stored rows count
        Syndicated.objects.bulk_create(new, ignore_conflicts=True)
        pks = [row.paper_id for row in new]
        rows |= {row.paper_id: row for row in Syndicated.objects.filter(paper__in=pks).order_by()}
    if changed:
        Syndicated.objects.bulk_update(changed, ["digest", "changed_at"])
    return rows


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
