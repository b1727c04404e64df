"""BibTeX as arXiv, publishers, Google Scholar, Zotero and Mendeley write it, and broken files."""

import bibtexparser
import pytest

from feeds.sources.formats import bibtex
from feeds.sources.formats.record import PaperRecord
from recommender.paper_ids import own_id
from recommender.textfiles import Rejected, WrongFile


def read(text):
    return list(bibtex.read(iter(text.splitlines(keepends=True))))


def one(fields, kind="article"):
    [record] = read(f"@{kind}{{key,\n title = {{Ties}},\n {fields}\n}}\n")
    return record


def test_every_field_is_read():
    record = one(
        "author = {Lovelace, Ada and Charles Babbage}, abstract = {We\n tie.}, doi = {10.1000/182}, note = {12 pages},"
        " journal = {Knots}, volume = 3, year = {2026}, pages = {1--9}, keywords = {rope, sailing; rope},"
        " eprint = {2607.21557v2}, archivePrefix = {arXiv}, primaryClass = {cs.LG}"
    )
    assert record == PaperRecord(
        "2607.21557", "Ties", "bibtex", abstract="We tie.", authors=["Ada Lovelace", "Charles Babbage"],
        categories=["cs.LG"], tags=["rope", "sailing"], comment="12 pages", doi="10.1000/182",
        journal_ref="Knots 3 (2026) 1--9",
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2607.21557}",
        "eprint = {arXiv:2607.21557v1}, eprinttype = {arxiv}",
        "journal = {arXiv preprint arXiv:2607.21557}",
        "journal = {CoRR}, volume = {abs/2607.21557}",
        "url = {https://arxiv.org/pdf/2607.21557.pdf}",
        "doi = {10.48550/arXiv.2607.21557}",
        "howpublished = {\\url{https://arxiv.org/abs/2607.21557}}",
        "note = {arXiv:2607.21557 [cs]}",
        "number = {arXiv:2607.21557}",
    ],
)
def test_the_arxiv_id_is_found_wherever_people_put_it(fields):
    assert one(fields).public_id == "2607.21557"


@pytest.mark.parametrize(
    "fields",
    ["year = 2026", "eprint = {PMC123}, eprinttype = {pubmed}", "note = {Extends arXiv:2607.21557}", "pages = {1--9}"],
)
def test_a_paper_without_an_arxiv_id_is_identified_by_its_title(fields):
    assert one(fields).public_id == own_id("Ties")


def test_an_old_number_and_its_archive_make_an_id():
    assert one("eprint = {9901001}, primaryClass = {hep-th}").public_id == "hep-th/9901001"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Lovelace, Ada", ["Ada Lovelace"]),
        ("Ada Lovelace and others", ["Ada Lovelace"]),
        ("van der Berg, Jan and {The Knots Team}", ["Jan van der Berg", "The Knots Team"]),
        ("Roe, Jr., Richard", ["Richard Roe Jr."]),
        (r"Rold{\'a}n, {\'E}dgar and Erd{\H{o}}s, P.", ["Édgar Roldán", "P. Erdős"]),
        ("{Barnes and Noble}", ["Barnes and Noble"]),
        ('李明 and M{\\"u}ller, J{\\"u}rgen', ["李明", "Jürgen Müller"]),
    ],
)
def test_authors_are_written_first_name_first_in_order(written, names):
    assert one(f"author = {{{written}}}").authors == names


def test_braces_and_accents_are_converted_and_formulas_stay():
    [record] = read(r'@misc{a, title = "On {G}{\"o}del, {GPT} \& $\alpha_{i}$"}')
    assert record.title == r"On Gödel, GPT & $\alpha_{i}$"


def test_a_field_with_a_command_that_cannot_be_converted_stays_as_it_is():
    before, linked, open_, after = read(
        r"""@misc{a, title={One}}
@misc{b, title={Two}, abstract={See \href{https://example.org/}{our page}.}}
@misc{c, title={Three}, abstract={A table \begin{array}{c}}, author={Mar{\'i}a Roe}}
@misc{d, title={Four}}
"""
    )
    assert (before.title, after.title) == ("One", "Four")
    assert linked.abstract == "See our page."
    assert (open_.abstract, open_.authors) == (r"A table \begin{array}{c}", ["María Roe"])


def test_abbreviations_are_expanded():
    rows = read('@string{jk = "Journal of Knots"}\n@article{a, title={Ties}, journal = jk, month = jan, year = 2026}')
    assert [row.journal_ref for row in rows] == ["Journal of Knots (2026)"]


def test_parts_of_a_value_are_joined():
    [row] = read('@string{k = "Knots"}\n@article{a, title={Ties }#"That "#{Hold}, journal = "J. " # k, year = 2026}')
    assert (row.title, row.journal_ref) == ("Ties That Hold", "J. Knots (2026)")


def test_an_abbreviation_may_be_followed_by_an_entry_on_its_line():
    [row] = read('@string{k = "Knots"} @article{a, title={Ties}, journal = k}')
    assert row.journal_ref == "Knots"


