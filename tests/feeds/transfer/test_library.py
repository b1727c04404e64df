"""Reading a library in each of its formats, and matching it with the catalogue."""

import json

import pytest

from feeds.sources import duplicates
from feeds.transfer.library import LibraryEntry, match, read
from recommender.paper_ids import own_id
from recommender.textfiles import BrokenStream, Rejected, WrongFile
from tests.feeds.planting import paper

TITLE = "On the spectra of large random graphs"
BIBTEX = """@article{one, title={On the spectra of large random graphs}, eprint={2607.00001}, archiveprefix={arXiv}}
@article{two, title={Another thing}, doi={10.1000/XYZ}}
@article{three, author={Nobody}}
"""
RIS = """TY  - JOUR
TI  - On the spectra of large random graphs
UR  - https://arxiv.org/abs/2607.00001v2
ER  -
TY  - JOUR
TI  - Another thing
DO  - 10.1000/xyz
ER  -
"""
CSL = json.dumps([
    {"id": "a", "type": "article", "title": TITLE, "URL": "http://arxiv.org/abs/2607.00001", "number": 7},
    {"id": "b", "title": "Another thing", "DOI": "10.1000/xyz"},
    {"id": "c", "DOI": 5},
])  # fmt: skip


def entries(text):
    return [row for row in read(text) if isinstance(row, LibraryEntry)]


def reasons(text):
    return [(row.line, row.reason) for row in read(text) if isinstance(row, Rejected)]


def identities(text):
    return [(entry.public_id, entry.doi) for entry in entries(text)]


def test_ids_links_and_dois_are_read_from_one_text():
    text = (
        "2607.00001v2, arXiv:hep-th/9901001\nhttps://arxiv.org/pdf/2607.00002.pdf # good\nhttps://doi.org/10.1000/xyz"
    )
    assert identities(text) == [("2607.00001", ""), ("hep-th/9901001", ""), ("2607.00002", ""), ("", "10.1000/xyz")]


def test_a_link_to_a_page_of_this_site_is_an_entry():
    own = own_id("A title")
    assert identities(f"http://localhost:8000/papers/{own}/ {own}") == [(own, "")]


def test_an_unreadable_word_is_rejected_with_its_line():
    assert reasons("2607.00001\nhello") == [(2, "'hello' is not an arXiv id, a link to a paper or a DOI")]


def test_a_repeated_id_is_one_entry():
    assert identities("2607.00001 arXiv:2607.00001v3") == [("2607.00001", "")]


@pytest.mark.parametrize("text", [BIBTEX, "\ufeff" + BIBTEX, RIS, CSL])
def test_the_format_of_an_export_is_detected(text):
    assert identities(text) == [("2607.00001", ""), (own_id("Another thing"), entries(text)[1].doi)]
    assert entries(text)[1].doi.lower() == "10.1000/xyz"


def test_an_unreadable_entry_is_rejected_with_its_place():
    assert [line for line, _ in reasons(BIBTEX)] == [3]
    assert reasons(CSL) == [(3, "'c': title: missing or empty")]


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_an_empty_text_is_a_library_without_entries(text):
    assert read(text) == []


def test_two_thousand_entries_are_read_and_no_more():
    many = "\n".join(f"2607.{number:05d}" for number in range(2000))
    assert len(read(many)) == 2000
    with pytest.raises(WrongFile, match="more than 2,000 entries; split the library and import the parts"):
        read(many + "\n2608.00001")


@pytest.mark.parametrize("text", ['[{"title": "x"}, {"tit', '{"title": "a"} no'])
def test_incomplete_json_is_an_error_with_its_place(text):
    with pytest.raises(BrokenStream, match="entry 2"):
        read(text)


def matched(text):
    matches = [match(entries(text)).get(entry) for entry in entries(text)]
    return [(one.paper.public_id, one.by) if one else None for one in matches]


@pytest.mark.parametrize("text", [BIBTEX, RIS, CSL])
def test_papers_are_matched_by_id_and_by_doi_in_any_case(db, text):
    paper("2607.00001")
    paper("2607.00009", doi="10.1000/XyZ")
    assert matched(text) == [("2607.00001", "id"), ("2607.00009", "DOI")]


def test_without_id_and_doi_titles_match_apart_from_small_words_and_case(db):
    here = paper("2607.00001", title="The spectra of LARGE random graphs")
    duplicates.refresh([here], [])
    assert matched("@misc{a, title={Spectra of Large Random Graphs}}") == [("2607.00001", "title")]


def test_a_short_title_matches_no_paper(db):
    duplicates.refresh([paper("2607.00001", title="Editorial")], [])
    assert matched("@misc{a, title={Editorial}}") == [None]


def test_a_paper_without_an_arxiv_id_is_found_under_its_own(db):
    paper(own_id("Another thing"))
    assert matched("@misc{a, title={Another Thing!}}") == [(own_id("Another thing"), "title")]


def test_a_whole_library_is_matched_by_three_queries(db, django_assert_num_queries):
    library = [LibraryEntry(str(n), f"2607.{n:05d}", f"10.1/{n}", f"A long enough title {n}") for n in range(2000)]
    with django_assert_num_queries(3):
        assert match(library) == {}


def test_bytes_that_are_not_utf_8_invalidate_only_their_entry():
    broken = "@misc{a, title={caf\udce9}}\n@misc{b, title={Fine}}"
    assert ([entry.title for entry in entries(broken)], len(reasons(broken))) == (["Fine"], 1)
