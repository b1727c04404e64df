"""Titles and abstracts as authors type them, read into pieces."""

import pytest

from feeds.latex.reader import LONGEST, Formula, Styled, dash, read, tie


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"Erd\H{o}s", "Erdős"),
        (r"B\'{e}zier na\"{\i}vely", "Bézier naïvely"),
        (r"{\'E}cole gar\c con \v s", "École garçon š"),
        (r"Stra{\ss}e, \AA ngstr\"om, \L{}ukasiewicz", "Straße, Ångström, Łukasiewicz"),
        (r"Mah\=an\=ama \.Z", "Mahānāma Ż"),
    ],
)
def test_accents_become_letters(typed, meant):
    assert read(typed) == (meant,)


@pytest.mark.parametrize("typed", [r"the model\'s", r"it\'s"])
def test_an_escaped_apostrophe_is_not_an_accent(typed):
    assert read(typed) == (typed.replace(r"\'", "’"),)


@pytest.mark.parametrize(
    ("typed", "meant"), [(r"360{\deg}", "360°"), (r"{\alpha}-nDCG", "α-nDCG"), (r"\b{eta} = \r{ho}", "β = ρ")]
)
def test_signs_that_arxiv_mangled_are_repaired(typed, meant):
    assert read(typed) == (meant,)


def test_escaped_signs_are_themselves():
    assert read(r"5\% of \$3 \& a\_b \#1 \{x\}") == ("5% of $3 & a_b #1 {x}",)


def test_quotes_become_typographic_and_inches_stay():
    assert read("``all-or-nothing'' and `jail', 5'' don't") == ("“all-or-nothing” and ‘jail’, 5'' don't",)


def test_a_percent_sign_does_not_begin_a_comment():
    assert read(r"90.9% vs.\ 90.2%") == ("90.9% vs. 90.2%",)


def test_money_is_not_a_formula():
    text = "costs $5 and $10, $5-$10, $1M/$2M or 4$ per hour"
    assert read(text) == (text,)


@pytest.mark.parametrize(
    ("typed", "display"), [("$x^2$", False), (r"\(x^2\)", False), ("$$x^2$$", True), (r"\[ x^2 \]", True)]
)
def test_each_kind_of_delimiter_encloses_a_formula(typed, display):
    assert read(f"a {typed} b") == ("a ", Formula(typed, "x^2", display), " b")


def test_two_formulas_may_follow_each_other_without_a_space():
    assert read("$x$$y$") == (Formula("$x$", "x"), Formula("$y$", "y"))


@pytest.mark.parametrize(("typed", "meant"), [("$3,907$", "3,907"), (r"$84.67\%$", "84.67%"), ("$-5{,}000$", "−5,000")])
def test_a_number_between_dollars_is_text(typed, meant):
    assert read(typed) == (meant,)


def test_styles_are_kept_and_nest():
    assert read(r"\textbf{a \emph{b}} {\it c}") == (Styled("b", ("a ", Styled("em", ("b",)))), " ", Styled("i", ("c",)))


def test_words_between_dollars_are_text():
    assert read(r"$\textbf{6%}$") == (Styled("b", ("6%",)),)
    assert read(r"$\texttt{M$^3$Fin}$") == (Styled("code", ("M", Formula("$^3$", "^3"), "Fin")),)


def test_a_link_shows_its_words_and_its_address():
    assert read(r"\href{https://a.example/b\_c}{here}") == ("here (https://a.example/b_c)",)
    assert read(r"\url{https://a.example/~b--c}") == ("https://a.example/~b--c",)


def test_notes_and_citations_stay_readable():
    assert read(r"it\footnote{At last.}~\cite{key2024}") == ("it (At last.)\u00a0[key2024]",)


def test_an_unknown_command_stays_as_it_is_typed():
    text = r"\method and \ac{LLM} in C:\new\temp"
    assert read(text) == (text,)


def test_braces_within_a_word_vanish_and_those_of_a_set_stay():
    assert read("{C}ontinual Le{a}rner 900{,}000 {0, 1} {x: 1}") == ("Continual Learner 900,000 {0, 1} {x: 1}",)


@pytest.mark.parametrize(
    "text", ["$x", r"\frac{a}{", "}{", "{" * 500, r"\textbf{x", r"\[ x", "$$ x", "\\", "a``b", "$"]
)
def test_broken_latex_stays_as_it_is_typed(text):
    assert read(text) == (text,)


def test_groups_nested_too_deeply_stay_as_they_are_typed():
    pieces, depth = read(r"\emph{" * 45 + "x" + "}" * 45), 0
    while isinstance(pieces[0], Styled):
        pieces, depth = pieces[0].pieces, depth + 1
    assert (depth, pieces) == (41, (r"\emph{" * 4 + "x" + "}" * 4,))


def test_a_long_text_is_cut_with_an_ellipsis():
    assert read("x" * LONGEST) == ("x" * LONGEST,)
    assert read("x" * (LONGEST + 1)) == ("x" * LONGEST + "…",)


def test_invisible_characters_are_removed():
    assert read("a\x00b\u202ec\ud800d 😀\n") == ("abcd 😀\n",)


@pytest.mark.parametrize(("text", "meant"), [("a--b", "–"), ("a -- b", "–"), ("a---b", "—"), ("run --fast", "--")])
def test_hyphens_are_a_dash_unless_they_begin_an_option(text, meant):
    start = text.index("-")
    assert dash(text, start, start + text.count("-")) == meant


@pytest.mark.parametrize(("text", "meant"), [("Fig.~3", "\u00a0"), ("Zhou~et", "\u00a0"), ("(ii)~we", "\u00a0")])
def test_a_tilde_between_words_is_a_no_break_space(text, meant):
    assert tie(text, text.index("~")) == meant


@pytest.mark.parametrize("text", ["~50", "only ~50", "1~2", "R ~ 3", "a~", "~"])
def test_any_other_tilde_is_a_tilde(text):
    assert tie(text, text.index("~")) == "~"
