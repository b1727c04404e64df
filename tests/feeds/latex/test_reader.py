"""Dashes and ties that are meant, and characters that only look like them."""

import pytest

from feeds.latex.reader import dash, tie


@pytest.mark.parametrize(("text", "meant"), [("a--b", "–"), ("a -- b", "–"), ("a---b", "—"), ("run --fast", "--")])
def test_hyphens_are_a_dash_unless_they_begin_an_option(text, meant):
    start = text.index("-")
    assert dash(text, start, start + text.count("-")) == meant


@pytest.mark.parametrize(("text", "meant"), [("Fig.~3", "\u00a0"), ("Zhou~et", "\u00a0"), ("(ii)~we", "\u00a0")])
def test_a_tilde_between_words_is_a_space(text, meant):
    assert tie(text, text.index("~")) == meant


@pytest.mark.parametrize("text", ["~50", "only ~50", "1~2", "R ~ 3", "a~", "~"])
def test_any_other_tilde_is_a_tilde(text):
    assert tie(text, text.index("~")) == "~"
