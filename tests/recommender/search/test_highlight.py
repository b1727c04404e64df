"""Texts in pieces, with the words of a search marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.search.highlight import LEAD, SNIPPET, TextPiece, highlight, snippet
from recommender.search.query import Where, parse


def marked(text, typed, where=Where.ANYWHERE, **how):
    return "".join(f"[{text}]" if is_match else text for text, is_match in highlight(text, parse(typed, **how), where))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("learn", "Deep [learning], [learned]"),
        ('"deep learning"', "[Deep learning], learned"),
        ("deep -learned", "[Deep] learning, learned"),
        ("author:deep", "Deep learning, learned"),
        ("cat:deep", "Deep learning, learned"),
        ('deep "deep learning"', "[Deep] learning, learned"),
        ("nonsense", "Deep learning, learned"),
        ("", "Deep learning, learned"),
    ],
)
def test_words_are_marked_in_any_of_their_forms(typed, text):
    assert marked("Deep learning, learned", typed) == text


def test_accents_do_not_count():
    assert marked("The Schrödinger and Scho\u0308n bridges", "schrodinger schon") == (
        "The [Schrödinger] and [Scho\u0308n] bridges"
    )


def test_words_for_the_title_are_marked_in_the_title_only():
    assert marked("Graphs", "title:graph", Where.TITLE) == "[Graphs]"
    assert marked("Graphs", "title:graph") == "Graphs"


def test_the_start_of_a_word_is_marked_while_typing():
    assert marked("Hyperbolic nets", "hyperb", typing=True) == "[Hyperbolic] nets"


@pytest.mark.parametrize("latex", [r"$\alpha + learn$", "$$learn$$", r"\(learn\)", r"\[learn\]", r"\emph{we learn}"])
def test_latex_is_not_divided(latex):
    assert marked(f"Since {latex} we learn", "alpha learn") == f"Since {latex} we [learn]"


def test_a_short_abstract_is_shown_whole():
    assert snippet("About graphs.", parse("graph")) == [
        TextPiece("About ", False), TextPiece("graphs", True), TextPiece(".", False)
    ]  # fmt: skip


def test_a_long_abstract_is_shown_from_shortly_before_the_first_match():
    """Its words are six characters long with their blanks; the match begins at 6 * 200 = 1200."""
    text = "words " * 200 + "graph " + "after " * 200
    pieces = snippet(text, parse("graph"))
    before = "words " * (LEAD // 6)
    assert pieces[:3] == [TextPiece("…\u00a0", False), TextPiece(before, False), TextPiece("graph", True)]
    assert pieces[-1] == TextPiece("\u00a0…", False)
    assert sum(len(piece.text) for piece in pieces[1:-1]) <= SNIPPET


def test_a_long_abstract_without_a_match_is_shown_from_its_beginning():
    pieces = snippet("words " * 200, parse("graph"))
    assert pieces[0].text.startswith("words ")
    assert [piece.text for piece in pieces[1:]] == ["\u00a0…"]


@given(st.text(max_size=700), st.text(max_size=12))
def test_the_pieces_of_any_text_are_the_text(text, typed):
    assert "".join(piece.text for piece in highlight(text, parse(typed))) == text
    inside = [piece.text for piece in snippet(text, parse(typed)) if piece.text not in ("…\u00a0", "\u00a0…")]
    assert "".join(inside) in text


def test_ten_megabytes_without_a_blank_have_a_snippet_too():
    assert len("".join(piece.text for piece in snippet("x" * 10_000_000, parse("x")))) < 1_000
