"""The papers that interests stand for."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Interest
from recommender.interests import NAMES_IN_A_SEARCH, PAPERS_OF_AN_AUTHOR, known_paper_id, notes_on, papers_by, papers_of

from .planted import a_paper


@pytest.mark.parametrize("text", ["2611.00001", " 2611.00001v3 ", "arXiv:2611.00001"])
def test_a_paper_is_found_by_any_form_of_its_id(db, text):
    a_paper("2611.00001")
    assert known_paper_id(text) == "2611.00001"


def test_an_old_id_with_a_slash_is_an_id_too(db):
    a_paper("math/0309136")
    assert known_paper_id("math.GT/0309136") == "math/0309136"


@pytest.mark.parametrize(("text", "problem"), [("2611.00009", "not in the catalogue"), ("Knuth", "no id of a paper")])
def test_what_is_no_paper_of_the_catalogue_is_refused_in_words(db, text, problem):
    with pytest.raises(ValidationError, match=problem):
        known_paper_id(text)


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada  LOVELACE", " Ada Lovelace "])
def test_an_author_is_found_whatever_the_case_and_the_spaces(db, name):
    paper = a_paper("2611.00001", authors=["Charles Babbage", "Ada Lovelace"])
    a_paper("2611.00002", authors=["Ada Lovelace-King", "Adam Lovelacer"])
    assert dict(papers_by([name])) == {"ada lovelace": [paper.pk]}


def test_letters_beyond_ascii_match_ignoring_case_too(db):
    paper = a_paper("2611.00001", authors=["Émile Zola"])
    other = a_paper("2611.00002", authors=["王小明"])
    assert dict(papers_by(["émile zola", "王小明"])) == {"émile zola": [paper.pk], "王小明": [other.pk]}


def test_many_names_are_found_as_one_is(db):
    papers = [a_paper(f"2611.{number:05d}", authors=[f"Author {number}x"]) for number in range(NAMES_IN_A_SEARCH + 5)]
    found = papers_by([f"author {number}X" for number in range(NAMES_IN_A_SEARCH + 5)])
    assert [found[f"author {number}x"] for number in range(NAMES_IN_A_SEARCH + 5)] == [[paper.pk] for paper in papers]


def test_of_a_busy_author_the_newest_papers_count(db):
    papers = [a_paper(f"2611.{number:05d}", authors=["Ada"]) for number in range(PAPERS_OF_AN_AUTHOR + 2)]
    assert papers_by(["Ada"])["ada"] == [paper.pk for paper in papers[:1:-1]]


def test_each_interest_stands_for_its_papers_and_a_topic_for_none(db):
    paper = a_paper("2611.00001", authors=["Ada"])
    asked = [("paper", "2611.00001"), ("paper", "2611.00009"), ("author", "Ada"), ("author", "Bob"), ("topic", "trees")]
    wanted = [[paper.pk], [], [paper.pk], []]
    assert papers_of(asked) == dict(zip(asked[:4], wanted, strict=True))


def test_two_queries_serve_any_number_of_interests(db):
    for number in range(60):
        a_paper(f"2611.{number:05d}", authors=[f"Author {number}"])
    for count in (1, 60):
        with CaptureQueriesContext(connection) as queries:
            papers_of(
                (kind, text)
                for number in range(count)
                for kind, text in (("paper", f"2611.{number:05d}"), ("author", f"Author {number}"))
            )
        assert len(queries) == 2


def test_the_notes_say_what_is_there_and_what_is_not_yet(db):
    a_paper("2611.00001", "On engines", authors=["Ada"])
    rows = [("paper", "2611.00001"), ("author", "Ada"), ("author", "Bob"), ("paper", "2611.00009"), ("topic", "x")]
    said = notes_on([Interest(pk=place, kind=kind, text=text) for place, (kind, text) in enumerate(rows)])
    assert said[0] == "On engines"
    assert said[1] == "1 paper in the catalogue"
    assert "starts to count when one arrives" in said[2]
    assert "no longer in the catalogue" in said[3]
    assert 4 not in said
