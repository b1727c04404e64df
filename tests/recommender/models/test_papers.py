"""The table of papers: what the database guards, and what its querysets answer."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from recommender import votes
from recommender.models import Paper
from tests.recommender.planted import FIRST_DAY, a_paper


def assert_refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def ids(papers):
    return {paper.public_id for paper in papers}


def test_the_database_refuses_a_second_paper_with_the_same_id(db):
    a_paper("2611.00001")
    assert_refused(lambda: a_paper("2611.00001"))


@pytest.mark.parametrize("fields", [{"public_id": "", "title": "A"}, {"public_id": "2611.00001", "title": ""}])
def test_the_database_refuses_a_paper_without_id_or_title(db, fields):
    assert_refused(lambda: a_paper(**fields))


def test_papers_are_found_by_day(db):
    a_paper("2611.00001")
    a_paper("2611.00002", day=date(2026, 11, 9))
    assert ids(Paper.objects.on(FIRST_DAY)) == {"2611.00001"}


def test_papers_are_found_by_category_and_not_by_a_part_of_its_code(db):
    a_paper("2611.00001", categories=["cs.LG", "stat.ML"])
    a_paper("2611.00002", categories=["math-ph"])
    assert ids(Paper.objects.in_category("stat.ML")) == {"2611.00001"}
    assert ids(Paper.objects.in_category("math")) == ids(Paper.objects.in_category("cs.L_")) == set()


def test_popularity_is_net_votes_here_and_up_votes_at_the_source(ada, bob):
    """7 at the source, one up and one down here: 7 + 1 - 1."""
    paper = a_paper("2611.00001", source_upvotes=7)
    votes.cast(ada, paper, 1)
    votes.cast(bob, paper, -1)
    row = Paper.objects.with_public_votes().with_popularity().get()
    assert (row.up, row.down, row.popularity) == (1, 1, 7)


def test_an_arxiv_paper_links_to_arxiv_and_another_does_not(db):
    old, own = a_paper("hep-th/9901001"), a_paper("pb.abcdefghijkl")
    assert old.arxiv_url == "https://arxiv.org/abs/hep-th/9901001"
    assert old.pdf_url == "https://arxiv.org/pdf/hep-th/9901001"
    assert (own.arxiv_url, own.pdf_url, own.has_arxiv_id) == ("", "", False)


def test_a_paper_with_a_slash_in_its_id_has_a_page(db):
    assert a_paper("hep-th/9901001").get_absolute_url() == "/papers/hep-th/9901001/"
