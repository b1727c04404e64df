"""Reasons are true: without the vote that they name, the next ranking moves by what they said."""

import numpy as np
import pytest

from recommender import interests, votes
from recommender.engine.score import prepare
from recommender.models import Paper
from recommender.ranking.candidates import rows_of_papers
from recommender.ranking.rank import rank
from recommender.ranking.reasons import RAISED, reasons
from recommender.serving import model_cache
from tests.recommender.planted import FIRST_DAY, a_paper


def scores(ranking):
    return dict(zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True))


def all_reasons(ranking):
    return reasons(ranking, ranking.order.tolist())


def in_general(served, pks):
    """What readers like in general adds to the score of each paper."""
    return prepare(served.model, rows_of_papers(served.model, pks), served.model.rows_of(pks)).prior.tolist()


def vote(reader, papers, value):
    for paper in papers:
        votes.cast(reader, paper, value)


def said_by(ada, town, case):
    """Votes (and interests) of one kind; ada always keeps a vote, or she would have no personal ranking after."""
    strangers = [a_paper("2612.00001", "proteina proteinb"), a_paper("hep-th/9901001", "marketa marketc")]
    if case == "interests beside":
        interests.add(ada, "topic", "proteina proteinc")
        interests.add(ada, "category", "cs.LG")
    if case in ("up-votes", "both", "interests beside"):
        vote(ada, town.of(2)[:3], 1)
    if case in ("down-votes", "both", "interests beside"):
        vote(ada, town.of(6)[:2], -1)
    if case == "papers unknown to the model":
        vote(ada, strangers[:1], 1)
        vote(ada, strangers[1:], -1)
        vote(ada, town.of(2)[:1], 1)


@pytest.mark.parametrize("case", ["up-votes", "down-votes", "both", "papers unknown to the model", "interests beside"])
def test_taking_back_a_named_vote_moves_the_score_by_its_effect(town, served, ada, case):
    said_by(ada, town, case)
    before = rank(ada, FIRST_DAY)
    by_paper = {}
    for pk, lines in all_reasons(before).items():
        for line in lines:
            if line.kind == "your_vote":
                by_paper.setdefault(line.paper, []).append((pk, line.effect))
    assert by_paper
    for paper, effects in by_paper.items():
        value = ada.votes.get(paper=paper).value
        votes.take_back(ada, paper)
        after = scores(rank(ada, FIRST_DAY))
        for pk, effect in effects:
            assert scores(before)[pk] - after[pk] == pytest.approx(effect, abs=1e-4)
        votes.cast(ada, paper, value)


def test_removing_a_named_interest_moves_the_score_by_its_effect(town, served, ada):
    vote(ada, town.of(6)[:2], 1)
    interest = interests.add(ada, "topic", "proteina proteinc")
    before = rank(ada, FIRST_DAY)
    effects = {
        pk: line.effect for pk, lines in all_reasons(before).items() for line in lines if line.text == interest.text
    }
    assert effects
    interests.remove(ada, interest)
    after = scores(rank(ada, FIRST_DAY))
    for pk, effect in effects.items():
        assert scores(before)[pk] - after[pk] == pytest.approx(effect, abs=1e-4)


def test_a_lone_vote_and_what_readers_like_in_general_make_the_whole_score(town, served, ada):
    vote(ada, town.of(2)[:1], 1)
    ranking = rank(ada, FIRST_DAY)
    pks = ranking.order.astype(np.int64)
    general = dict(zip(pks.tolist(), in_general(served, pks), strict=True))
    for pk, lines in all_reasons(ranking).items():
        for line in lines:
            assert line.effect == pytest.approx(scores(ranking)[pk] - general[pk], abs=1e-4)


def test_the_first_paper_is_there_because_of_a_vote_on_its_own_topic(town, served, ada):
    vote(ada, town.of(2)[:3], 1)
    vote(ada, town.of(6)[:1], -1)
    ranking = rank(ada, FIRST_DAY)
    first = all_reasons(ranking)[int(ranking.order[0])][0]
    assert (first.kind, first.vote) == ("your_vote", 1)
    assert first.paper in town.of(2)


def test_reasons_come_strongest_first_and_are_few(town, served, ada):
    vote(ada, town.of(2)[:8], 1)
    vote(ada, town.of(6)[:2], -1)
    for lines in all_reasons(rank(ada, FIRST_DAY)).values():
        effects = [line.effect for line in lines]
        assert effects == sorted(effects, reverse=True)
        assert sum(effect > 0 for effect in effects) <= RAISED
        assert sum(effect < 0 for effect in effects) <= 1


