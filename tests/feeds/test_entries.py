"""Entries: places of a ranking with their papers, reasons and my votes, by a fixed number of queries."""

import pytest

from feeds.entries import entries, votes_of
from recommender import votes
from recommender.ranking.rank import rank

from .planting import DAY, papers, plant, train


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
    votes.cast(ada, found, 1)
    [entry] = entries(rank(None, DAY, "popular"), None, 0, 10)
    assert (entry.score, [reason.effect for reason in entry.why]) == (1.0, [1.0])
    assert (entry.paper.up, entry.paper.down) == (1, 0)


def test_votes_are_those_of_the_reader_only(ada, bob):
    first, second = papers(2)
    votes.cast(ada, first, 1)
    votes.cast(bob, second, -1)
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
    votes.cast(ada, planted[0][10], 1)
    [late] = papers(1, month="2609")
    ranking = rank(ada, DAY)
    late.delete()
    assert len(entries(ranking, ada, 0, 100)) == 16


@pytest.mark.parametrize("sort", ["mine", "popular", "recent"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(
    ada, planted, sort, django_assert_max_num_queries
):
    for number in (10, 11, 12):
        votes.cast(ada, planted[0][number], 1)
    ranking = rank(ada, DAY, sort)
    entries(ranking, ada, 0, 1)
    counts = []
    for limit in (1, 16):
        with django_assert_max_num_queries(10) as counted:
            entries(ranking, ada, 0, limit)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def explored(reader):
    """A day of 60 papers, ranked with as much exploration as there may be; the seed of the first reader explores."""
    graphs, _ = plant()
    papers(60, month="2609")
    train()
    votes.cast(reader, graphs[10], 1)
    reader.exploration = 0.3
    reader.save()
    return rank(reader, DAY)


def test_a_place_that_chance_filled_says_so_with_its_probability(ada):
    ranking = explored(ada)
    found = entries(ranking, ada, 0, 100)
    by_chance = {entry.position - 1: entry.exploration for entry in found if entry.exploration.by_chance}
    assert by_chance.keys() == ranking.explored.keys() != set()
    for slot, chance in by_chance.items():
        assert (chance.propensity, chance.own_place) == (ranking.propensity_values[slot], ranking.explored[slot] + 1)


def test_probabilities_stay_with_their_places_on_later_pages(ada):
    ranking = explored(ada)
    later = entries(ranking, ada, 10, 20)
    assert [entry.exploration.propensity for entry in later] == ranking.propensity_values[10:30].tolist()


def test_an_order_that_chance_has_no_part_in_is_certain(db):
    papers(2)
    chances = [entry.exploration for entry in entries(rank(None, DAY, "recent"), None, 0, 10)]
    assert [(chance.by_chance, chance.propensity) for chance in chances] == [(False, 1.0)] * 2


def test_the_card_of_an_explored_paper_says_one_in_how_many(ada, client_of):
    ranking = explored(ada)
    slot, own = next(iter(ranking.explored.items()))
    page = client_of(ada).get(f"/?ranking={ranking.public_id}").content.decode()
    one_in = round(1 / ranking.propensity_values[slot])
    assert f"placed at random (1 in {one_in} chance); number {own + 1} in your own ranking." in page
    assert page.count("placed at random") == len(ranking.explored)


def test_the_api_says_what_chance_did(ada, api_of):
    ranking = explored(ada)
    rows = api_of(ada).get(f"/api/v1/rankings/{ranking.public_id}/?limit=20").json()["results"]
    assert [row["exploration"]["is"] for row in rows] == [slot in ranking.explored for slot in range(20)]
    assert [row["exploration"]["propensity"] for row in rows] == pytest.approx(ranking.propensity_values[:20].tolist())
