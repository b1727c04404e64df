"""Formulas in one line of text, if one line is enough."""

import pytest

from feeds.latex.plain import line, symbol


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\alpha", "α"),
        (r"\mathcal{O}(n^2)", "O(n²)"),
        (r"O(n\log n)", "O(n log n)"),
        (r"10^{-3}", "10⁻³"),
        (r"\mathrm{CO}_2", "CO₂"),
        (r"x_i^{k}", "x_i^k"),
        (r"\mathbb{R}^{d\times d}", "ℝ^(d×d)"),
        (r"\frac{1}{2}", "1/2"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\hat{x}", "x̂"),
        ("f'", "f′"),
        (r"\text{a b}", "a b"),
    ],
)
def test_a_simple_formula_is_a_line(latex, text):
    assert line(latex) == text


@pytest.mark.parametrize(
    "latex", [r"\frac{a+b}{c}", r"\begin{matrix}a&b\end{matrix}", r"\sum_{i}^{n}\frac{x_i}{2+i}", r"\method"]
)
def test_a_formula_of_two_dimensions_or_an_unknown_command_has_no_line(latex):
    assert line(latex) is None


def test_a_command_for_one_sign_is_a_symbol():
    assert (symbol(r"\mu"), symbol(r"\log"), symbol(r"\method")) == ("μ", None, None)