def test_interests_alone_are_named(town, served, ada):
    interests.add(ada, "topic", "proteina proteinc")
    ranking = rank(ada, FIRST_DAY)
    (line,) = all_reasons(ranking)[int(ranking.order[0])]
    assert (line.kind, line.text, line.paper) == ("interest", "proteina proteinc", None)
    (general,) = in_general(served, ranking.order[:1].astype(np.int64))
    assert line.effect == pytest.approx(float(ranking.score_values[0]) - general, abs=1e-4)


def test_a_popular_order_names_its_public_votes_and_no_vote_of_mine(ada):
    paper = a_paper("2611.00001", source_upvotes=4)
    ((line,),) = reasons(rank(ada, FIRST_DAY), [paper.pk]).values()
    assert (line.kind, line.effect, line.paper) == ("popular", 4, None)


def test_an_order_by_time_has_no_reasons(ada):
    paper = a_paper("2611.00001")
    assert reasons(rank(ada, FIRST_DAY), [paper.pk]) == {paper.pk: []}


def test_a_ranking_whose_model_was_deleted_has_no_reasons(town, served, ada):
    vote(ada, town.of(2)[:3], 1)
    ranking = rank(ada, FIRST_DAY)
    served.row.version = "gone"
    served.row.save()
    ranking.refresh_from_db()
    assert set(map(tuple, all_reasons(ranking).values())) == {()}


def test_reasons_of_an_old_ranking_are_those_it_was_made_with(town, served, ada):
    vote(ada, town.of(2)[:3], 1)
    ranking = rank(ada, FIRST_DAY)
    before = all_reasons(ranking)
    vote(ada, town.of(6)[:3], -1)
    assert all_reasons(ranking) == before


def test_deleted_papers_do_not_break_the_reasons(town, served, ada):
    """One voted paper and one ranked paper that the model never saw are deleted; the other votes' effects stay."""
    stranger, ranked = a_paper("2612.00001", "proteina proteinb"), a_paper("2612.00002", "proteinc proteind")
    first, second, other = town.of(2)[:3]
    vote(ada, [stranger, first, second], 1)
    ranking = rank(ada, FIRST_DAY)
    before = {line.paper: line.effect for line in reasons(ranking, [other.pk], whole=True)[other.pk]}
    Paper.objects.filter(pk__in=[stranger.pk, ranked.pk]).delete()
    after = {line.paper: line.effect for line in reasons(ranking, [other.pk, ranked.pk], whole=True)[other.pk]}
    for paper in (first, second):
        assert after[paper] == pytest.approx(before[paper], abs=1e-5)


def test_naming_reasons_takes_the_same_queries_for_one_paper_and_many(town, served, ada, django_assert_max_num_queries):
    vote(ada, town.of(2)[:3], 1)
    ranking = rank(ada, FIRST_DAY)
    model_cache.current()
    with django_assert_max_num_queries(2):
        all_reasons(ranking)


@pytest.mark.parametrize("kind", ["paper", "author"])
def test_removing_a_seed_or_an_author_moves_the_score_by_its_effect(town, served, ada, kind):
    votes.cast(ada, town.of(2)[0], 1)
    a_paper("2612.00001", "proteina proteinb", authors=["Ada Lovelace"])
    interest = interests.add(ada, kind, {"paper": town.of(6)[0].public_id, "author": "Ada Lovelace"}[kind])
    before = rank(ada, FIRST_DAY)
    effects = {pk: r.effect for pk, lines in all_reasons(before).items() for r in lines if r.text == interest.text}
    interests.remove(ada, interest)
    after = scores(rank(ada, FIRST_DAY))
    assert effects
    for pk, effect in effects.items():
        assert scores(before)[pk] - after[pk] == pytest.approx(effect, abs=1e-5)


def test_a_seed_paper_is_named_by_its_paper(town, served, ada):
    seed = town.of(2)[0]
    interests.add(ada, "paper", seed.public_id)
    ranking = rank(ada, FIRST_DAY)
    [first, *_] = reasons(ranking, ranking.order.tolist()[:1]).values()
    assert [(line.kind, line.paper, line.text) for line in first] == [("interest", seed, seed.public_id)]


def test_the_whole_names_every_vote_with_an_effect_as_great_as_taking_it_back_makes(town, served, ada):
    others = [paper for paper in town.of(2) if paper.day != FIRST_DAY][: RAISED + 3]
    vote(ada, others, 1)
    before = rank(ada, FIRST_DAY)
    first = int(before.order[0])
    lines = reasons(before, [first], whole=True)[first]
    assert {line.paper for line in lines} == set(others)
    assert {line.paper for line in reasons(before, [first])[first]} < set(others)
    votes.take_back(ada, others[0])
    [effects] = [line.effect for line in lines if line.paper == others[0]]
    assert effects == pytest.approx(scores(before)[first] - scores(rank(ada, FIRST_DAY))[first], abs=1e-5)
