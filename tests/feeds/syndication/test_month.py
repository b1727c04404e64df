"""A feed over a month: new papers and votes every day, and a new version of one paper."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from feeds.models import Listing
from feeds.syndication.listing import DAYS
from recommender import votes
from recommender.models import Paper
from tests.feeds.planting import DAY, GRAPHS, PROTEINS, plant, topic_papers, train

LONG = 30  # days


@dataclass
class Polls:
    """What a program that polls twice a day has received: each paper's ids, days and times of change."""

    ids: dict[str, set[str]] = field(default_factory=dict)
    in_at: dict[str, list[int]] = field(default_factory=dict)
    updated: dict[str, list[str]] = field(default_factory=dict)
    feed_updated: list[str] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    bozo: list[object] = field(default_factory=list)
    repeats: int = 0


@pytest.fixture
def month(db, ada, address, poll):
    """Thirty days with a poll, a vote, a poll that finds nothing new, and a new version of one paper on day 20."""
    plant(3)
    train()
    polls, path = Polls(), f"{address()}?n=10"
    for day in range(1, LONG + 1):
        _add_papers(day)
        for paper in Paper.objects.filter(day=DAY + timedelta(days=day)).order_by("pk")[day % 5 : day % 5 + 2]:
            votes.cast(ada, paper, 1 if day % 3 else -1)
        if day == 20:
            time.sleep(1.1)  # feeds have times in whole seconds, and this month may take less than one
            Paper.objects.filter(public_id=_best_of(18)).update(title="The graph, revised", versions=[{"number": 2}])
        response = poll(path)
        _record(polls, day, response)
        polls.again.append(poll(path, if_none_match=response.answer["ETag"]).status)
    return polls


def _add_papers(day):
    when = DAY + timedelta(days=day)
    topic_papers(GRAPHS, when, f"27{day:02d}")
    topic_papers(PROTEINS, when, f"28{day:02d}")


def _best_of(day):
    """The public id of the paper that was the best of that day when it was last listed."""
    listing = Listing.objects.get(day=DAY + timedelta(days=day))
    return Paper.objects.get(pk=listing.papers[0][0]).public_id


def _record(polls, day, response):
    polls.bozo += [response.feed.bozo] if response.feed.bozo else []
    polls.repeats += len(response.ids) - len(set(response.ids))
    polls.feed_updated.append(response.feed.feed.updated)
    for entry in response.feed.entries:
        polls.ids.setdefault(entry.link, set()).add(entry.id)
        polls.in_at.setdefault(entry.id, []).append(day)
        polls.updated.setdefault(entry.id, []).append(entry.updated)


def test_every_poll_of_thirty_days_is_valid(month):
    assert month.bozo == []
    assert month.repeats == 0, "a paper twice in one answer"
    assert all(len(ids) == 1 for ids in month.ids.values()), "a paper under two ids"
    assert len({next(iter(ids)) for ids in month.ids.values()}) == len(month.ids), "two papers under one id"
    assert month.again == [304] * LONG
    assert month.feed_updated == sorted(month.feed_updated, key=parse_datetime)


def test_a_paper_stays_for_as_long_as_its_day_and_never_comes_back(month):
    for days in month.in_at.values():
        assert days == list(range(days[0], days[-1] + 1)), "it disappeared in between"
    whole = [days for days in month.in_at.values() if 1 < days[0] <= LONG - DAYS]
    assert {len(days) for days in whole} == {DAYS}


def test_only_a_paper_whose_text_changed_is_updated(month):
    changed = [one for one, times in month.updated.items() if len(set(times)) > 1]
    assert len(changed) == 1
    assert all(times == sorted(times, key=parse_datetime) for times in month.updated.values())
