"""TeX's accents in all the ways in which people write them."""

import pytest

from feeds.sources.tex import LONGEST, letters

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
]


@pytest.mark.parametrize(("written", "meant"), WRITTEN)
def test_accents_and_braces_become_letters(written, meant):
    assert letters(written) == meant


@pytest.mark.parametrize("text", ["{" * 5000, r"\textbf" * 1400, r"\begin{a}" * 1000, "{x}" * LONGEST, "\\"])
def test_what_is_too_deep_or_too_long_to_read_is_still_a_text(text):
    assert letters(text)
