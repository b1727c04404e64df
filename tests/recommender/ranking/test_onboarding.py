"""The next questions to a reader, from the tables, with their reasons."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import interests, mutes, votes
from recommender.models import Paper
from recommender.ranking.onboarding import next_questions
from tests.recommender.planted import DAYS, FIRST_DAY, a_paper

TODAY = FIRST_DAY.replace(day=FIRST_DAY.day + DAYS)


def pks(asking):
    return [question.paper.pk for question in asking.questions]


def test_a_newcomer_is_asked_about_papers_of_several_circles(town, served, ada):
    asking = next_questions(ada, [], 5, TODAY)
    circles = {town.world.circles[town.papers.index(question.paper)] for question in asking.questions}
    assert (asking.by_model, asking.note, asking.answered, len(asking.questions)) == (True, "", 0, 5)
    assert len(circles) >= 3


def test_voted_and_skipped_papers_do_not_come_again(served, ada):
    first = pks(next_questions(ada, [], 5, TODAY))
    votes.cast(ada, next_questions(ada, [], 1, TODAY).questions[0].paper, 1)
    again = next_questions(ada, first[1:], 5, TODAY)
    assert not set(first) & set(pks(again))
    assert again.answered == 1


def test_after_an_up_vote_the_next_paper_is_of_the_same_circle(town, served, ada):
    liked = next_questions(ada, [], 1, TODAY).questions[0].paper
    votes.cast(ada, liked, 1)
    circle = [
        town.world.circles[town.papers.index(paper)]
        for paper in (liked, next_questions(ada, [], 1, TODAY).questions[0].paper)
    ]
    assert circle[0] == circle[1]


def test_a_topic_moves_the_first_question(town, served, ada):
    interests.add(ada, "topic", "galaxya galaxyb galaxyc")
    assert "galaxy" in next_questions(ada, [], 1, TODAY).questions[0].paper.title


def test_the_words_of_a_reason_stand_in_the_paper(served, ada):
    """The pair behind "separates" or "asks about" is quoted from title and abstract."""
    for question in next_questions(ada, [], 5, TODAY).questions:
        [own] = re.findall(r"(?:separates|asks about) ((?:“\w+”(?: and )?)+)", question.reason, re.IGNORECASE)
        text = f"{question.paper.title} {question.paper.abstract}".lower()
        assert all(word in text for word in re.findall(r"“(\w+)”", own))


def test_a_reason_names_the_paper_that_was_voted_up(town, served, ada):
    liked = next_questions(ada, [], 1, TODAY).questions[0].paper
    votes.cast(ada, liked, 1)
    reasons = " ".join(question.reason for question in next_questions(ada, [], 5, TODAY).questions)
    assert f"“{liked.title}”, which you voted up" in reasons


def test_papers_that_share_an_author_are_not_called_near(town, served, ada):
    """The model counts authors, too: their papers may be near one another on any subjects."""
    liked = next_questions(ada, [], 1, TODAY).questions[0].paper
    votes.cast(ada, liked, 1)
    Paper.objects.update(authors=["Ada Byron", "Mira Talvik"])
    reasons = [question.reason for question in next_questions(ada, [], 5, TODAY).questions]
    assert any(reason.startswith(f"By an author of “{liked.title}”, which you voted up; ") for reason in reasons)
    assert not any("near" in reason.lower() or "separates" in reason.lower() for reason in reasons)


def test_the_votes_of_a_reason_are_the_public_ones(served, ada):
    for question in next_questions(ada, [], 5, TODAY).questions:
        [count] = re.findall(r"(\d+) public vote", question.reason)
        assert int(count) == sum(question.paper.votes.values_list("value", flat=True))


def test_a_reason_states_the_larger_of_both_quantities(served, ada):
    for question in next_questions(ada, [], 5, TODAY).questions:
        quantities = re.findall(r"(says|is) ([\d.]+) times as (?:much|likely)", question.reason)
        assert len(quantities) == 1
        assert float(quantities[0][1]) > 0


def test_without_a_model_the_questions_are_popular_papers_of_each_category(ada, bob, model_dir):
    papers = [a_paper(f"2611.{number:05d}", categories=["cs.LG" if number < 3 else "math.AG"]) for number in range(4)]
    for paper in papers[:2]:
        votes.cast(bob, paper, 1)
    asking = next_questions(ada, [], 2, FIRST_DAY)
    assert {question.paper.categories[0] for question in asking.questions} == {"cs.LG", "math.AG"}
    assert (asking.by_model, asking.note) == (False, "No model has been trained yet.")
    assert "cs.LG, with 1 public vote." in asking.questions[0].reason


@pytest.mark.usefixtures("model_dir")
def test_without_a_model_nothing_is_asked_twice_either(ada):
    papers = [a_paper(f"2611.{number:05d}") for number in range(3)]
    votes.cast(ada, papers[0], -1)
    assert pks(next_questions(ada, [papers[1].pk], 5, FIRST_DAY)) == [papers[2].pk]


@pytest.mark.usefixtures("model_dir")
def test_an_empty_catalogue_has_nothing_to_ask(ada):
    assert next_questions(ada, [], 5, FIRST_DAY).questions == []


def test_no_question_is_about_a_deleted_paper(served, ada):
    first = next_questions(ada, [], 1, TODAY).questions[0].paper
    first.delete()
    assert first.pk not in pks(next_questions(ada, [], 5, TODAY))


def test_more_questions_take_no_more_queries(served, ada):
    next_questions(ada, [], 1, TODAY)
    counts = []
    for count in (2, 20):
        with CaptureQueriesContext(connection) as queries:
            next_questions(ada, [], count, TODAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_no_question_is_about_a_withdrawn_paper(served, ada):
    [first] = pks(next_questions(ada, [], 1, TODAY))
    Paper.objects.filter(pk=first).update(withdrawn=True)
    [second] = pks(next_questions(ada, [], 1, TODAY))
    assert second != first


def test_without_a_model_no_question_is_about_a_withdrawn_paper(db, ada):
    a_paper("2612.00001", withdrawn=True, source_upvotes=9)
    offered = a_paper("2612.00002")
    assert pks(next_questions(ada, [], 2, TODAY)) == [offered.pk]


def test_no_question_is_about_what_the_reader_muted(served, ada):
    """The first word of each first question is muted: other papers come, as many as before."""
    muted = {question.paper.title.split()[0] for question in next_questions(ada, [], 5, TODAY).questions}
    for word in muted:
        mutes.add(ada, "word", word)
    after = [
        f"{question.paper.title} {question.paper.abstract}".split()
        for question in next_questions(ada, [], 5, TODAY).questions
    ]
    assert len(after) == 5
    assert muted.isdisjoint(word for words in after for word in words)


def test_without_a_model_no_question_is_about_what_the_reader_muted(ada):
    for number, category in enumerate(["cs.LG", "hep-th"]):
        a_paper(f"2607.0000{number}", FIRST_DAY, categories=[category])
    mutes.add(ada, "category", "cs.LG")
    assert [question.paper.categories for question in next_questions(ada, [], 5, TODAY).questions] == [["hep-th"]]
