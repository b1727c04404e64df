"""RIS as Zotero, Mendeley and publishers write it, and broken files."""

import pytest
import rispy

from feeds.sources.formats import ris
from feeds.sources.formats.record import PaperRecord
from recommender.paper_ids import own_id
from recommender.textfiles import Rejected, WrongFile

ZOTERO = """TY  - GEN
TI  - Ties and
 knots
AU  - Lovelace, Ada
AU  - Roe, Richard, Jr.
DA  - 2026/07/20/
PY  - 2026
DO  - 10.48550/arXiv.2607.21557
PB  - arXiv
UR  - http://arxiv.org/abs/2607.21557
AB  - We tie.
KW  - rope
KW  - sailing, rope
N1  - <p>mine</p>
N1  - Comment: 12 pages, 3 figures
ER  -
"""
MENDELEY = """TY  - JOUR
T1  - Ties
A1  - Lovelace, Ada
A1  - Babbage, Charles
JF  - Knots
VL  - 3
SP  - 1
EP  - 9
Y1  - 2026///
N2  - We tie.
DO  - 10.1000/182
ER  - 
"""


def read(text):
    return list(ris.read(iter(text.splitlines(keepends=True))))


def test_zoteros_ris_is_read():
    assert read(ZOTERO) == [
        PaperRecord(
            "2607.21557", "Ties and knots", "ris", abstract="We tie.", authors=["Ada Lovelace", "Richard Roe Jr."],
            tags=["rope", "sailing"], comment="12 pages, 3 figures", doi="10.48550/arXiv.2607.21557",
        )
    ]  # fmt: skip


def test_mendeleys_ris_is_read():
    assert read(MENDELEY) == [
        PaperRecord(
            own_id("Ties"), "Ties", "ris", abstract="We tie.", authors=["Ada Lovelace", "Charles Babbage"],
            doi="10.1000/182", journal_ref="Knots 3 (2026) 1-9",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "UR  - https://arxiv.org/pdf/2607.21557v2.pdf",
        "M1  - arXiv:2607.21557",
        "JO  - arXiv preprint arXiv:2607.21557",
        "VL  - abs/2607.21557",
        "DO  - https://doi.org/10.48550/arXiv.2607.21557",
    ],
)
def test_the_arxiv_id_is_found_wherever_programs_put_it(line):
    [record] = read(f"TY  - JOUR\nTI  - Ties\n{line}\nER  - \n")
    assert (record.public_id, record.journal_ref) == ("2607.21557", "")


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter():
    assert read("\ufeff" + MENDELEY.replace("\n", "\r\n")) == read(MENDELEY)


@pytest.mark.parametrize(
    "bad", ["TY  - JOUR\nTI  - open\n", "TY  - JOUR\nER  - \n", "TY  - JOUR\nTI  - \udcff\nER  - \n"]
)
def test_a_broken_reference_is_rejected_with_its_line_and_the_rest_is_read(bad):
    rows = read(MENDELEY + bad + MENDELEY)
    assert [row.line for row in rows if isinstance(row, Rejected)] == [13]  # Mendeley's form has twelve lines
    assert sum(isinstance(row, PaperRecord) for row in rows) == 2


def test_a_reference_larger_than_any_paper_is_rejected_and_the_rest_is_read():
    lines = ["TY  - JOUR\n", *["N1  - " + "x" * 100_000 + "\n"] * 50, "ER  - \n", *MENDELEY.splitlines(keepends=True)]
    large, small = ris.read(iter(lines))
    assert isinstance(large, Rejected)
    assert small.title == "Ties"


def test_a_field_may_span_lines_and_a_list_has_a_value_in_each():
    [row] = read("TY  - JOUR\nTI  - Ties\nand\n\nknots\nKW  - rope\nsailing, sea\nXX  - x\ny\nAB  -\nWe\ntie.\nER  -\n")
    assert (row.title, row.tags, row.abstract) == ("Ties and knots", ["rope", "sailing", "sea"], "We tie.")


@pytest.mark.parametrize(
    "after", ["TYPED BY HAND\nTI  - Other\n", "TY\nand more\n", "KW  - late\n", "ER  - \nTY\nand\n"]
)
def test_lines_after_the_end_of_a_reference_are_ignored(after):
    assert read(MENDELEY + after + MENDELEY) == read(MENDELEY) * 2


@pytest.mark.parametrize("lines", [100, 400, 1600])
def test_rispy_gets_each_field_in_one_line(lines, monkeypatch):
    """It copies a field for each line that it appends, so the cost would grow with the square of the lines."""
    texts = []
    loads = rispy.loads
    monkeypatch.setattr(rispy, "loads", lambda text, **how: texts.append(text) or loads(text, **how))
    [row] = read("TY  - JOUR\nTI  - Ties\nAB  - We\n" + "tie\n" * lines + "ER  - \n")
    assert row.abstract == "We" + " tie" * lines
    assert texts[0].count("\n") == 3


@pytest.mark.parametrize("text", ["", "title,abstract\n", "@misc{a, title={Ties}}\n", "ER  - \n"])
def test_a_file_that_is_not_ris_is_refused(text):
    with pytest.raises(WrongFile, match="not RIS"):
        read(text)


def test_a_reference_that_rispy_cannot_read_is_rejected_alone(monkeypatch):
    loads = rispy.loads

    def fail(text, **options):
        if "2607.21557" in text:
            raise KeyError("urls")
        return loads(text, **options)

    monkeypatch.setattr(rispy, "loads", fail)
    broken, whole = list(ris.read(iter((ZOTERO + MENDELEY).splitlines(keepends=True))))
    assert broken == Rejected(1, "rispy cannot read this record (KeyError: 'urls')")
    assert whole.title == "Ties"
