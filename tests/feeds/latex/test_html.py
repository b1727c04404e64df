"""Titles and abstracts as HTML and as plain text."""

import gzip
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from hypothesis import given, strategies

from feeds.latex.html import as_html, headline, plain
from feeds.latex.mathml import ELEMENTS, WORDS

PAPERS = Path(__file__).parents[3] / ".." / "shared" / "data" / "papers.jsonl.gz"


def test_text_and_formulas_are_written_in_order():
    assert as_html(r"Erd\H{o}s & $x^2$") == "Erdős &amp; <math><msup><mi>x</mi><mn>2</mn></msup></math>"


def test_a_formula_that_cannot_be_shown_is_its_escaped_source():
    assert as_html(r"<i> $\method<b>$") == r"&lt;i&gt; $\method&lt;b&gt;$"


def test_styles_become_elements():
    assert as_html(r"\textbf{a} \textsc{b}") == '<b>a</b> <span class="caps">b</span>'


def test_a_template_does_not_escape_it_again():
    page = Template("{% load papers %}{{ title|mathematics }}").render(Context({"title": "$n$ < 5"}))
    assert page == "<math><mi>n</mi></math> &lt; 5"


def test_in_a_headline_no_formula_is_displayed_or_scrolls():
    assert headline("$$n$$ < 5") == "<math><mi>n</mi></math> &lt; 5"
    assert headline(r"On $\text{a very long formula of one piece}$") == "On a very long formula of one piece"


def test_text_from_right_to_left_is_isolated():
    assert as_html("שלום $x$") == "<bdi>שלום <math><mi>x</mi></math></bdi>"


def test_marks_that_reverse_the_direction_of_text_are_removed():
    assert as_html("\u202eabc\u2067") == plain("\u202eabc\u2067") == "abc"


def test_an_abstract_of_10_megabytes_is_cut_with_an_ellipsis():
    html = as_html("wörd " * 2_000_000)
    assert (len(html), html[-2:]) == (20_000, "d…")  # the space before the ellipsis is dropped


def test_plain_text_has_simple_formulas_in_a_line_and_the_source_of_others():
    assert plain("An $O(n^2)$ way to\n  $\\frac{a+b}{c}$") == r"An O(n²) way to $\frac{a+b}{c}$"


def test_plain_text_has_no_styles():
    assert plain(r"\emph{a} <b> m\textsuperscript{2}") == "a <b> m²"


TOKENS = [
    *r"$ $$ \( \) \[ \] { } {} \textbf{ \emph{ \frac{a}{b} \text{ \left( \right) ^ _ & % # ~ -- ` `` '' \' \c".split(),
    *r"\i \x \alpha \\ \{ < > <b> &lt; a 5 aaaaaaaaaaa =".split(),
    " ", "\n", '\\"', "\x00", "\u202e", "\ud800", "ש", "😀",
]  # fmt: skip


@given(strategies.lists(strategies.sampled_from(TOKENS), max_size=60))
def test_any_text_becomes_well_formed_html(tokens):
    page = ElementTree.fromstring(f"<p>{as_html(''.join(tokens)).replace('<wbr>', '<wbr/>')}</p>")
    assert {element.tag for element in page.iter()} <= ELEMENTS | WORDS | {"p", "bdi", "wbr", "sup", "sub", "u"}


@pytest.mark.skipif(not PAPERS.exists(), reason="NOT TESTED ON REAL PAPERS: ../shared/data is absent")
def test_every_twentieth_real_paper_keeps_its_words():
    with gzip.open(PAPERS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(row) for number, row in enumerate(lines) if number % 20 == 0]
    for row in rows:
        letters = [c for c in row["title"] if c.isalpha()]
        assert len(plain(row["title"])) >= len(letters) // 2, row["arxiv_id"]
        assert "<script" not in as_html(row["abstract"] or "")
