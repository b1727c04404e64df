"""What readers say they care about."""

import pytest
from django.core.exceptions import ValidationError

from recommender import interests
from recommender.interests import MOST_AUTHORS, MOST_INTERESTS

from .planted import a_paper

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


def test_a_category_is_kept_as_arxiv_writes_it(ada):
    assert interests.add(ada, "category", " CS.lg ").text == "cs.LG"


def test_white_space_in_a_topic_is_collapsed(ada):
    assert interests.add(ada, "topic", " sparse \n\t auto\u2003encoders ").text == "sparse auto encoders"


def test_a_paper_of_the_catalogue_is_meant_by_its_id(ada):
    a_paper("2607.00001")
    assert interests.add(ada, "paper", " arXiv:2607.00001v2 ").text == "2607.00001"
    with pytest.raises(ValidationError, match=r"2607\.00002 is not in the catalogue"):
        interests.add(ada, "paper", "2607.00002")
    assert (ada.interests.count(), ada.taste_version) == (1, 1)


def test_an_interest_has_a_note_where_the_catalogue_has_something_to_say(ada):
    a_paper("2607.00001", "On ties")
    added = [interests.add(ada, "paper", "2607.00001"), interests.add(ada, "topic", "graphs")]
    assert [interest.note for interest in interests.with_notes(added)] == ["On ties", ""]


def test_an_author_is_kept_as_written_on_one_line(ada):
    assert interests.add(ada, "author", " Ada  King, Countess of Lovelace ").text == "Ada King, Countess of Lovelace"


def test_there_is_room_for_ten_authors_and_no_more(ada):
    for number in range(MOST_AUTHORS):
        interests.add(ada, "author", f"Author {number}")
    with pytest.raises(ValidationError, match="10 authors"):
        interests.add(ada, "author", "One Too Many")
    assert interests.add(ada, "topic", "graphs")


@pytest.mark.parametrize("length", [2, 200])
def test_a_topic_of_the_shortest_and_longest_length_is_taken(ada, length):
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
