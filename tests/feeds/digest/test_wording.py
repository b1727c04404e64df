"""A paper in words: one plain line, cut between words."""

import pytest

from feeds.digest.wording import authors_and_categories, chance, for_and_against, line, mathless, why
from feeds.entries import Entry, Exploration
from recommender.models import Paper
from recommender.ranking.reasons import Reason


def entry(why=(), **fields):
    return Entry(1, Paper(public_id="2607.00001", title="Graphs", **fields), 0.5, why, 0)


@pytest.mark.parametrize("char", ["\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u202e", "\ud800", "\t"])
def test_what_breaks_or_turns_a_line_becomes_a_space(char):
    assert line(f"one{char}two", 50) == "one two"


def test_letters_of_any_script_and_joined_emoji_stay():
    text = "Übung 数学 می\u200cخواهم 👩\u200d🔬"
    assert line(text, 50) == text


def test_a_cut_is_between_words_and_counts_its_ellipsis():
    """ "one two three" has 13 characters; 11 of 12 before the ellipsis are "one two thr"."""
    assert line("one two three", 13) == "one two three"
    assert line("one two three", 12) == "one two…"


def test_a_word_without_end_is_cut_where_it_must_be():
    assert line("x" * 100, 50) == "x" * 49 + "…"


def test_no_length_is_nothing():
    assert line("one two", 0) == ""


def test_formulas_are_plain_text():
    assert mathless("Sorting in $O(n^2)$", 50) == "Sorting in O(n²)"


def test_authors_stand_before_the_first_category():
    assert authors_and_categories(entry(authors=["Ada", "Bob"], categories=["cs.LG", "stat.ML"]), 50) == (
        "Ada, Bob · cs.LG"
    )


def test_reasons_of_one_kind_share_their_opening():
    reasons = [
        Reason("your_vote", 0.5, Paper(title="A"), 1),
        Reason("your_vote", 0.25, None, 1),
        Reason("interest", 0.1, None, 0, "sparse codes"),
        Reason("your_vote", -0.2, Paper(title="B"), -1),
    ]
    assert why(entry(reasons), True) == (
        "you voted up “A” +0.5, a paper that has left +0.25; you named “sparse codes” +0.1; you voted down “B” −0.2"
    )


def test_a_popular_paper_has_its_votes_counted():
    assert why(entry([Reason("popular", 1.0)]), False) == "popular, 1 public vote"


def test_without_reasons_a_personal_place_is_said_to_be_everybodys():
    assert "readers in general" in why(entry(), True)
    assert why(entry(), False) == ""


def test_chance_is_said_with_its_probability():
    """A propensity of 0.05 is 1 in 20."""
    drawn = Entry(1, Paper(title="A"), 0.1, (), 0, Exploration(True, 0.05, 12))
    assert chance(drawn) == "shown by chance, 1 in 20; place 12 of your own order"
    assert chance(entry()) == ""


def test_votes_against_are_named_where_there_are_some():
    assert for_and_against(1, 0) == "1 reader for it"
    assert for_and_against(4, 2) == "4 readers for it, 2 against"
