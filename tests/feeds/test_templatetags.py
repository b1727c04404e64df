"""Words about papers for the pages."""

import pytest
from django.template import Context, Template

from feeds.entries import Entry
from feeds.templatetags.papers import in_words, marked, sentence, titles
from feeds.wording import OPENING, Part, named, opening, shortened, web_address
from recommender.models import Paper
from recommender.search.highlight import TextPiece


def test_a_long_list_of_authors_names_three_and_counts_the_others() -> None:
    assert shortened(list("abcdefg")) == "a, b, c and 4 others"


def test_thousands_of_others_are_counted_with_a_comma() -> None:
    assert shortened(["a"] * 3000) == "a, a, a and 2,997 others"


def test_four_authors_are_all_named_since_counting_one_saves_nothing() -> None:
    assert shortened(list("abcd")) == "a, b, c, d"


def test_names_have_their_accents_and_a_colon_is_nobody() -> None:
    assert named(["ATLAS Collaboration", ":", r"G. \'Etienne", "\u202eEve"]) == "ATLAS Collaboration, G. Étienne, Eve"


def test_no_authors_are_no_words() -> None:
    assert shortened([]) == ""


def test_only_web_addresses_are_followed() -> None:
    assert web_address("HTTPS://example.org/x") == "HTTPS://example.org/x"
    assert web_address("javascript:alert(1)") == ""
    assert web_address("") == ""


def test_what_came_of_a_job_is_put_into_words() -> None:
    summary = {"inbox": {"a.jsonl": {"new": 2, "passed_over": 0}}, "model": "m_1"}
    assert in_words(summary) == "inbox (a.jsonl (new 2, passed over 0)), model m_1"
    assert in_words({}) == ""


def test_a_list_in_what_came_of_a_job_is_put_in_brackets() -> None:
    assert in_words({"new": 2, "waiting_for": ["cs.CL", "cs.LG"]}) == "new 2, waiting for (cs.CL, cs.LG)"


def test_the_opening_of_an_abstract_ends_with_a_whole_word() -> None:
    start = opening("word " * 200)
    assert start.endswith("word")
    assert OPENING - 5 <= len(start) <= OPENING


@pytest.mark.parametrize("text", ["", "short", "x " * (OPENING // 2)])
def test_a_short_abstract_is_its_own_opening(text: str) -> None:
    assert opening(text) == text


def test_one_endless_word_is_cut() -> None:
    assert opening("x" * 10_000) == "x" * OPENING


def test_a_formula_is_not_cut_in_two() -> None:
    before = "word " * 60
    assert opening(f"{before}$a {'+ b ' * 100}$ end") == before
    assert opening(f"costs \\$5 {'word ' * 200}").startswith("costs \\$5 word")


def test_a_sentence_links_its_papers_and_quotes_its_interests() -> None:
    parts = [
        Part("words", "close to "),
        Part("paper", "<i> " + "x" * 50, Paper(public_id="1"), 0.5),
        Part("words", " & "),
        Part("interest", "graphs", None, -0.1),
    ]
    assert sentence(parts, 8) == (
        'close to <a href="/papers/1/">&lt;i&gt; xxx…</a> <b>+0.5</b> &amp; “graphs” <b>−0.1</b>'
    )


def test_pieces_that_match_a_search_are_marked() -> None:
    assert marked([TextPiece("a < ", False), TextPiece("graph", True)]) == "a &lt; <mark>graph</mark>"


def test_a_compact_block_has_no_indentation_and_keeps_what_separates_words() -> None:
    source = "{% load papers %}{% compact %}\n  <p>\n    {{ text }}\n\n    two</p>\n{% endcompact %}"
    assert Template(source).render(Context({"text": "a  <"})) == "<p>\na  &lt;\ntwo</p>"


def test_the_titles_of_a_list_are_plain_and_cut() -> None:
    papers = [Paper(title="$x^2$"), Paper(title="y" * 100), Paper(title="z")]
    entries = [Entry(place, paper, None, (), 0) for place, paper in enumerate(papers, start=1)]
    assert titles(entries, 2) == f"x²; {'y' * 89}…"
