"""Why a paper has its place, as parts and as plain text; one plain line, cut between words."""

import pytest

from accounts.models import Interest
from feeds.entries import Exploration
from feeds.trending import Trend
from feeds.wording import (
    Part,
    as_text,
    exploration,
    likeness,
    line,
    main,
    on_hugging_face,
    order,
    placement,
    plain_line,
    signed,
    source,
    trend,
    why,
    why_in_feed,
)
from recommender.models import Paper, Ranking, TrainedModel
from recommender.ranking.reasons import Placement, Reason
from recommender.ranking.relations import Relation
from recommender.ranking.taste import Statement

A, B = Paper(public_id="2607.00001", title="A"), Paper(public_id="2607.00002", title="B")


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
    assert plain_line("Sorting in $O(n^2)$", 50) == "Sorting in O(n²)"


def test_effects_carry_their_sign_and_two_significant_digits():
    assert [signed(effect) for effect in (0.1234, -0.0098, 0.00031)] == ["+0.12", "−0.0098", "+0.00031"]


def test_a_reason_is_a_link_with_its_effect_between_words():
    assert why([Reason("your_vote", 0.5, A, 1)]) == [
        Part("words", "close to "),
        Part("paper", "A", A, 0.5),
        Part("words", ", which you liked"),
    ]


def test_reasons_of_one_kind_share_their_words():
    reasons = [
        Reason("your_vote", 0.5, A, 1),
        Reason("your_vote", 0.25, None, 1),
        Reason("interest", 0.1, None, 0, "sparse codes"),
        Reason("your_vote", -0.2, B, -1),
    ]
    assert as_text(why(reasons)) == (
        "close to “A” +0.5, a removed paper +0.25, which you liked; matches your interest “sparse codes” +0.1; "
        "close to “B” −0.2, which you disliked"
    )


@pytest.mark.parametrize(
    ("vote", "effect", "words"),
    [
        (1, 0.5, "close to “A” +0.5, which you liked"),
        (-1, 0.5, "unlike “A” +0.5, which you disliked"),
        (1, -0.5, "unlike “A” −0.5, which you liked"),
        (-1, -0.5, "close to “A” −0.5, which you disliked"),
    ],
)
def test_the_sign_of_the_effect_tells_close_papers_from_unlike_ones(vote, effect, words):
    assert as_text(why([Reason("your_vote", effect, A, vote)])) == words


@pytest.mark.parametrize(
    ("vote", "effect", "relation", "words"),
    [
        (1, 0.5, Relation.ITSELF, "you liked this paper +0.5"),
        (-1, -0.5, Relation.ITSELF, "you disliked this paper −0.5"),
        (1, 0.5, Relation.AUTHOR, "shares an author with “A” +0.5, which you liked"),
        (-1, -0.5, Relation.AUTHOR, "shares an author with “A” −0.5, which you disliked"),
    ],
)
def test_a_vote_on_the_paper_itself_or_for_its_author_is_not_called_likeness(vote, effect, relation, words):
    assert as_text(why([Reason("your_vote", effect, A, vote, relation=relation)])) == words


@pytest.mark.parametrize(
    ("interest", "effect", "relation", "words"),
    [
        ("topic", 0.5, Relation.LIKENESS, "matches your interest “X” +0.5"),
        ("topic", -0.5, Relation.LIKENESS, "unlike your interest “X” −0.5"),
        ("author", 0.5, Relation.AUTHOR, "by “X” +0.5, whom you follow"),
        ("author", -0.5, Relation.AUTHOR, "unlike other papers by “X” −0.5"),
        ("author", 0.5, Relation.LIKENESS, "close to papers by “X” +0.5"),
        ("author", -0.5, Relation.LIKENESS, "unlike papers by “X” −0.5"),
        ("category", 0.5, Relation.CATEGORY, "matches your interest “X” +0.5"),
        ("category", -0.5, Relation.CATEGORY, "unlike other papers in “X” −0.5"),
        ("category", 0.5, Relation.LIKENESS, "close to papers in “X” +0.5"),
        ("category", -0.5, Relation.LIKENESS, "unlike papers in “X” −0.5"),
    ],
)
def test_only_papers_of_an_author_or_a_category_are_said_to_be_theirs(interest, effect, relation, words):
    assert as_text(why([Reason("interest", effect, None, 0, "X", interest, relation)])) == words


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (Relation.ITSELF, "your seed paper “A” +0.5"),
        (Relation.AUTHOR, "shares an author with your seed paper “A” +0.5"),
    ],
)
def test_a_seed_paper_is_itself_or_shares_an_author(relation, words):
    assert as_text(why([Reason("interest", 0.5, A, 0, "2607.00001", "paper", relation)])) == words


def test_a_seed_paper_is_named_with_its_title():
    assert as_text(why([Reason("interest", 0.5, A, 0, "2607.00001")])) == "close to your seed paper “A” +0.5"


def test_long_titles_are_cut_to_45_characters():
    text = as_text(why([Reason("your_vote", 0.5, Paper(public_id="1", title="x" * 46), 1)]))
    assert text == f"close to “{'x' * 44}…” +0.5, which you liked"


