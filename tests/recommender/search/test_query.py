"""Typed text and the query it is parsed to."""

import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.search.query import LONGEST, MOST_TERMS, Query, Term, Where, paper_id_in, parse
from recommender.search.words import WORD

TITLE, AUTHOR, CATEGORY = Where.TITLE, Where.AUTHOR, Where.CATEGORY
MEANINGS = [
    ("deep learning", [Term(("deep",)), Term(("learning",))]),
    ('"deep learning" nets', [Term(("deep", "learning")), Term(("nets",))]),
    ("“deep learning”", [Term(("deep", "learning"))]),
    ('"deep learning', [Term(("deep", "learning"))]),
    ("state-of-the-art", [Term(("state", "of", "the", "art"))]),
    ("-social", [Term(("social",), is_excluded=True)]),
    ('-"social graph"', [Term(("social", "graph"), is_excluded=True)]),
    ("-author:doe", [Term(("doe",), AUTHOR, is_excluded=True)]),
    ("author:lovelace", [Term(("lovelace",), AUTHOR)]),
    ('AUTHOR:"Ada Lovelace"', [Term(("Ada", "Lovelace"), AUTHOR)]),
    ('author: "Lovelace, Ada"', [Term(("Ada", "Lovelace"), AUTHOR)]),
    ("au:O'Brien", [Term(("O", "Brien"), AUTHOR)]),
    ("title:graph", [Term(("graph",), TITLE)]),
    ("cat:cs.LG", [Term(("cs.lg",), CATEGORY)]),
    ("in:hep-th", [Term(("hep-th",), CATEGORY)]),
    ("-cat:cs.LG", [Term(("cs.lg",), CATEGORY, is_excluded=True)]),
    ("NEAR(a, 2) AND*", [Term(("NEAR", "a")), Term(("2",)), Term(("AND",))]),
    ("a\x00b\u202ec", [Term(("a",)), Term(("b",)), Term(("c",))]),
    ("learning: a study", [Term(("learning",)), Term(("a",)), Term(("study",))]),
    ('"" - : * title: " "', []),
    ("", []),
]


@pytest.mark.parametrize(("typed", "terms"), MEANINGS, ids=lambda value: repr(value)[:30])
def test_words_phrases_and_fields_become_terms(typed, terms):
    assert parse(typed) == Query(tuple(terms))


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("since:2026-05-01", date(2026, 5, 1), None),
        ("until:2026-05-31", None, date(2026, 5, 31)),
        ("day:2026-05-01", date(2026, 5, 1), date(2026, 5, 1)),
        ("since:2026-05-01 since:2026-04-01 until:2026-06-01", date(2026, 5, 1), date(2026, 6, 1)),
    ],
)
def test_days_bound_the_search(typed, since, until):
    assert parse(typed) == Query(since=since, until=until)


@pytest.mark.parametrize("typed", ["since:2026-02-30", "day:yesterday", "until:20260501", "since:2026-5-1"])
def test_an_impossible_day_becomes_words_with_a_notice(typed):
    query = parse(typed)
    assert query.terms
    assert "is not a date such as 2026-05-01" in query.notices[0]
    assert typed in query.notices[0]


def test_an_impossible_category_becomes_words_with_a_notice():
    query = parse("cat:c++")
    assert query.terms == (Term(("c",)),)
    assert "is not a category such as cs.LG" in query.notices[0]


@pytest.mark.parametrize(
    ("typed", "public_id"),
    [
        ("2405.14906", "2405.14906"),
        ("arXiv:2405.14906v3", "2405.14906"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/2405.14906v2", "2405.14906"),
        ("arxiv.org/pdf/2405.14906v1.pdf", "2405.14906"),
        ("https://arxiv.org/abs/hep-th/9901001?context=hep", "hep-th/9901001"),
        ("https://huggingface.co/papers/2405.14906#community", "2405.14906"),
        ("https://doi.org/10.48550/arXiv.2405.14906", "2405.14906"),
        ("https://arxiv.org/", None),
        ("and/or", None),
        ("3.14159", None),
    ],
)
def test_an_id_is_found_in_a_word_or_a_link(typed, public_id):
    assert paper_id_in(typed) == public_id


def test_ids_are_kept_apart_from_the_words():
    query = parse("graph 2405.14906 2405.14906v2")
    assert (query.ids, query.terms) == (("2405.14906",), (Term(("graph",)),))


def test_form_fields_narrow_the_query():
    query = parse("graph since:2026-05-01").narrowed("Doe, Jane", "cs.LG", date(2026, 4, 1), date(2026, 6, 1))
    assert query.terms == (Term(("graph",)), Term(("Jane", "Doe"), AUTHOR), Term(("cs.lg",), CATEGORY))
    assert (query.since, query.until) == (date(2026, 5, 1), date(2026, 6, 1))


def test_while_typing_the_last_word_of_three_letters_may_go_on():
    assert parse("deep lea", typing=True).terms == (Term(("deep",)), Term(("lea",), is_start=True))
    assert parse('"deep lea', typing=True).terms == (Term(("deep", "lea"), is_start=True),)


@pytest.mark.parametrize("typed", ["deep le", "learn ", "-learn", "cat:cs.LG", "deep day:2026-05-01", "2405.14906", ""])
def test_while_typing_nothing_else_may_go_on(typed):
    assert parse(typed, typing=True) == parse(typed)


def test_a_long_text_is_cut_with_a_notice():
    query = parse("x" * LONGEST + " beyond")
    assert [term.words for term in query.terms] == [("x" * LONGEST,)]
    assert "Only the first 500 characters" in query.notices[0]


def test_many_words_are_cut_with_a_notice():
    query = parse("a " * (MOST_TERMS + 1))
    assert len(query.terms) == MOST_TERMS
    assert "Only the first 32 words" in query.notices[0]


def test_in_title_searches_for_plain_words_in_the_title():
    query = parse('graph title:nets author:doe -social "deep net"').in_title
    assert [term.where.value for term in query.terms] == ["title", "title", "author", "anywhere", "title"]
    assert parse("author:doe cat:cs.LG -social").in_title is None


PARTS = [
    '"',
    "-",
    "author:",
    "title:",
    "cat:",
    "day:",
    "since:",
    "2026-05-01",
    "2405.14906",
    "NEAR(",
    "*",
    "'",
    "\\",
    " ",
]


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=60).map("".join), st.booleans())
@example("\ud800 lone", True)
def test_any_text_becomes_words_without_signs_of_a_query_language(typed, typing):
    """So quotation marks hold every word in both databases' languages."""
    for term in parse(typed, typing=typing).terms:
        text = "".join(term.words)
        assert re.fullmatch(r"[a-z.-]+", text) if term.where == CATEGORY else WORD.fullmatch(text)
