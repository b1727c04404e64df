"""Sentences that withdraw a paper, and other uses of the word."""

import pytest

from feeds.sources.formats.withdrawn import is_withdrawn

WITHDRAWN = [
    "This paper has been withdrawn",
    "This paper has been withdrawn by the author(s), due to a crucial error",
    "This paper has been temporarily withdrawn by the author.",
    "This submission has been withdrawn by arXiv administrators because of disputed authorship",
    "arXiv admin note: This submission has been withdrawn by arXiv administrators",
    "The paper is withdrawn because of an error in Lemma 3",
    "Paper withdrawn by the authors",
    "Withdrawn",
    "Withdrawn due to an error in Section 4",
    "The authors have withdrawn this paper due to an error",
    "We wish to withdraw this paper",
    "This manuscript was withdrawn from arXiv",
]
COMMENTS = [*WITHDRAWN, "12 pages; this paper has been withdrawn by the author", "8 pages. Withdrawn, see erratum"]
NOT_WITHDRAWN = [
    "",
    "12 pages, 3 figures",
    "This paper replaces arXiv:2401.00001, which has been withdrawn",
    "The drug has been withdrawn from the market",
    "This drug was withdrawn in 2004",
    "We study papers that were withdrawn from arXiv",
    "We present a dataset of withdrawn papers",
    "Money withdrawn by customers is modelled as a random walk",
    "Agents withdraw from situations in which they lack confidence",
    "Supersedes a withdrawn paper",
    "Theorem 2 of the first version is withdrawn",
    "This paper studies how consent is withdrawn by patients",
]


@pytest.mark.parametrize("comment", COMMENTS)
def test_a_comment_withdraws_a_paper(comment):
    assert is_withdrawn(comment, "We tie knots.")


@pytest.mark.parametrize("abstract", WITHDRAWN)
def test_a_statement_at_the_start_of_the_abstract_withdraws_a_paper(abstract):
    assert is_withdrawn("", abstract)


def test_a_statement_at_the_end_of_the_abstract_withdraws_a_paper():
    assert is_withdrawn("", "We tie knots. They hold. This paper has been withdrawn by the author due to an error.")


@pytest.mark.parametrize("text", NOT_WITHDRAWN)
def test_other_uses_of_the_word_withdraw_nothing(text):
    assert not is_withdrawn(text, "We tie knots.")
    assert not is_withdrawn("", text)
    assert not is_withdrawn("", f"We tie knots. {text}.")


def test_a_very_long_text_is_searched_quickly():
    assert not is_withdrawn("withdr " * 50_000, "this the our " * 50_000 + "withdr")


@pytest.mark.parametrize("marks", [25, 100, 400])
def test_only_a_few_marks_are_skipped_before_the_words(marks):
    """The pattern limits the work after each mark, however many follow."""
    assert not is_withdrawn("." + "-" * marks + "withdrawn", "")
    assert not is_withdrawn("", "-" * marks + "withdrawn")
    assert is_withdrawn("." * marks + "---withdrawn", "")
