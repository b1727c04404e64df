"""The exposure report recomputed by hand from a few impressions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from recommender.evidence.exposure import exposure
from recommender.models import Impression, Ranking
from tests.recommender.planted import a_paper

DAY = date(2026, 11, 2)


@pytest.fixture
def papers(db):
    """Two of cs.LG, one of math.AG by somebody who wrote before, one of nobody; the first is the most popular."""
    a_paper("2610.00001", day=DAY - timedelta(days=30), authors=["Ada Lovelace"])
    return [
        a_paper("2611.00001", day=DAY, categories=["cs.LG"], authors=["Bob Byte"], source_upvotes=6),
        a_paper("2611.00002", day=DAY, categories=["cs.LG", "math.AG"], authors=["Eve"], source_upvotes=2),
        a_paper("2611.00003", day=DAY, categories=["math.AG"], authors=["ADA LOVELACE", "Eve"]),
        a_paper("2611.00004", day=DAY),
    ]


def show(paper, readers, position=1, day=DAY, **columns):
    """To so many readers, the same first ones each time."""
    for number in range(readers):
        reader, _ = User.objects.get_or_create(email=f"shown{number}@example.org")
        ranking = Ranking.objects.create(
            reader=reader, day=DAY, mode="recent", basis=f"{Ranking.objects.count()}", paper_pks=b"", scores=b""
        )
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        columns_of_row = {"reader": reader, "ranking": ranking, "paper": paper, "position": position, "at": at}
        Impression.objects.create(**{**columns_of_row, "surface": "web", **columns})


def report():
    return exposure(DAY - timedelta(days=6), DAY)


def test_shares_of_categories(papers):
    """6 of 8 impressions are of cs.LG, which has 2 of 4 papers; math.AG, shown to 2, is with the paper of none."""
    show(papers[0], 6)
    show(papers[2], 2)
    assert report()["categories"] == [
        {"category": "cs.LG", "of_papers": 0.5, "of_exposure": 0.75},
        {"category": "others", "of_papers": 0.5, "of_exposure": None},
    ]


def test_first_time_authors_have_no_earlier_paper_here(papers):
    """Bob and Eve are new, Ada is not, and of the paper without authors nobody knows: 2 of 4, with 5 of 10."""
    show(papers[0], 5)
    show(papers[2], 5)
    assert report()["first_time_authors"] == {"of_papers": 0.5, "of_exposure": 0.5}


def test_gini_of_exposure_beside_that_of_popularity(papers):
    """Exposure 5, 5, 0, 0 has 1/2; popularity 6, 2, 0, 0 has (-3*0 - 0 + 1*2 + 3*6) / (4 * 8) = 0.625."""
    show(papers[0], 5)
    show(papers[1], 5)
    assert (report()["gini_of_exposure"], report()["gini_of_popularity"]) == (0.5, 0.625)


def test_tenths_of_popularity(papers):
    """Of four papers the most popular one is 2.5 tenths, and has all of it."""
    show(papers[0], 5)
    shares = [row["of_exposure"] for row in report()["popularity_tenths"]]
    assert shares == pytest.approx([0] * 7 + [0.2, 0.4, 0.4])


def test_a_model_that_shows_only_popular_papers_is_visible(papers):
    """The bound: an even order of four papers gives the upper half half of the exposure, this one all of it."""
    show(papers[0], 9)
    show(papers[1], 6)
    assert sum(row["of_exposure"] for row in report()["popularity_tenths"][5:]) == pytest.approx(1.0)


@pytest.mark.parametrize("columns", [{"position": 11}, {"day": DAY - timedelta(days=7)}])
def test_lower_places_and_earlier_days_do_not_count(papers, columns):
    show(papers[0], 5)
    show(papers[1], 9, **columns)
    assert report()["impressions"] == 5


def test_there_is_no_report_on_four_readers(papers):
    show(papers[0], 4)
    assert report() == {
        "since": "2026-10-27", "until": "2026-11-02", "places": 10, "papers": 4,
        "note": "Fewer than 5 readers were shown papers of these days.",
    }  # fmt: skip


def test_without_papers_there_is_nothing_to_report(db):
    assert report()["papers"] == 0
