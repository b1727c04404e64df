"""Trending: whose votes count, how much one reader weighs, and why new accounts have no effect."""

from datetime import UTC, datetime, timedelta
from math import sqrt

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from feeds.trending import FEWEST, LENGTH, MOST_WEIGHT, trending, trends
from recommender import vote_rings, votes
from recommender.dataset import read_votes
from recommender.models import Paper, Vote
from recommender.vote_rings import AGE

from .planting import DAY, paper, papers

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=60)


def account(name, joined_at=LONG_AGO, *, verified=True, **fields):
    reader = User.objects.create_user(f"{name}@example.org", joined_at=joined_at, **fields)
    EmailAddress.objects.create(user=reader, email=reader.email, verified=verified, primary=True)
    return reader


def cast(reader, papers, value=1, at=NOW - timedelta(hours=1)):
    votes.record([Vote(reader=reader, paper=paper, value=value, voted_at=at) for paper in papers])


@pytest.fixture
def old_papers(db):
    """Five papers for each of nine readers."""
    return [paper(f"2601.000{n:02d}", DAY - timedelta(days=100)) for n in range(45)]


@pytest.fixture
def members(old_papers):
    """Nine readers who have voted for two months: each on five papers of their own, on two days."""
    readers = [account(f"member{number}") for number in range(9)]
    for number, reader in enumerate(readers):
        own = old_papers[5 * number :][:5]
        cast(reader, own[:3], at=LONG_AGO + timedelta(days=8))
        cast(reader, own[3:], at=LONG_AGO + timedelta(days=9))
    night()
    return readers


def night():
    vote_rings.update_standing(read_votes()[0], NOW)


def listed(window="week"):
    return {trend.paper_pk: trend for trend in trends(window, NOW)}


def test_nine_votes_for_a_paper_score_six(members):
    """9 - sqrt(9) = 6, and 4 - 2 = 2."""
    first, second = papers(2)
    for number, reader in enumerate(members):
        cast(reader, [first, second] if number < 4 else [first])
    assert [(trend.paper_pk, trend.score) for trend in trends("week", NOW)] == [(first.pk, 6), (second.pk, 2)]


def test_votes_against_a_paper_lower_its_score(members):
    """Six for, three against: 6 - 3 - sqrt(9) = 0, which is not above zero; seven for: 7 - 2 - 3 = 2."""
    split, liked = papers(2)
    for number, reader in enumerate(members):
        cast(reader, [split], 1 if number < 6 else -1)
        cast(reader, [liked], 1 if number < 7 else -1)
    assert [(t.paper_pk, t.score, t.readers_for, t.readers_against) for t in trends("week", NOW)] == [
        (liked.pk, 2, 7, 2)
    ]


def test_twenty_fresh_accounts_cannot_lift_a_paper(members):
    honest, pushed = papers(2)
    for reader in members[:3]:
        cast(reader, [honest])
    before = trends("week", NOW)
    for number in range(20):
        fresh = account(f"fresh{number}", NOW - timedelta(days=2))
        cast(fresh, [*Paper.objects.exclude(pk=honest.pk)], at=NOW - timedelta(days=1))
        cast(fresh, [honest], -1)
    night()
    assert trends("week", NOW) == before
    assert pushed.pk not in listed()


@pytest.mark.parametrize(
    "who",
    [
        {"verified": False},
        {"is_simulated": True},
        {"is_active": False},
        {"joined_at": NOW - timedelta(hours=1) - AGE + timedelta(seconds=1)},
    ],
)
def test_some_readers_never_count(members, old_papers, who):
    [row] = papers(1)
    for number in range(5):
        reader = account(f"other{number}", **who)
        cast(reader, old_papers[4 * number :][:4], at=LONG_AGO)
        cast(reader, [row])
    night()
    assert listed() == {}


@pytest.mark.parametrize(("on_papers", "hours"), [(3, 48), (4, 24)])
def test_readers_of_few_papers_or_of_one_day_do_not_count_yet(old_papers, on_papers, hours):
    """With the vote itself, cast an hour ago, they have 4 papers within 47 hours, or 5 papers within 23."""
    [row] = papers(1)
    before = NOW - timedelta(hours=hours)
    for number in range(5):
        reader = account(f"new{number}")
        cast(reader, old_papers[5 * number :][:on_papers], at=before)
        cast(reader, [row])
    night()
    assert listed() == {}


