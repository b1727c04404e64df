"""Any papers in a reader's own order."""

from recommender import votes
from recommender.ranking.similar import sort_for_reader
from recommender.search.query import parse
from recommender.search.search import search
from tests.recommender.planted import a_paper


def pks_of(town, *circles):
    return [paper.pk for circle in circles for paper in town.of(circle)]


def test_what_a_reader_likes_comes_first(town, served, ada):
    """Circle 0 is on graphs, circle 4 on galaxies."""
    for paper in town.of(0)[:5]:
        votes.cast(ada, paper, 1)
    order, why_not = sort_for_reader(ada, pks_of(town, 4, 0))
    assert why_not == ""
    assert set(order[:15]) == set(pks_of(town, 0))


def test_papers_newer_than_the_model_are_ordered_by_their_text(town, served, ada):
    votes.cast(ada, town.of(0)[0], 1)
    known = town.of(0)[0]
    other = a_paper("2612.00001", "Nothing of the kind")
    alike = a_paper("2612.00002", known.title, abstract=known.abstract)
    assert sort_for_reader(ada, [other.pk, alike.pk])[0] == [alike.pk, other.pk]


def test_without_votes_without_a_model_and_signed_out_papers_stay_as_they_are(town, ada, model_dir):
    assert sort_for_reader(None, [3, 1]) == ([3, 1], "You are not signed in.")
    assert sort_for_reader(ada, [3, 1]) == ([3, 1], "You have no votes and no interests yet.")
    votes.cast(ada, town.papers[0], 1)
    assert sort_for_reader(ada, [3, 1]) == ([3, 1], "No model has been trained yet.")


def test_no_papers_have_no_order(town, served, ada):
    votes.cast(ada, town.papers[0], 1)
    assert sort_for_reader(ada, []) == ([], "")


def test_a_search_in_my_order_finds_the_same_papers_and_a_named_one_first(town, served, ada):
    votes.cast(ada, town.of(0)[0], 1)
    named = town.of(4)[0]
    typed = parse(f"{named.public_id} noisea")
    mine, plain = search(typed, "mine", ada), search(typed)
    assert (mine.sort, mine.pks[0], set(mine.pks)) == ("mine", named.pk, set(plain.pks))
    assert mine.pks[1:] == sort_for_reader(ada, plain.pks[1:])[0]


def test_a_search_that_cannot_be_in_my_order_says_why(town, ada):
    cold = search(parse("noisea"), "mine", ada)
    assert (cold.sort, cold.pks) == ("relevance", search(parse("noisea")).pks)
    assert cold.notices == ("You have no votes and no interests yet. Sorted by relevance instead.",)