@pytest.mark.parametrize("entries", [20, 80, 320])
def test_every_character_is_parsed_once(entries, monkeypatch):
    """Abbreviations before an entry are not parsed again with it, however many a file has."""
    sizes = []
    parse = bibtexparser.parse_string
    monkeypatch.setattr(bibtexparser, "parse_string", lambda text, **how: sizes.append(len(text)) or parse(text, **how))
    text = "".join(f"@string{{s{n} = {{Knots}}}}\n@misc{{a{n}, title={{T}}, journal=s{n}}}\n" for n in range(entries))
    assert [row.journal_ref for row in read(text)] == ["Knots"] * entries
    assert sum(sizes) == len(text)


def test_a_bad_abbreviation_is_rejected_with_its_line_and_the_rest_is_read():
    doubled = "".join(f"@string{{s{n + 1} = s{n} # s{n}}}\n" for n in range(11))
    rows = read('@string{s0 = "0123456789"}\n' + doubled + "@string{open = {\n@misc{a, title={One}, note=s3}\n")
    assert [(row.line, row.reason[:30]) for row in rows if isinstance(row, Rejected)] == [
        (11, "'s10': its abbreviations stand"), (13, "this entry is broken, perhaps "),
    ]  # fmt: skip
    assert rows[-1].comment == "0123456789" * 8


def test_an_entry_whose_abbreviations_are_too_long_is_rejected_by_its_key():
    long = '@string{s = "' + "x" * 6_000 + '"}\n'
    bad, good = read(long + "@misc{bad, title={One}, note=s, journal=s}\n@misc{good, title={Two}, note=s}\n")
    assert bad == Rejected(2, "'bad': its abbreviations stand for more than 10,000 characters; shorten them")
    assert good.title == "Two"


def test_a_text_longer_than_any_name_is_not_split():
    long = "Doe, " + "x" * 1_000
    [row] = read(f"@misc{{a, title={{T}}, author={{Roe, Jo and {long}}}}}")
    assert row.authors == ["Jo Roe", long]


def test_comments_and_text_between_entries_are_skipped():
    rows = read("My library\n@comment{jabref}\n@preamble{x}\n@misc{a, title={One}}\n and\n@misc{b, title={Two}}")
    assert [row.title for row in rows] == ["One", "Two"]


def test_entries_with_the_same_key_are_two_papers_and_a_repeated_field_counts_once():
    rows = read("@misc{a, title={One}}\n@misc{a, title={Two}, title={Three}}\n")
    assert [row.title for row in rows] == ["One", "Two"]
    assert [row.title for row in read("@misc{a, title={One}} @misc{a, title={Two}}")] == ["One", "Two"]


BROKEN = [
    "@article{a, title={never closed\n",
    "@misc{a}\n",
    "@misc{a, title={}}\n",
    "@misc{a, title={\udcff}}\n",
    "@misc{\n",
]


@pytest.mark.parametrize("entry", BROKEN)
def test_a_broken_entry_is_rejected_with_its_line_and_the_rest_is_read(entry):
    rows = read("@misc{x, title={One}}\n\n" + entry + "@misc{y, title={Two}}\n")
    assert [row.line for row in rows if isinstance(row, Rejected)] == [3]
    assert [row.title for row in rows if isinstance(row, PaperRecord)] == ["One", "Two"]
    assert all(row.reason.encode() for row in rows if isinstance(row, Rejected))


def test_an_entry_larger_than_any_paper_is_rejected_and_the_rest_is_read():
    lines = ["@misc{a, title={One},\n", *["x" * 100_000 + "\n"] * 50, "}\n", "@misc{b, title={Two}}\n"]
    large, small = bibtex.read(iter(lines))
    assert isinstance(large, Rejected)
    assert small.title == "Two"


@pytest.mark.parametrize(
    "text", ["", "title,abstract\n", "<html>@media print {}</html>", '{"title": "Ties"}', "TY  - JOUR\n"]
)
def test_a_file_that_is_not_bibtex_is_refused(text):
    with pytest.raises(WrongFile):
        read(text)


@pytest.mark.parametrize("line_length", [60, 2_000_000])
def test_an_entry_that_is_too_long_is_rejected_and_the_rest_is_read(line_length):
    """1.1 million characters of a title, on one line or on many; the limit is a million."""
    words = "word " * 220_000
    lines = "\n".join(words[start : start + line_length] for start in range(0, len(words), line_length))
    first, long, last = read(f"@misc{{a, title={{One}}}}\n@misc{{b, title={{{lines}}}}}\n@misc{{c, title={{Three}}}}\n")
    assert (first.title, last.title) == ("One", "Three")
    assert long.reason.startswith("this entry is longer than 1,000,000 characters: @misc{b, title={word")
    assert long.line == 2


@pytest.mark.parametrize("function", ["parse_string", "split_multiple_persons_names", "parse_single_name_into_parts"])
def test_an_entry_that_bibtexparser_cannot_read_is_rejected_alone(monkeypatch, function):
    module = bibtexparser if function == "parse_string" else bibtex
    works = getattr(module, function)

    def fail(text, **options):
        if "Zeta" in text:
            raise IndexError("list index out of range")
        return works(text, **options)

    monkeypatch.setattr(module, function, fail)
    entries = "".join(
        f"@article{{k{name},\n title = {{Ties}}, author = {{{name}, A}}\n}}\n" for name in ("Zeta", "Eta")
    )
    broken, whole = read(entries)
    assert isinstance(broken, Rejected)
    assert broken.line == 1
    assert "bibtexparser cannot read this record (IndexError: list index out of range)" in broken.reason
    assert whole.authors == ["A Eta"]
