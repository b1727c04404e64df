"""Interests: what can be one, how it is stored, and the papers that it stands for."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Interest
from recommender import interests
from recommender.interests import (
    MOST_AUTHORS,
    MOST_INTERESTS,
    NAMES_IN_A_SEARCH,
    PAPERS_OF_AN_AUTHOR,
    known_paper_id,
    notes_on,
    papers_by,
    papers_of,
)
from tests.recommender.planted import a_paper


@pytest.mark.parametrize("text", ["2611.00001", " 2611.00001v3 ", "arXiv:2611.00001"])
def test_a_paper_is_found_by_any_form_of_its_id(db, text):
    a_paper("2611.00001")
    assert known_paper_id(text) == "2611.00001"


def test_an_old_id_with_a_slash_is_an_id_too(db):
    a_paper("math/0309136")
    assert known_paper_id("math.GT/0309136") == "math/0309136"


@pytest.mark.parametrize(("text", "problem"), [("2611.00009", "not in the catalogue"), ("Knuth", "not a paper id")])
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
    by_name = papers_by([f"author {number}X" for number in range(NAMES_IN_A_SEARCH + 5)])
    assert [by_name[f"author {number}x"] for number in range(NAMES_IN_A_SEARCH + 5)] == [[paper.pk] for paper in papers]


def test_of_a_busy_author_the_newest_papers_count(db):
    papers = [a_paper(f"2611.{number:05d}", authors=["Ada"]) for number in range(PAPERS_OF_AN_AUTHOR + 2)]
    assert papers_by(["Ada"])["ada"] == [paper.pk for paper in papers[:1:-1]]


def test_each_interest_stands_for_its_papers_and_a_topic_for_none(db):
    paper = a_paper("2611.00001", authors=["Ada"])
    pairs = [("paper", "2611.00001"), ("paper", "2611.00009"), ("author", "Ada"), ("author", "Bob"), ("topic", "trees")]
    expected = [[paper.pk], [], [paper.pk], []]
    assert papers_of(pairs) == dict(zip(pairs[:4], expected, strict=True))


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


def test_the_notes_count_an_authors_papers_and_report_missing_ones(db):
    a_paper("2611.00001", "On engines", authors=["Ada"])
    rows = [("paper", "2611.00001"), ("author", "Ada"), ("author", "Bob"), ("paper", "2611.00009"), ("topic", "x")]
    notes = notes_on([Interest(pk=place, kind=kind, text=text) for place, (kind, text) in enumerate(rows)])
    assert notes[0] == "On engines"
    assert notes[1] == "1 paper in the catalogue"
    assert "starts to count when one arrives" in notes[2]
    assert "no longer in the catalogue" in notes[3]
    assert 4 not in notes


BAD = [
    ("category", "cs.QQ", "is not an arXiv category"),
    ("category", "", "is not an arXiv category"),
    ("category", "x" * 500, "is not an arXiv category"),
    ("topic", "", "2 to 200"),
    ("topic", "a", "2 to 200"),
    ("topic", "  a  ", "2 to 200"),
    ("topic", "a" * 201, "this one has 201"),
    ("topic", "bell \x07 rings", "control characters"),
    ("topic", "nothing \x00 here", "control characters"),
    ("topic", "half \ud800 here", "control characters"),
    ("author", "A", "a name has 2 to 200"),
    ("author", "a" * 201, "this one has 201"),
    ("author", "bell \x07 rings", "control characters"),
]


@pytest.mark.parametrize(("kind", "text", "problem"), BAD)
def test_what_is_no_interest_is_refused_with_the_remedy(ada, kind, text, problem):
    with pytest.raises(ValidationError, match=problem) as refusal:
        interests.add(ada, kind, text)
    assert list(refusal.value.message_dict) == ["text"]
    assert (ada.interests.count(), ada.taste_version) == (0, 0)


def test_a_category_is_stored_as_arxiv_writes_it(ada):
    assert interests.add(ada, "category", " CS.lg ").text == "cs.LG"


def test_white_space_in_a_topic_is_collapsed(ada):
    assert interests.add(ada, "topic", " sparse \n\t auto\u2003encoders ").text == "sparse auto encoders"


def test_a_paper_of_the_catalogue_is_meant_by_its_id(ada):
    a_paper("2607.00001")
    assert interests.add(ada, "paper", " arXiv:2607.00001v2 ").text == "2607.00001"
    with pytest.raises(ValidationError, match=r"2607\.00002 is not in the catalogue"):
        interests.add(ada, "paper", "2607.00002")
    assert (ada.interests.count(), ada.taste_version) == (1, 1)


def test_an_author_is_stored_as_written_on_one_line(ada):
    assert interests.add(ada, "author", " Ada  King, Countess of Lovelace ").text == "Ada King, Countess of Lovelace"


def test_there_is_room_for_ten_authors_and_no_more(ada):
    for number in range(MOST_AUTHORS):
        interests.add(ada, "author", f"Author {number}")
    with pytest.raises(ValidationError, match="10 authors"):
        interests.add(ada, "author", "One Too Many")
    assert interests.add(ada, "topic", "graphs")


@pytest.mark.parametrize("length", [2, 200])
def test_a_topic_of_the_shortest_and_longest_length_is_valid(ada, length):
    assert interests.add(ada, "topic", "é" * length).text == "é" * length


def test_adding_and_removing_change_the_taste(ada):
    interest = interests.add(ada, "topic", "graphs")
    assert ada.taste_version == 1
    interests.remove(ada, interest)
    assert ada.taste_version == 2
    assert not ada.interests.exists()


@pytest.mark.parametrize("again", ["graphs", "GRAPHS", " Graphs "])
def test_the_same_interest_twice_is_refused_in_any_case(ada, again):
    interests.add(ada, "topic", "graphs")
    with pytest.raises(ValidationError, match="already among your interests"):
        interests.add(ada, "topic", again)
    assert ada.taste_version == 1


def test_letters_beyond_ascii_are_compared_ignoring_case_too(ada):
    interests.add(ada, "topic", "Équations")
    with pytest.raises(ValidationError, match="already"):
        interests.add(ada, "topic", "équations")


def test_the_same_words_may_be_a_topic_and_a_category(ada):
    interests.add(ada, "category", "math")
    interests.add(ada, "topic", "math")
    assert ada.interests.count() == 2


def test_two_readers_may_share_an_interest(ada, bob):
    interests.add(ada, "topic", "graphs")
    assert interests.add(bob, "topic", "graphs").reader == bob


def test_there_is_room_for_fifty_and_no_more(ada):
    for number in range(MOST_INTERESTS):
        interests.add(ada, "topic", f"topic {number}")
    with pytest.raises(ValidationError, match="remove one first"):
        interests.add(ada, "topic", "one too many")
    assert ada.interests.count() == 50