def test_a_day_between_first_and_newest_vote_is_enough(old_papers):
    [row] = papers(1)
    for number in range(5):
        reader = account(f"new{number}")
        cast(reader, old_papers[4 * number :][:4], at=NOW - timedelta(hours=25))
        cast(reader, [row])
    night()
    assert row.pk in listed()


def test_of_settled_readers_who_vote_alike_the_first_counts(members, old_papers):
    """Twelve on the same six papers weigh as one, which is fewer than three."""
    [row] = papers(1)
    for number in range(12):
        reader = account(f"ring{number}")
        cast(reader, old_papers[:4], at=LONG_AGO + timedelta(days=8))
        cast(reader, [old_papers[5], row])
    night()
    assert listed() == {}


def test_two_readers_are_too_few(members):
    [row] = papers(1)
    for reader in members[: FEWEST - 1]:
        cast(reader, [row])
    assert listed() == {}


def test_a_reader_who_votes_on_everything_weighs_no_more_than_others(members):
    """Each of three voted on 40 papers: 20 / 40 = 0.5 a vote, so 1.5 - sqrt(3 * 0.25)."""
    catalogue = papers(int(2 * MOST_WEIGHT))
    for reader in members[:3]:
        cast(reader, catalogue)
    assert listed()[catalogue[0].pk].score == pytest.approx(1.5 - sqrt(0.75))


@pytest.mark.parametrize(("window", "hours"), [("day", 24), ("week", 7 * 24), ("month", 30 * 24)])
def test_a_window_has_its_length(members, window, hours):
    inside, outside, later = papers(3)
    for reader in members[:4]:
        cast(reader, [inside], at=NOW - timedelta(hours=hours) + timedelta(seconds=1))
        cast(reader, [outside], at=NOW - timedelta(hours=hours))
        cast(reader, [later], at=NOW + timedelta(seconds=1))
    assert listed(window).keys() == {inside.pk}


def test_an_unknown_window_is_refused(db):
    with pytest.raises(ValueError, match="a window is day, week, month; got 'year'"):
        trends("year", NOW)


def test_withdrawn_papers_do_not_trend(members):
    row = paper("2607.00001", withdrawn=True)
    for reader in members:
        cast(reader, [row])
    assert listed() == {}


def test_the_list_is_short_and_its_queries_do_not_grow(members, django_assert_max_num_queries):
    catalogue = papers(LENGTH + 5)
    for reader in members[:4]:
        cast(reader, catalogue)
    with django_assert_max_num_queries(14):
        assert len(trending("week", NOW, members[0])) == LENGTH


def test_a_paper_that_left_after_the_count_is_skipped(members):
    first, second = papers(2)
    for reader in members[:4]:
        cast(reader, [first, second])
    assert len(trending("week", NOW, None)) == 2
    second.delete()
    assert [(one.entry.position, one.entry.paper) for one in trending("week", NOW, None)] == [(2, first)]


def test_page_and_api_agree_and_state_the_definition(anonymous, ada_api, members):
    [row] = papers(1)
    now = datetime.now(UTC)
    for reader in members[:4]:
        cast(reader, [row], at=now)
    page = anonymous.get("/trending/", {"window": "day"})
    answer = ada_api.get("/api/v1/trending/?window=day").json()
    assert [one.entry.paper.public_id for one in page.context["found"]] == ["2607.00001"]
    assert [(row["paper"]["id"], row["score"], row["readers_for"]) for row in answer["results"]] == [
        ("2607.00001", 2, 4)
    ]
    assert "minus one standard error" in " ".join(page.content.decode().split())
    assert "4 readers voted for it" in page.content.decode()


def test_an_unknown_window_redirects_on_the_page_and_is_a_400_in_the_api(anonymous, ada_api):
    assert anonymous.get("/trending/", {"window": "year"})["Location"] == "/trending/"
    assert ada_api.get("/api/v1/trending/?window=year").status_code == 400
