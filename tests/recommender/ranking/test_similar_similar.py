"""Papers like a given one: offered ones, never itself, and a reason where there is none."""

from datetime import timedelta

from recommender.models import Paper
from recommender.ranking.similar import SHOWN, nearest_papers, similar_papers
from tests.recommender.planted import FIRST_DAY, a_paper


def test_similar_papers_are_of_the_same_topic_and_not_the_paper_itself(town, served):
    paper = town.of(2)[0]
    found = similar_papers(paper).papers
    assert len(found) == SHOWN
    assert set(found) <= {*town.of(2), *town.of(3)} - {paper}


def test_a_paper_newer_than_the_model_has_similar_ones_by_its_text(town, served):
    new = a_paper("2612.00001", "proteina proteinb proteinc")
    assert set(similar_papers(new).papers) <= {*town.of(2), *town.of(3)}


def test_withdrawn_papers_are_offered_to_nobody(town, served):
    gone = similar_papers(town.of(2)[0]).papers[0]
    Paper.objects.filter(pk=gone.pk).update(withdrawn=True)
    assert gone not in similar_papers(town.of(2)[0]).papers


def test_without_a_model_there_are_none_and_it_says_why(town, model_dir):
    found = similar_papers(town.of(2)[0])
    assert (found.papers, found.note) == ([], "No model has been trained yet.")


def test_a_paper_without_a_known_word_has_none_and_it_says_why(town, served):
    found = similar_papers(a_paper("2612.00001", "xyzzy"))
    assert (found.papers, found.note) == ([], "The model knows no paper with words of this one.")


def test_as_many_as_wanted_are_found_the_nearest_first_with_their_cosines(town, served):
    """29 other papers have words of the topic."""
    near = nearest_papers(town.of(2)[0], 100)
    cosines = list(near.cosines.values())
    assert cosines == sorted(cosines, reverse=True)
    assert {paper.pk for paper in town.of(2) + town.of(3)} - {town.of(2)[0].pk} <= set(near.cosines)
    assert list(nearest_papers(town.of(2)[0], 3).cosines) == list(near.cosines)[:3]


def test_only_papers_of_a_day_or_later_are_found(town, served):
    since = FIRST_DAY + timedelta(days=3)
    near = nearest_papers(town.of(2)[0], 100, since)
    assert set(near.cosines) == {
        pk for pk in nearest_papers(town.of(2)[0], 240).cosines if Paper.objects.get(pk=pk).day >= since
    }


def test_where_only_older_papers_are_near_it_says_so(town, served):
    near = nearest_papers(town.of(2)[0], 5, FIRST_DAY + timedelta(days=99))
    assert (near.cosines, near.note) == ({}, "No paper near to this one was announced on 2027-02-09 or later.")
