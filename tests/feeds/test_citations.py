"""Author names, and papers as BibTeX, RIS, CSL-JSON and text, read back by third-party parsers."""

import gzip
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import SeparateCoAuthors

from feeds import citations
from feeds.citations import Name, parse_author
from feeds.latex.html import plain
from recommender.models import Paper

PAPERS = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
SAMPLE = 10_000


def paper(**fields):
    columns = {"public_id": "1706.03762", "day": date(2017, 6, 13), "title": "Attention Is All You Need"}
    return Paper(**columns | {"authors": ["Ashish Vaswani", "Noam Shazeer"], "categories": ["cs.CL", "cs.LG"]} | fields)


def test_a_preprint_in_bibtex():
    assert citations.bibtex(paper()) == (
        "@misc{vaswani2017attention,\n  title = {Attention Is All You Need},\n"
        "  author = {Vaswani, Ashish and Shazeer, Noam},\n  year = {2017},\n  eprint = {1706.03762},\n"
        "  archivePrefix = {arXiv},\n  primaryClass = {cs.CL},\n  url = {https://arxiv.org/abs/1706.03762}\n}\n"
    )


def test_a_paper_in_a_journal_is_an_article():
    entry = citations.bibtex(paper(journal_ref="Ann. Phys. 5 & 6", doi="10.1000/a_b"))
    assert entry.startswith("@article{")
    assert "  journal = {Ann. Phys. 5 \\& 6},\n  doi = {10.1000/a_b},\n" in entry


def test_a_group_and_a_name_that_contains_and_stay_in_one_piece():
    entry = citations.bibtex(paper(authors=["ATLAS Collaboration", ":", "Jan van der Berg", "Search and Rescue Team"]))
    assert "author = {{ATLAS Collaboration} and van der Berg, Jan and {Search and Rescue Team}}" in entry


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"authors": ["Øyvind Mü\u0308ller"]}, "muller2017attention"),
        ({"authors": ["Laurens van der Maaten"], "title": "On the Use of t-SNE"}, "maaten2017use"),
        ({"published_at": datetime(2016, 1, 2, tzinfo=UTC)}, "vaswani2016attention"),
        ({"authors": []}, "paper170603762"),
        ({"authors": ["王小明"]}, "paper170603762"),
        ({"title": "论文"}, "paper170603762"),
        ({"title": r"\textbf{GPT-4} $\alpha$"}, "vaswani2017gpt"),
    ],
)
def test_keys_are_stable_and_consist_of_letters_and_digits(fields, key):
    assert citations.key(paper(**fields)) == key


def test_two_entries_of_a_file_have_different_keys():
    assert re.findall(r"@misc{(.*),", citations.bibtex_file([paper(), paper(), paper(title="Where")])) == [
        "vaswani2017attention", "vaswani2017attention-2", "vaswani2017where",
    ]  # fmt: skip


def test_ris_has_a_line_for_each_author_and_ends():
    record = citations.ris(paper(abstract="Two\nlines. TY  - not a tag"))
    assert record.startswith("TY  - UNPB\r\nID  - vaswani2017attention\r\nTI  - Attention Is All You Need\r\n")
    assert "AU  - Vaswani, Ashish\r\nAU  - Shazeer, Noam\r\nPY  - 2017\r\nDA  - 2017/06/13\r\n" in record
    assert "AB  - Two lines. TY - not a tag\r\n" in record
    assert record.endswith("ER  - \r\n")


