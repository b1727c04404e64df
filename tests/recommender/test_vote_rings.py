"""Whose votes count for others: rings of new accounts move nothing, rings of old ones as far as one reader does."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from allauth.account.models import EmailAddress
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from recommender import vote_rings
from recommender.dataset import collect, read_votes
from recommender.models import FOUNDERS, Paper, Standing, Vote
from recommender.ranking.rank import rank
from recommender.vote_rings import AGE
from recommender.votes import record

from .planted import FIRST_DAY, READERS, a_paper, into_database, publish, train_on_the_tables, world

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=90)


def night():
    vote_rings.update_standing(read_votes()[0], NOW)


def people(count, joined_at, name="person"):
    readers = User.objects.bulk_create(
        User(email=f"{name}{number}@example.org", joined_at=joined_at) for number in range(count)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=reader, email=reader.email, verified=True, primary=True) for reader in readers
    )
    return readers


def cast(readers, papers, value=1):
    """On all of these papers, the first of them two days before the others."""
    record(
        [
            Vote(reader=r, paper=paper, value=value, voted_at=NOW - timedelta(days=0 if place else 2))
            for r in readers
            for place, paper in enumerate(papers)
        ]
    )


@pytest.fixture
def town(db):
    """64 settled readers: members for three months, with votes on thirteen papers, over two days and more."""
    readers = into_database(world())
    User.objects.update(is_simulated=False, joined_at=LONG_AGO)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=reader, email=reader.email, verified=True, primary=True) for reader in readers.readers
    )
    first = {vote.reader_id: vote.pk for vote in Vote.objects.order_by("-voted_at")}
    Vote.objects.filter(pk__in=first.values()).update(voted_at=F("voted_at") - timedelta(days=3))
    night()
    return readers


@pytest.fixture
def ring(town):
    """Makes a ring that pushes or buries eight papers of one day and votes for all that one reader likes."""

    def made(count, value, joined_at):
        victim = town.readers[0]
        liked = [vote.paper for vote in victim.votes.filter(value=1).select_related("paper")]
        accounts = [paper for paper in town.papers if paper.day == FIRST_DAY and paper not in liked][:8]
        members = people(count, joined_at, "ring")
        cast(members, liked)
        cast(members, accounts, value)
        return accounts

    return made


def seen_by_all():
    return rank(None, FIRST_DAY, "popular").order.tolist()


def seen_by(reader):
    return rank(reader, FIRST_DAY).order.tolist()


@pytest.mark.parametrize("count", [1, 10, 50, 200])
@pytest.mark.parametrize("value", [1, -1])
def test_new_accounts_move_no_place_of_the_order_for_all_nor_of_a_readers_own(town, ring, count, value):
    publish(train_on_the_tables())
    before = seen_by_all(), seen_by(town.readers[0]), seen_by(town.readers[1])
    ring(count, value, NOW - timedelta(days=6))
    assert (seen_by_all(), seen_by(town.readers[0]), seen_by(town.readers[1])) == before
    night()
    assert seen_by_all() == before[0]


@pytest.mark.parametrize("value", [1, -1])
def test_the_model_that_is_trained_after_200_new_accounts_voted_is_the_same(town, ring, value):
    before = train_on_the_tables()
    ring(200, value, NOW - timedelta(days=6))
    night()
    after = train_on_the_tables()
    for name in ("embeddings", "prior", "paper_ids"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert (before.item_map != after.item_map).nnz == 0
    assert np.array_equal(before.direct.inverse, after.direct.inverse)


def test_what_is_not_learned_from_is_said_so(town, ring):
    """Each member votes on ten papers that the victim likes and on eight others."""
    ring(50, 1, NOW)
    night()
    data = collect()
    assert (len(data.reader_ids), data.aside.readers, data.aside.votes) == (READERS, 50, 50 * 18)


@pytest.mark.parametrize("value", [1, -1])
def test_200_old_accounts_that_vote_alike_move_a_paper_by_one_vote(town, ring, value):
    before = dict(Paper.objects.with_popularity().values_list("pk", "popularity"))
    moved = ring(200, value, LONG_AGO)
    night()
    after = dict(Paper.objects.with_popularity().values_list("pk", "popularity"))
    assert {after[paper.pk] - before[paper.pk] for paper in moved} == {value}
    assert len(collect().reader_ids) == READERS + 1


def test_without_the_rule_the_ring_would_have_moved_them(town, ring):
    """The test's own control: where everybody counts, 100 accounts have all the first places.

    They vote for eight papers of the day, and for those of it that the reader they imitate likes.
    """
    accounts = ring(100, 1, NOW)
    Standing.objects.all().delete()
    accounts += [vote.paper for vote in town.readers[0].votes.filter(value=1) if vote.paper.day == FIRST_DAY]
    assert {*seen_by_all()[: len(accounts)]} == {paper.pk for paper in accounts}


def test_an_account_counts_when_it_has_settled(town):
    [late] = people(1, NOW - AGE, "late")
    papers = [a_paper(f"2611.9000{number}") for number in range(5)]
    cast([late], papers[:4])
    night()
    assert not vote_rings.counts_for_popularity(late)
    cast([late], papers[4:])
    night()
    assert vote_rings.counts_for_popularity(late)


@pytest.mark.parametrize("change", [{"joined_at": NOW - AGE + timedelta(seconds=1)}, {"is_active": False}])
def test_new_and_inactive_readers_do_not_count(town, change):
    [late] = people(1, LONG_AGO, "late")
    cast([late], [a_paper(f"2611.9000{number}") for number in range(5)])
    User.objects.filter(pk=late.pk).update(**change)
    night()
    assert not vote_rings.counts_for_popularity(late)


def test_a_reader_who_copies_an_earlier_one_does_not_silence_them(town):
    [honest] = people(1, LONG_AGO, "honest")
    copies = people(3, LONG_AGO + timedelta(days=1), "copy")
    cast([*copies, honest], [a_paper(f"2611.9000{number}") for number in range(6)])
    night()
    assert [vote_rings.counts_for_popularity(reader) for reader in (honest, *copies)] == [True, False, False, False]


def test_on_a_site_that_opened_today_everybody_counts(db):
    """Five readers on three papers: 5, 3 and 1 votes order them, and a model learns from all nine."""
    readers, papers = people(5, NOW), [a_paper(f"2611.9000{number}") for number in range(3)]
    for paper, votes in zip(papers, (1, 3, 5), strict=True):
        cast(readers[:votes], [paper])
    for _ in range(2):
        assert seen_by_all() == [paper.pk for paper in reversed(papers)]
        assert len(collect().votes) == 9
        night()


def test_of_a_sites_first_day_the_first_voters_count(db):
    """30 came at once; the first 20 count, and the order is by theirs."""
    readers, papers = people(FOUNDERS + 10, timezone.now()), [a_paper(f"2611.9000{number}") for number in range(2)]
    cast(readers[:2], papers[:1])
    cast(readers[2:FOUNDERS], papers[1:])
    cast(readers[FOUNDERS:], papers[:1])
    night()
    popularity = Paper.objects.by_popularity().values_list("pk", "popularity")
    assert list(popularity) == [(papers[1].pk, FOUNDERS - 2), (papers[0].pk, 2)]


def test_a_second_look_writes_nothing(town, django_assert_num_queries):
    """Who has voted, who is verified, and what was written last; beside the two that read the votes."""
    before = set(Standing.objects.values_list("reader", "counts", "is_settled"))
    with django_assert_num_queries(7):
        night()
    assert set(Standing.objects.values_list("reader", "counts", "is_settled")) == before
