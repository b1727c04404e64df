"""Telling formulas between two dollars from money."""

import pytest

from feeds.latex.dollars import closing_dollar, is_balanced, is_formula


@pytest.mark.parametrize(
    "content", ["x", "n=1", " n = 1 ", r"\alpha", "3", "+3.96", r"\text{loss of all}", "R^2 = 0.8", " n "]
)
def test_mathematics_is_a_formula(content):
    assert is_formula(content, " ")


@pytest.mark.parametrize(
    "content", ["", "  ", "5 and ", "5 to 10", "25 and without any human labelers", "0.2 (vs ", "5, ", "a}{b", "x{"]
)
def test_text_between_two_prices_and_half_a_pair_of_braces_are_no_formula(content):
    assert not is_formula(content, " ")


@pytest.mark.parametrize("content", ["5-", "5/", "1M/", "5–"])
def test_a_number_before_a_dollar_and_a_number_is_a_price(content):
    assert not is_formula(content, "1")
    assert is_formula("x-", "1")


def test_more_than_2000_characters_are_no_formula():
    assert is_formula("x" * 2000, " ")
    assert not is_formula("x" * 2001, " ")


def test_dollars_within_braces_do_not_close_a_formula():
    assert closing_dollar("a{$b$}c$d", 0, 9, {1: 5}) == 7


def test_an_escaped_dollar_closes_nothing():
    assert closing_dollar(r"a\$b", 0, 4, {}) is None


def test_an_escaped_brace_needs_no_partner():
    assert is_balanced(r"\{ {x}")
    assert not is_balanced("}{")
