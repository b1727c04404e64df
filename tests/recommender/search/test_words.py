"""Words without accents and case, by their stem."""

import pytest

from recommender.search.words import category_word, completions, fold, name_words, stem, words_in


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Schrödinger", "schrodinger"),
        ("ØRSTED", "orsted"),
        ("Straße", "strasse"),
        ("e\u0301tale", "etale"),
        ("ﬁ", "fi"),
    ],
)
def test_case_and_accents_do_not_count(written, plain):
    assert fold(written) == plain


def test_words_are_runs_of_letters_and_digits():
    assert words_in("State-of-the-art: GPT_4o (2026)!") == ("State", "of", "the", "art", "GPT", "4o", "2026")


def test_marks_of_letters_belong_to_their_word():
    assert words_in("Scho\u0308n x\u0302y") == ("Schön", "x\u0302y")


def test_forms_of_a_word_have_one_stem():
    assert {stem(word) for word in ("learning", "learned", "learn", "learns")} == {"learn"}


def test_a_word_with_the_start_of_an_ending_is_completed():
    assert completions("learni") == ["learnical", "learning", "learnity", "learnive", "learnization"]
    assert completions("lear") == []


def test_every_word_of_a_name_is_marked_but_the_start_of_one():
    assert name_words(("ada", "lovelace")) == ["ada0", "lovelace0"]
    assert name_words(("ada", "love"), is_start=True) == ["ada0", "love"]


def test_no_two_categories_are_the_same_word():
    assert category_word("hep-th") == "0hep2th0"
    assert category_word("cs.LG") == category_word("cs.lg") == "0cs1lg0"
