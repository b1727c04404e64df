"""Text as LaTeX source that every BibTeX can read."""

import pytest

from feeds.latex.reader import read
from feeds.latex.writer import braced, in_latex, protected


def test_special_characters_are_escaped():
    assert in_latex("R&D at 50% for $3 #1 a_b") == r"R\&D at 50\% for \$3 \#1 a\_b"
    assert in_latex("x^2 or C:\\q ~5") == r"x\textasciicircum{}2 or C:\textbackslash{}q \textasciitilde{}5"


def test_formulas_stay_and_accents_become_characters():
    assert in_latex(r"K\"ahler $\mathbb{C}P^n$ and \(x\)") == r"Kähler $\mathbb{C}P^n$ and $x$"


def test_styles_become_commands():
    assert in_latex(r"{\it a} \textbf{b}") == r"\textit{a} \textbf{b}"


@pytest.mark.parametrize("text", ["a } b", "a { b", r"\{", "}{", r"$\left\{ x$", r"\[ } \]", r"$$ { $$"])
def test_braces_are_always_in_pairs(text):
    depth = 0
    for character in in_latex(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


def test_braces_are_read_back_as_they_were():
    assert read(in_latex("V_{0.5} } {")) == ("V_{0.5} } {",)


def test_capitals_within_words_are_protected():
    assert protected("BERT and DeepSeek-R1: Pre-Training LLMs") == "{BERT} and {DeepSeek-R1}: Pre-Training {LLMs}"


def test_line_breaks_become_spaces():
    assert in_latex("a\n  b\tc ") == "a b c"


def test_a_name_that_must_not_be_split_has_braces():
    assert braced("Search and Rescue Team") == "{Search and Rescue Team}"
