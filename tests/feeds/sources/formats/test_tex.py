"""TeX accents in all the ways in which people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.sources.formats.tex import LONGEST, tex_to_text

WRITTEN = [
    (r"Rold\'an", "Roldán"),
    (r"Rold{\'a}n", "Roldán"),
    (r"Rold\'{a}n", "Roldán"),
    (r"\'{\i}", "í"),
    (r"Erd\H{o}s", "Erdős"),
    (r"\L ukasz", "Łukasz"),
    (r"{\O}rsted", "Ørsted"),
    (r"Stra{\ss}e", "Straße"),
    (r"\v{S}pakulov\'a", "Špakulová"),
    (r"Foga\c{c}a", "Fogaça"),
    ("J.~Doe", "J. Doe"),
    ("{The Big} Team", "The Big Team"),
    (r"On $\alpha_{i}$ \& more", r"On $\alpha_{i}$ & more"),
    (r"50\% of {GPT}", "50% of GPT"),
    ("O'Brien at 50%", "O'Brien at 50%"),
    ("Ada Lovelace", "Ada Lovelace"),
    (r"see \href{https://example.org/~a_b#c}{the \textbf{code}} here", "see the code here"),
    (r"\href{https://example.org/a%20b}{$x_1$ and \'e}", "$x_1$ and é"),
    (r"code: \href{https://example.org/a_b}", "code: https://example.org/a_b"),
]
COMMANDS = (
    r"\href \title \author \date \maketitle \begin{array} \end{array} \begin{itemize} \item \frac \sqrt"
    r" \begin{matrix} \footnote \verb| \includegraphics \input \cite \url \texorpdfstring \ensuremath"
    r" \( \] \' $ { } [ ] {c} & % ~ \\"
).split()


@pytest.mark.parametrize(("written", "meant"), WRITTEN)
def test_accents_and_braces_are_converted(written, meant):
    assert tex_to_text(written) == meant


@pytest.mark.parametrize("text", ["{" * 5000, r"\textbf" * 1400, r"\begin{a}" * 1000, "{x}" * LONGEST, "\\"])
def test_a_text_too_deep_or_too_long_to_convert_stays_a_text(text):
    assert tex_to_text(text)


@pytest.mark.parametrize(
    "text",
    [r"\'a \begin{array}{c}", r"\'a \begin{array}{c}\begin{array}{c}", r"\begin{array}{c}" * 170],
)
def test_a_command_without_its_arguments_leaves_the_text_as_it_is(text):
    assert tex_to_text(text) == text


def test_commands_for_dates_and_pictures_are_removed():
    assert tex_to_text(r"Ties \today") == "Ties"
    assert tex_to_text(r"\'Etude \includegraphics[width=1cm]{ties}") == "Étude"


@pytest.mark.parametrize("text", [r"A \frac b", r"A \frac"])
def test_a_command_that_lacks_an_argument_shows_no_template(text):
    assert "%s" not in tex_to_text(text)


def test_a_title_set_in_one_text_does_not_appear_in_another():
    assert tex_to_text(r"one \title{Mine}\author{Me}\date{Today}") == "one"
    assert tex_to_text(r"two \maketitle") == "two"


@settings(max_examples=200, derandomize=True, database=None)
@given(st.lists(st.sampled_from(COMMANDS) | st.text(max_size=3), max_size=12).map("".join))
def test_the_result_does_not_depend_on_texts_converted_before(text):
    """The cache, which would hide a difference, is cleared."""
    tex_to_text.cache_clear()
    alone = tex_to_text(text)
    tex_to_text.cache_clear()
    tex_to_text(r"\title{Mine}\author{Me}\date{Today}")
    assert tex_to_text(text) == alone
    assert alone or not text
