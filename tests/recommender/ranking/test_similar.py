"""Papers like liked papers and unlike disliked ones, papers near a paper, and search results in a reader's order."""

from datetime import timedelta

import pytest

from recommender import votes
from recommender.engine.score import prepare, score
from recommender.models import Paper, Vote
from recommender.ranking import similar
from recommender.ranking.profile import Profile, vectors_of
from recommender.ranking.similar import SHOWN, nearest_papers, recommend, similar_papers, sort_for_reader
from recommender.search.query import parse
from recommender.search.search import search
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable
from tests.recommender.planted import FIRST_DAY, a_paper


def pks(papers):
    return [paper.pk for paper in papers]


def test_papers_like_the_liked_come_first_and_like_the_disliked_last(town, served):
    papers = recommend(pks(town.of(0)[:3]), pks(town.of(2)[:3]), Paper.objects.all(), 1000)
    places = {pk: place for place, pk in enumerate(papers)}
    ours, theirs = ([places[pk] for pk in pks(town.of(topic)[3:])] for topic in (0, 2))
    assert max(ours) < min(theirs)


def test_the_order_is_by_what_the_votes_add_to_no_votes(town, served):
    """Against the scores of all papers at once, with the votes and without any."""
    liked, disliked = pks(town.of(0)[:2]), pks(town.of(2)[:2])
    model = model_cache.current().model
    with_votes, silent = (
        vectors_of(model, Profile(votes, [])) for votes in (dict.fromkeys(liked, 1) | dict.fromkeys(disliked, -1), {})
    )
    everything = prepare(model, model.rows, model.rows_of(model.paper_ids))
    scores = score(model, with_votes, everything) - score(model, silent, everything)
    by_score = dict(zip(model.paper_ids.tolist(), scores.tolist(), strict=True))
    papers = recommend(liked, disliked, Paper.objects.filter(pk__in=by_score), 30)
    expected = sorted(by_score.keys() - {*liked, *disliked}, key=lambda pk: -by_score[pk])[:30]
    assert [by_score[pk] for pk in papers] == pytest.approx([by_score[pk] for pk in expected], abs=1e-4)


def test_in_pieces_it_is_the_same_as_in_one(town, served, monkeypatch):
    whole = recommend(pks(town.of(0)[:2]), [], Paper.objects.all(), 50)
    monkeypatch.setattr(similar, "CHUNK", 7)
    assert recommend(pks(town.of(0)[:2]), [], Paper.objects.all(), 50) == whole


def test_what_was_given_never_comes_back_even_if_it_is_all_that_there_is(town, served):
    liked = pks(town.of(0)[:3])
    assert recommend(liked, [], Paper.objects.filter(pk__in=liked), 10) == []


def test_of_papers_that_the_model_does_not_know_the_newest_are_looked_at(town, served, monkeypatch):
    monkeypatch.setattr(similar, "MOST_NEW", 2)
    known, new = pks(town.of(0)[:3]), [a_paper(f"2612.0000{number}", "proteina").pk for number in range(4)]
    papers = recommend(known[:1], [], Paper.objects.filter(pk__in=[*known, *new]), 10)
    assert sorted(papers) == [*known[1:], *new[2:]]


def test_a_paper_that_the_model_does_not_know_counts_by_its_text(town, served):
    new = a_paper("2612.00001", town.of(2)[0].abstract)
    first = recommend([new.pk], [], Paper.objects.all(), 3)
    assert set(first) <= set(pks([*town.of(2), *town.of(3)]))


def test_no_vote_is_kept(town, served):
    before = Vote.objects.count()
    recommend(pks(town.of(0)[:2]), pks(town.of(2)[:2]), Paper.objects.all(), 5)
    assert Vote.objects.count() == before


def test_before_the_first_model_is_trained_content_recommends(town, model_dir):
    liked, same_topic = town.of(0)[0], set(pks_of(town, 0, 1))
    assert set(recommend([liked.pk], [], Paper.objects.all(), 5)) <= same_topic


def test_without_a_model_and_words_it_says_why(town, model_dir):
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    assert recommend(pks(town.of(0)[:1]), [], Paper.objects.all(), 5) == Unavailable("No model has been trained yet.")


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


def test_without_votes_without_words_and_signed_out_papers_stay_as_they_are(town, ada, model_dir):
    assert sort_for_reader(None, [3, 1]) == ([3, 1], "You are not signed in.")
    assert sort_for_reader(ada, [3, 1]) == ([3, 1], "You have no votes and no interests yet.")
    votes.cast(ada, town.papers[0], 1)
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    assert sort_for_reader(ada, [3, 1]) == ([3, 1], "No model has been trained yet.")


def test_no_papers_have_no_order(town, served, ada):
    votes.cast(ada, town.papers[0], 1)
    assert sort_for_reader(ada, []) == ([], "")


def test_a_search_in_my_order_finds_the_same_papers_and_a_named_one_first(town, served, ada):
    votes.cast(ada, town.of(0)[0], 1)
    target = town.of(4)[0]
    typed = parse(f"{target.public_id} noisea")
    mine, plain = search(typed, "mine", ada), search(typed)
    assert (mine.sort, mine.pks[0], set(mine.pks)) == ("mine", target.pk, set(plain.pks))
    assert mine.pks[1:] == sort_for_reader(ada, plain.pks[1:])[0]


def test_a_search_that_cannot_be_in_my_order_states_the_reason(town, ada):
    cold = search(parse("noisea"), "mine", ada)
    assert (cold.sort, cold.pks) == ("relevance", search(parse("noisea")).pks)
    assert cold.notices == ("You have no votes and no interests yet. Sorted by relevance instead.",)


def test_similar_papers_are_of_the_same_topic_and_not_the_paper_itself(town, served):
    paper = town.of(2)[0]
    papers = similar_papers(paper).papers
    assert len(papers) == SHOWN
    assert set(papers) <= {*town.of(2), *town.of(3)} - {paper}


def test_a_paper_newer_than_the_model_has_similar_ones_by_its_text(town, served):
    new = a_paper("2612.00001", "proteina proteinb proteinc")
    assert set(similar_papers(new).papers) <= {*town.of(2), *town.of(3)}


def test_withdrawn_papers_are_offered_to_nobody(town, served):
    gone = similar_papers(town.of(2)[0]).papers[0]
    Paper.objects.filter(pk=gone.pk).update(withdrawn=True)
    assert gone not in similar_papers(town.of(2)[0]).papers


def test_before_the_first_model_is_trained_similar_papers_share_words(town, model_dir):
    papers = similar_papers(town.of(2)[0])
    assert papers.note == ""
    assert {paper.pk for paper in papers.papers} <= set(pks_of(town, 2, 3))


def test_without_a_model_and_words_there_are_no_similar_papers_and_a_note(town, model_dir):
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    papers = similar_papers(town.of(2)[0])
    assert (papers.papers, papers.note) == ([], "No model has been trained yet.")


def test_a_paper_without_a_known_word_has_no_similar_papers_and_a_note(town, served):
    papers = similar_papers(a_paper("2612.00001", "xyzzy"))
    assert (papers.papers, papers.note) == ([], "The model has no paper that shares words with this one.")


def test_the_nearest_papers_come_first_with_their_cosines(town, served):
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


def test_if_only_older_papers_are_near_the_note_says_so(town, served):
    near = nearest_papers(town.of(2)[0], 5, FIRST_DAY + timedelta(days=99))
    assert (near.cosines, near.note) == ({}, "No similar paper was announced on or after 2027-02-09.")
