"""Entries: places of a ranking with their papers, reasons and my votes, by a fixed number of queries."""

import pytest

from feeds.presenting import entries, votes_of
from recommender import voting
from recommender.ranking import rank

from .planting import DAY, papers


def test_positions_go_on_where_the_slice_begins(db):
    papers(5)
    ranking = rank(None, DAY, "recent")
    assert [entry.position for entry in entries(ranking, None, 2, 2)] == [3, 4]
    assert [entry.paper.pk for entry in entries(ranking, None, 2, 2)] == ranking.order[2:4].tolist()


def test_an_order_by_time_has_no_scores_and_no_reasons(db):
    papers(1)
    [entry] = entries(rank(None, DAY, "recent"), None, 0, 10)
    assert (entry.score, list(entry.why)) == (None, [])


def test_a_popular_order_counts_votes(ada):
    [found] = papers(1)
    voting.cast(ada, found, 1)
    [entry] = entries(rank(None, DAY, "popular"), None, 0, 10)
    assert (entry.score, [reason.effect for reason in entry.why]) == (1.0, [1.0])
    assert (entry.paper.up, entry.paper.down) == (1, 0)


def test_votes_are_those_of_the_reader_only(ada, bob):
    first, second = papers(2)
    voting.cast(ada, first, 1)
    voting.cast(bob, second, -1)
    pks = [first.pk, second.pk]
    assert (votes_of(ada, pks), votes_of(bob, pks), votes_of(None, pks)) == ({first.pk: 1}, {second.pk: -1}, {})


def test_an_offset_past_the_end_gives_nothing(db):
    papers(2)
    assert entries(rank(None, DAY, "recent"), None, 2, 10) == []


def test_a_paper_that_left_the_catalogue_is_skipped_and_places_stay(db):
    papers(3)
    ranking = rank(None, DAY, "recent")
    entries(ranking, None, 0, 3)[1].paper.delete()
    assert [entry.position for entry in entries(ranking, None, 0, 3)] == [1, 3]


def test_a_paper_newer_than_the_model_may_leave_too(ada, planted):
    voting.cast(ada, planted[0][10], 1)
    [late] = papers(1, month="2609")
    ranking = rank(ada, DAY)
    late.delete()
    assert len(entries(ranking, ada, 0, 100)) == 16


@pytest.mark.parametrize("sort", ["mine", "popular", "recent"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(
    ada, planted, sort, django_assert_max_num_queries
):
    for number in (10, 11, 12):
        voting.cast(ada, planted[0][number], 1)
    ranking = rank(ada, DAY, sort)
    entries(ranking, ada, 0, 1)
    counts = []
    for limit in (1, 16):
        with django_assert_max_num_queries(10) as counted:
            entries(ranking, ada, 0, limit)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
