"""What people typed stays text in Markdown; a paper by itself says what its page says."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from feeds.entries import with_provenance
from feeds.markdown import escaped, link, paper_as_markdown
from recommender import votes
from recommender.models import Paper

from .planting import paper

HOSTILE = [
    "[click](https://evil.example)", "![x](y)", "*bold* _it_ `code`", "<script>alert(1)</script>", "# head", "C #",
    "1. one", "2) two", "- dash", "+ plus", "= =", "> quote", "a | b", "~~no~~", "&lt;b&gt;", "back\\slash", "\\[x\\]",
    "line\nbreak\n\n# new", "\u2028sep", "tab\tin", "[ref]: https://evil.example", "```sh", "---", "***", "$x_1 * y_2$",
]  # fmt: skip
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXT = {"text", "text_special"}


def normal(text):
    """The text in one line; what stands for no character is white space."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def read(text):
    """The kinds of blocks in the Markdown, and the words of its only line where that is nothing but text."""
    tokens = READER.parse(text)
    [inline] = [token for token in tokens if token.type == "inline"]
    assert {child.type for child in inline.children} <= TEXT
    return [token.type for token in tokens], "".join(child.content for child in inline.children)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_a_text_is_read_as_text_in_a_paragraph(text):
    assert read(escaped(text)) == (["paragraph_open", "inline", "paragraph_close"], normal(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_a_text_is_read_as_text_in_a_heading(text):
    assert read(f"# {escaped(text)}") == (["heading_open", "inline", "heading_close"], normal(text))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip))
def test_any_printable_text_is_read_as_itself(text):
    assert read(escaped(text)) == (["paragraph_open", "inline", "paragraph_close"], normal(text))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip))
def test_any_printable_text_stays_within_a_link(text):
    [_, inline, _] = READER.parse(link(escaped(text), "https://example.org/"))
    kinds = [child.type for child in inline.children]
    assert (kinds[0], kinds[-1], set(kinds[1:-1]) <= TEXT) == ("link_open", "link_close", True)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/elsewhere", ""])
def test_only_an_address_of_the_web_is_linked_to(url):
    assert link("words", url) == "words"


def test_an_address_cannot_end_its_link():
    assert link("x", "https://a.example/) [y](z <b>") == "[x](https://a.example/%29%20%5By%5D%28z%20%3Cb%3E)"


def test_an_address_in_a_title_is_no_link_of_its_own():
    assert escaped("see https://evil.example or www.evil.example") == "see https\\://evil.example or www\\.evil.example"


def test_characters_that_turn_the_line_round_are_left_out():
    assert escaped("abc\u202edef\u2066g") == "abc def g"


@pytest.fixture
def request_of(rf: RequestFactory):
    def get(reader):
        request = rf.get("/")
        request.user = reader
        return request

    return get


def whole(public_id):
    return with_provenance(Paper.objects.with_public_votes()).get(public_id=public_id)


def test_a_paper_tells_what_its_page_tells(ada, request_of):
    paper(
        "2607.00001", title="On *stars*", abstract="A [b].", authors=["Ada_L"], doi="10.1/x", comment="<i>9 pages</i>"
    )
    votes.cast(ada, Paper.objects.get(), -1)
    text = paper_as_markdown(whole("2607.00001"), request_of(ada))
    assert text.startswith("# On \\*stars\\*\n\nAda\\_L\n\n")
    assert "\n\nYou voted down.\n\n" in text
    assert "\n\n## Abstract\n\nA \\[b\\].\n\n" in text
    assert "- DOI: [10.1/x](https://doi.org/10.1/x)\n" in text
    assert "- Comment: \\<i\\>9 pages\\</i\\>\n" in text
    assert "- Public votes: 0 up, 1 down\n" in text


def test_a_withdrawn_paper_says_so(ada, request_of):
    paper("2607.00001", withdrawn=True)
    assert "**Withdrawn by its authors.** It is not ranked." in paper_as_markdown(whole("2607.00001"), request_of(ada))