def test_the_main_reasons_are_three_that_raise_and_the_one_that_lowers_most():
    reasons = [Reason("your_vote", effect) for effect in (0.5, 0.4, 0.3, 0.2, -0.1, -0.6)]
    assert [reason.effect for reason in main(reasons)] == [0.5, 0.4, 0.3, -0.6]


def test_a_popular_paper_has_its_votes_counted():
    assert as_text(why([Reason("popular", 1.0)])) == "popular, 1 public vote"
    assert as_text(why([Reason("popular", 2.0)], popular_when="today")) == "popular today, 2 public votes"


def test_without_reasons_only_a_personal_place_is_explained():
    assert as_text(why([], is_personal=True)) == "not related to your votes or interests"
    assert why([]) == []


def test_a_feed_says_what_raised_a_paper_without_effects():
    reasons = [Reason("your_vote", 0.5, A, 1), Reason("your_vote", -0.2, B, -1)]
    assert why_in_feed(reasons, Exploration()) == "Close to “A”, which you liked."
    assert why_in_feed(reasons[1:], Exploration()) == ""


def test_a_paper_placed_at_random_has_no_other_reason_in_a_feed():
    assert why_in_feed([Reason("your_vote", 0.5, A, 1)], Exploration(True, 0.05, 12)) == (
        "Placed at random (1 in 20 chance); number 12 in your own ranking."
    )


def test_papers_of_a_collection_are_named_where_they_raise_a_paper():
    reasons = [Reason("your_vote", 0.5, A, 1), Reason("your_vote", -0.2, B, 1)]
    assert as_text(likeness(reasons)) == "close to “A” +0.5"
    by_author = Reason("your_vote", 0.3, B, 1, relation=Relation.AUTHOR)
    assert as_text(likeness([reasons[0], by_author])) == "close to “A” +0.5; shares an author with “B” +0.3"
    assert likeness(reasons[1:]) == []


def test_chance_is_stated_with_its_probability():
    """A propensity of 0.05 is 1 in 20."""
    drawn = Exploration(True, 0.05, 12)
    assert exploration(drawn) == "placed at random (1 in 20 chance); number 12 in your own ranking"
    assert exploration(Exploration()) == ""


def test_votes_against_are_named_where_there_are_some():
    assert trend(Trend(1, 1, 0, 0.5)) == "1 reader voted for it"
    assert trend(Trend(1, 4, 2, 0.5)) == "4 readers voted for it, 2 against"


@pytest.mark.parametrize(
    ("saying", "words"),
    [
        (Statement(A, 1), "you liked “A”"),
        (Statement(A, -1), "you disliked “A”"),
        (Statement(None, 1), "you liked a removed paper"),
        (Statement(A, 0, Interest(text="2607.00001")), "your seed paper “A”"),
        (Statement(None, 0, Interest(text="graphs")), "your interest “graphs”"),
    ],
)
def test_votes_and_interests_are_named_as_sources_of_a_profile(saying, words):
    assert as_text(source(saying)).rstrip() == words


@pytest.mark.parametrize(
    ("mode", "taste", "words"),
    [
        (
            "hybrid",
            {"votes": [1], "interests": [1]},
            "Ranked by your votes and interests, and by what the model learned from all votes.",
        ),
        ("content", {"votes": [1]}, "Ranked by your votes and the content of the papers."),
        ("content", {"interests": [1]}, "Ranked by your interests."),
        ("popular", {}, "Most popular first."),
        ("recent", {}, "Newest first."),
    ],
)
def test_every_mode_has_its_sentence(mode, taste, words):
    assert "".join(order(Ranking(mode=mode, taste=taste))) == words


@pytest.mark.parametrize(("readers", "words"), [(1, "from one reader’s votes."), (2, "from all votes.")])
def test_a_model_of_one_readers_votes_is_not_said_to_know_all(readers, words):
    ranking = Ranking(mode="hybrid", taste={"votes": [1]}, model=TrainedModel(readers_seen=readers))
    assert "".join(order(ranking)) == f"Ranked by your votes, and by what the model learned {words}"


def test_who_submitted_a_paper_to_hugging_face_is_named_with_the_organization():
    assert on_hugging_face(Paper(submitted_by="AK", organization="ORG", source_comments=1)) == (
        "submitted by AK (ORG); 1 comment"
    )
    assert on_hugging_face(Paper(organization="ORG")) == "ORG"
    assert on_hugging_face(Paper()) == ""


def test_a_feed_adds_the_cause_of_a_place_to_its_reasons():
    reasons = [Reason("your_vote", 0.5, A, 1)]
    assert why_in_feed(reasons, Exploration(), Placement("newer")) == (
        "Close to “A”, which you liked; placed here because newer papers are boosted."
    )
    assert why_in_feed([], Exploration(), Placement("newer")) == ""


def test_a_place_of_an_interest_names_it():
    placed = Placement("interest", [Paper(title="Graphs of everything"), "markets"])
    assert placement(placed) == (
        "placed here so that your interest in “Graphs of everything” and “markets” has its share"
    )


def test_a_place_of_an_interest_whose_papers_are_gone_names_none():
    assert placement(Placement("interest")) == "placed here so that one of your interests has its share"


@pytest.mark.parametrize("kind", ["variety", "near_duplicate", "newer"])
def test_every_other_cause_of_a_place_has_words(kind):
    assert placement(Placement(kind))