def test_csl_json_keeps_particles_and_groups():
    [item] = json.loads(citations.csl_file([paper(authors=["Jan van der Berg Jr.", "ATLAS Collaboration"])]))
    assert item["author"] == [
        {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der", "suffix": "Jr."},
        {"literal": "ATLAS Collaboration"},
    ]
    assert (item["type"], item["issued"]) == ("article", {"date-parts": [[2017, 6, 13]]})


def test_a_line_names_six_authors():
    line = "Ashish Vaswani, Noam Shazeer (2017). Attention Is All You Need. arXiv:1706.03762."
    assert citations.line(paper()) == line
    assert citations.line(paper(authors=list("abcdefg"), title="Why?")).startswith(
        "a, b, c, d, e, f et al. (2017). Why? arXiv"
    )


def test_a_paper_without_arxiv_id_is_found_by_its_doi():
    one = paper(public_id="pb.abcdefghij22", doi="10.1000/x")
    assert "url = {https://doi.org/10.1000/x}" in citations.bibtex(one)
    assert "eprint" not in citations.bibtex(one)


def test_the_open_url_names_title_authors_and_address():
    fields = parse_qs(citations.open_url(paper(title='A & "B"')))
    assert fields["rft.atitle"] == ['A & "B"']
    assert fields["rft.au"] == ["Vaswani, Ashish", "Shazeer, Noam"]
    assert fields["rft_id"] == ["https://arxiv.org/abs/1706.03762"]


def test_an_identifier_cannot_end_its_field():
    assert "doi = {10.1/x,note=a}" in citations.bibtex(paper(doi="10.1/x},\n note={a"))


def test_a_file_name_has_no_slash():
    assert citations.file_name(paper(public_id="hep-th/9901001"), "bib") == "hep-th-9901001.bib"


@pytest.fixture(scope="module")
def real():
    """Every fourth of 43,143 papers until there are 10,000, each seventh of them under an old id."""
    if not PAPERS.exists():
        pytest.skip("NOT TESTED ON REAL PAPERS: ../shared/data is absent")
    with gzip.open(PAPERS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(row) for number, row in enumerate(lines) if number % 4 == 0][:SAMPLE]
    assert len(rows) == SAMPLE
    return [
        Paper(
            public_id=row["arxiv_id"] if number % 7 else f"hep-th/{number:07d}",
            day=date.fromisoformat(row["date"]),
            **{
                name: row[name] or empty
                for name, empty in [("title", ""), ("abstract", ""), ("authors", []), ("categories", [])]
            },
        )
        for number, row in enumerate(rows)
    ]


def words(latex):
    """LaTeX as a reader of it sees it, without braces."""
    return re.sub(r"[{}]", "", plain(latex)).replace("\u00a0", " ")


def test_real_papers_come_back_from_bibtex(real):
    library = bibtexparser.parse_string(citations.bibtex_file(real), append_middleware=[SeparateCoAuthors()])
    assert (library.failed_blocks, len(library.entries)) == ([], SAMPLE)
    for original, entry in zip(real, library.entries, strict=True):
        assert entry["eprint"] == original.public_id
        assert words(entry["title"]) == words(original.title)
        assert [words(name) for name in entry["author"]] == [
            words(name.inverted) for name in citations.authors(original)
        ]


def test_real_papers_come_back_from_ris(real):
    records = rispy.loads(citations.ris_file(real))
    assert len(records) == SAMPLE
    for original, record in zip(real, records, strict=True):
        assert record["title"] == plain(original.title)
        assert record["authors"] == [name.inverted for name in citations.authors(original)]
        assert record["abstract"] == plain(original.abstract)


@pytest.mark.parametrize(
    ("author", "inverted"),
    [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Luc Van Gool", "Van Gool, Luc"),
        ("Nando de Freitas", "de Freitas, Nando"),
        ("Martin Luther King Jr.", "King, Jr., Martin Luther"),
        ("Hal Daumé III", "Daumé, III, Hal"),
        ("Quoc V. Le", "Le, Quoc V."),
        ("Kiet Van Nguyen", "Nguyen, Kiet Van"),
        ("Le Song", "Song, Le"),
        ("van der Berg, Jan", "van der Berg, Jan"),
        ("King, Jr., Martin", "King, Jr., Martin"),
        ("Martin King, Jr.", "King, Jr., Martin"),
        ("Mausam", "Mausam"),
        ("and Seani Rananga", "Rananga, Seani"),
        (", ,", ", ,"),
        (",", ","),
        ("", ""),
    ],
)
def test_a_name_is_inverted_at_its_last_name(author, inverted):
    assert parse_author(author).inverted == inverted


@pytest.mark.parametrize(
    "group",
    [
        "ATLAS Collaboration",
        "Gemini Team",
        "Team GLM",
        "NVIDIA",
        "LG AI Research",
        "Alzheimer's Disease Neuroimaging Initiative",
    ],
)
def test_the_name_of_a_group_stays_whole(group):
    assert parse_author(group) == Name(group, is_group=True)


def test_ai_in_capitals_is_a_group_and_otherwise_a_last_name():
    assert parse_author("Inclusion AI").is_group
    assert parse_author("Qingyao Ai") == Name("Ai", "Qingyao")


def test_a_name_has_its_parts():
    assert parse_author("Jan van den Berg Jr") == Name("Berg", "Jan", "van den", "Jr")
