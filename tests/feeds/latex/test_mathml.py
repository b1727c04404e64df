"""Formulas as MathML: what may be in it, what may not, and which formulas stay as they are typed."""

import threading
from xml.etree.ElementTree import fromstring

import pytest

from feeds.latex import mathml
from feeds.latex.mathml import DEEPEST, ELEMENTS, MOST_COMMANDS, VALUES, WORDS, fits, markup

REAL = [
    r"\mathcal{O}(n\log n)", r"\frac{\partial f}{\partial x}", r"\sum_{i=1}^{n} x_i", r"\hat{x}+\overline{AB}",
    r"\sqrt[3]{x}", r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", r"\left( \frac12 \right)",
    r"\textsc{Abc}_{\text{a b}}", r"{\rm d}x", r"\mbox{and}", r"\widetilde{O}(1)", r"x'' \in \mathbb{R}^{d \times d}",
    r"\operatorname{softmax}(x)",
]  # fmt: skip


def test_a_formula_becomes_mathml():
    assert markup("x^2") == "<math><msup><mi>x</mi><mn>2</mn></msup></math>"


PanicException = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})


@pytest.mark.parametrize("error", [IndexError("out of range"), PanicException("out of range")])
def test_a_formula_that_the_converter_cannot_digest_stays_as_typed(monkeypatch, caplog, error):
    class Converter:
        def convert_with_local_state(self, latex, displaystyle):
            raise error

    monkeypatch.setattr(mathml, "_converter", Converter())
    mathml.tree_of.cache_clear()
    assert markup("x^{1978}") is None
    assert "the formula 'x^{1978}' could not be converted" in caplog.text


def test_a_displayed_formula_is_a_block():
    assert markup("x", display=True) == '<math display="block"><mi>x</mi></math>'


@pytest.mark.parametrize("latex", REAL)
def test_only_listed_elements_and_attributes_are_written(latex):
    for element in fromstring(f"<p>{markup(latex)}</p>").iter():
        assert element.tag in ELEMENTS | WORDS | {"p", "wbr"}
        for name, value in element.attrib.items():
            assert (name, value) in {("class", "caps"), ("class", "wide"), ("tabindex", "0")} or VALUES[name].fullmatch(
                value
            )


@pytest.mark.parametrize(
    "latex",
    [r"\href{javascript:alert(1)}{x}", r"\style{color:red}{x}", r"\class{a}{x}", r"\method", r"\frac{1}{", "",
     r"\cancel{x}", r"\def\a{\a\a}\a", r"\newcommand{\a}{x}\a", r"\unicode{x202e}", r"\unicode{xd800}", "x\x00"],
)  # fmt: skip
def test_a_formula_that_cannot_be_shown_has_no_markup(latex):
    assert markup(latex) is None


def test_hostile_text_is_escaped():
    assert "<script" not in (markup("<script>alert(1)</script>") or "<script")
    assert markup(r"\text{<b>&\#38;</b>}") is None
    assert markup(r"\text{<b>x}") == "<math><mtext>&lt;b&gt;x</mtext></math>"


def test_styles_and_lengths_out_of_bounds_are_dropped():
    assert markup(r"\color{red}x") == "<math><mrow><mi>x</mi></mrow></math>"
    assert markup(r"\hspace{1000em}x") == "<math><mi>x</mi></math>"
    assert markup(r"\hspace{1em}x") == '<math><mspace width="1em"></mspace><mi>x</mi></math>'


def test_small_capitals_have_a_class():
    assert markup(r"\textsc{a}") == '<math><mtext><span class="caps">a</span></mtext></math>'


def test_a_bare_percent_sign_is_shown_and_not_a_comment():
    assert markup("x=90%") == "<math><mi>x</mi><mo>=</mo><mn>90</mn><mi>%</mi></math>"


def test_a_comma_in_thousands_has_no_gap():
    assert markup("3,907x") == '<math><mn>3</mn><mo rspace="0">,</mo><mn>907</mn><mi>x</mi></math>'


def test_a_long_formula_in_a_line_may_break_after_its_signs():
    parts = (markup("aaaaaaaaa=bbbbbbbbb+c") or "").split("<wbr>")
    assert [part[-41:].count('<mo form="infix">') for part in parts] == [1, 1, 0]


def test_a_formula_too_wide_for_a_phone_scrolls_by_keyboard_too():
    assert (markup("a" * 25) or "").startswith('<math class="wide" tabindex="0">')
    assert (markup("a" * 25, display=True) or "").startswith('<math display="block" class="wide" tabindex="0">')
    assert (markup("a" * 24) or "").startswith("<math><mi>")


def test_a_formula_fits_if_each_of_its_parts_does():
    assert fits("+".join(["aaaaa"] * 20))
    assert not fits("a" * 25)
    assert not fits(r"\method")


def test_a_long_displayed_formula_stays_in_one_element():
    assert "<wbr>" not in (markup("aaaaaaaaa=bbbbbbbbb+c", display=True) or "<wbr>")


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1])
def test_nesting_is_bounded(depth):
    assert (markup("{" * depth + "x^2" + "}" * depth) is None) == (depth > DEEPEST)


@pytest.mark.parametrize(
    "latex", [r"\hat" * MOST_COMMANDS + " x", r"\mathrm{" * DEEPEST + r"\hat" * 160 + " x" + "}" * DEEPEST]
)
def test_the_deepest_formula_that_is_converted_fits_a_small_stack(latex):
    """A web thread has 2 MB. Too deep a formula would end the process, and with it this test."""
    threading.stack_size(1024 * 1024)
    thread = threading.Thread(target=markup, args=(latex,))
    thread.start()
    threading.stack_size(0)
    thread.join()
    assert markup(latex) is None
