"""What was learned, in words: true of the computation, with what it comes from."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import interests, votes
from recommender.models import Paper
from recommender.ranking import taste
from recommender.ranking.rank import rank
from recommender.ranking.reasons import reasons
from recommender.ranking.taste import EXAMPLES, SOURCES, WEIGHTY, learned_taste, written_term
from tests.recommender.planted import FIRST_DAY, a_paper, topic_of


def vote(reader, papers, value, count):
    for paper in [paper for paper in papers if paper.day != FIRST_DAY][:count]:
        votes.cast(reader, paper, value)


@pytest.fixture
def taught(town, served, ada):
    """Four proteins up, two markets down, and galaxies as a topic."""
    vote(ada, town.of(2), 1, 4)
    vote(ada, town.of(6), -1, 2)
    interests.add(ada, "topic", "GalaxyA galaxyb")
    return learned_taste(ada, FIRST_DAY)


def test_topics_are_named_as_they_are_written_with_the_votes_they_come_from(taught):
    assert all(topic.text.startswith(("protein", "galaxy")) for topic in taught.raising[:3])
    assert all(topic.text.startswith("market") for topic in taught.lowering[:2])
    for topic, value in ((taught.raising[0], 1), (taught.lowering[0], -1)):
        assert 1 <= len(topic.sources) <= SOURCES
        assert all(source.interest or source.vote == value for source in topic.sources)
    assert (taught.day, taught.note) == (FIRST_DAY, "")


def test_the_shares_of_all_statements_sum_to_one(taught):
    """Six votes and an interest, all of which are named."""
    assert WEIGHTY > 7 == len(taught.weights)
    assert sum(weight.share for weight in taught.weights) == pytest.approx(1)
    assert [weight.share for weight in taught.weights] == sorted((w.share for w in taught.weights), reverse=True)


def test_the_paper_that_a_vote_moves_most_is_moved_by_the_effect_in_its_reasons(ada, taught):
    ranking = rank(ada, FIRST_DAY)
    weight = next(weight for weight in taught.weights if weight.saying.vote == 1)
    why = {reason.paper: reason.effect for reason in reasons(ranking, [weight.moved.pk])[weight.moved.pk]}
    assert weight.effect == pytest.approx(why[weight.saying.paper], rel=1e-4)


def test_separate_interests_have_words_shares_and_examples(taught):
    assert sum(group.share for group in taught.groups) == pytest.approx(1)
    words = {word[:6] for group in taught.groups for word in group.words[:1]}
    assert {"protei", "galaxy"} <= words
    assert all(1 <= len(group.examples) <= min(EXAMPLES, group.size) for group in taught.groups)


def test_many_votes_are_weighed_on_an_even_sample_of_the_day(town, served, ada, monkeypatch):
    """48 papers and 4 votes: at most 100 products take every second paper, 24 of them."""
    vote(ada, town.of(2), 1, 4)
    whole = {weight.saying.paper: weight.share for weight in learned_taste(ada, FIRST_DAY).weights}
    monkeypatch.setattr(taste, "PRODUCTS", 100)
    result = learned_taste(ada, FIRST_DAY)
    assert result.papers == 24
    assert {weight.saying.paper: weight.share for weight in result.weights} == pytest.approx(whole, abs=0.1)


def test_a_seed_paper_is_named_by_its_title(town, served, ada):
    interests.add(ada, "paper", town.papers[3].public_id)
    [weight] = learned_taste(ada, FIRST_DAY).weights
    assert (weight.saying.paper, weight.saying.interest, weight.share) == (town.papers[3], ada.interests.get(), 1)


def test_more_votes_take_no_more_queries(town, served, ada):
    counts = []
    for many in (2, 12):
        vote(ada, town.of(2) + town.of(4), 1, many)
        with CaptureQueriesContext(connection) as queries:
            learned_taste(ada, FIRST_DAY)
        counts.append(len(queries))
    assert counts[1] <= counts[0]  # the first time the day's candidates are read as well


def test_a_deleted_paper_does_not_break_the_taste(town, served, ada):
    vote(ada, town.of(2), 1, 1)
    gone = a_paper("2612.00001", "proteina proteinb", day=FIRST_DAY)
    votes.cast(ada, gone, 1)
    result = learned_taste(ada, FIRST_DAY)
    assert np.isfinite([topic.effect for topic in result.raising]).all()


def test_before_the_first_model_is_trained_the_profile_is_that_of_content(town, model_dir, ada):
    vote(ada, town.of(2), 1, 1)
    learned = learned_taste(ada, FIRST_DAY)
    assert learned.note == ""
    assert any(topic.text.startswith(topic_of(2)) for topic in learned.raising)


def test_who_said_nothing_and_a_site_without_words_are_told_so(town, model_dir, ada):
    assert learned_taste(ada, FIRST_DAY).note.startswith("Nothing yet.")
    vote(ada, town.of(2), 1, 1)
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    assert learned_taste(ada, FIRST_DAY).note == "No model has been trained yet."


def test_an_empty_catalogue_teaches_nothing(ada, model_dir):
    interests.add(ada, "topic", "graphs")
    assert (learned_taste(ada, FIRST_DAY).day, learned_taste(ada, FIRST_DAY).raising) == (None, [])


@pytest.mark.parametrize(
    ("term", "texts", "expected"),
    [
        ("au:paul erdős", ["Paul Erdős", "On graphs"], ("author", "Paul Erdős")),
        ("cat:cs.LG", [], ("category", "cs.LG")),
        ("tag:deep_learning", ["Deep_Learning"], ("word", "Deep_Learning")),
        ("network", ["Neural Networks"], ("word", "networks")),
        ("gpt", ["On GPT"], ("word", "GPT")),
        ("absent", ["On GPT"], ("word", "absent")),
    ],
)
def test_a_term_is_spelled_as_in_the_paper(term, texts, expected):
    assert written_term(term, texts) == expected
