"""Recommendations from papers that are liked and disliked: the scores of the model that serves, and nothing kept."""

import pytest

from recommender.engine.score import prepare, score
from recommender.models import Paper, Vote
from recommender.ranking import similar
from recommender.ranking.profile import Profile, vectors_of
from recommender.ranking.similar import recommend
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable
from tests.recommender.planted import a_paper


def pks(papers):
    return [paper.pk for paper in papers]


def test_papers_like_the_liked_come_first_and_like_the_disliked_last(town, served):
    found = recommend(pks(town.of(0)[:3]), pks(town.of(2)[:3]), Paper.objects.all(), 1000)
    places = {pk: place for place, pk in enumerate(found)}
    ours, theirs = ([places[pk] for pk in pks(town.of(topic)[3:])] for topic in (0, 2))
    assert max(ours) < min(theirs)


def test_the_order_is_by_what_the_votes_add_to_saying_nothing(town, served):
    """Against the scores of all papers at once, with the votes and without any."""
    liked, disliked = pks(town.of(0)[:2]), pks(town.of(2)[:2])
    model = model_cache.current().model
    said, silent = (
        vectors_of(model, Profile(votes, [])) for votes in (dict.fromkeys(liked, 1) | dict.fromkeys(disliked, -1), {})
    )
    everything = prepare(model, model.rows, model.rows_of(model.paper_ids))
    scores = score(model, said, everything) - score(model, silent, everything)
    by_score = dict(zip(model.paper_ids.tolist(), scores.tolist(), strict=True))
    found = recommend(liked, disliked, Paper.objects.filter(pk__in=by_score), 30)
    wanted = sorted(by_score.keys() - {*liked, *disliked}, key=lambda pk: -by_score[pk])[:30]
    assert [by_score[pk] for pk in found] == pytest.approx([by_score[pk] for pk in wanted], abs=1e-4)


def test_in_pieces_it_is_the_same_as_in_one(town, served, monkeypatch):
    whole = recommend(pks(town.of(0)[:2]), [], Paper.objects.all(), 50)
    monkeypatch.setattr(similar, "CHUNK", 7)
    assert recommend(pks(town.of(0)[:2]), [], Paper.objects.all(), 50) == whole


def test_what_was_given_never_comes_back_even_if_it_is_all_that_there_is(town, served):
    given = pks(town.of(0)[:3])
    assert recommend(given, [], Paper.objects.filter(pk__in=given), 10) == []


def test_of_papers_that_the_model_does_not_know_the_newest_are_looked_at(town, served, monkeypatch):
    monkeypatch.setattr(similar, "MOST_NEW", 2)
    known, new = pks(town.of(0)[:3]), [a_paper(f"2612.0000{number}", "proteina").pk for number in range(4)]
    found = recommend(known[:1], [], Paper.objects.filter(pk__in=[*known, *new]), 10)
    assert sorted(found) == [*known[1:], *new[2:]]


def test_a_paper_that_the_model_has_never_seen_speaks_by_its_text(town, served):
    new = a_paper("2612.00001", town.of(2)[0].abstract)
    first = recommend([new.pk], [], Paper.objects.all(), 3)
    assert set(first) <= set(pks([*town.of(2), *town.of(3)]))


def test_no_vote_is_kept(town, served):
    before = Vote.objects.count()
    recommend(pks(town.of(0)[:2]), pks(town.of(2)[:2]), Paper.objects.all(), 5)
    assert Vote.objects.count() == before


def test_without_a_model_it_says_why(town, model_dir):
    assert recommend(pks(town.of(0)[:1]), [], Paper.objects.all(), 5) == Unavailable("No model has been trained yet.")
