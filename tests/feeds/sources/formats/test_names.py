"""Splitting author lines of arXiv: each case was worked out by hand."""

import pytest

from feeds.sources.formats.names import names_of

LINES = [
    ("Ada Lovelace", ["Ada Lovelace"]),
    ("Ada Lovelace and Charles Babbage", ["Ada Lovelace", "Charles Babbage"]),
    ("A. Lovelace, C. Babbage, and M. Somerville", ["A. Lovelace", "C. Babbage", "M. Somerville"]),
    ("A. Lovelace (London), C. Babbage (Cambridge (Trinity), UK)", ["A. Lovelace", "C. Babbage"]),
    ("A. Frasca (1), Zs. Kovari (2) ((1) INAF, (2) Konkoly)", ["A. Frasca", "Zs. Kovari"]),
    ("CDF Collaboration: T. Aaltonen et al", ["CDF Collaboration", "T. Aaltonen"]),
    ("PHENIX Collaboration, A. Adare, et al.", ["PHENIX Collaboration", "A. Adare"]),
    ("N. Yamada, for the JLQCD Collaboration", ["N. Yamada", "JLQCD Collaboration"]),
    ("N. Yamada on behalf of the T2K Collaboration", ["N. Yamada", "T2K Collaboration"]),
    ("J. Zanotti, for the RBC and UKQCD Collaborations", ["J. Zanotti", "RBC and UKQCD Collaborations"]),
    ("John T. Giblin Jr, Richard Roe, III, Ada Lovelace", ["John T. Giblin Jr", "Richard Roe III", "Ada Lovelace"]),
    (r"Annie Ressouche, Daniel Gaff\'e (LEAT), Val\'erie Roy", ["Annie Ressouche", "Daniel Gaffé", "Valérie Roy"]),
    (r"M. R{\"u}bhausen and J.\,H. Smith", ["M. Rübhausen", "J. H. Smith"]),
    ("The Anh Nguyen and Anders Andersen", ["The Anh Nguyen", "Anders Andersen"]),
    ("Ada Lovelace (London, Charles Babbage", ["Ada Lovelace", "Charles Babbage"]),
    ("Ada Lovelace), Charles Babbage", ["Ada Lovelace", "Charles Babbage"]),
    (" Ada  Lovelace \n and\n Charles Babbage,", ["Ada Lovelace", "Charles Babbage"]),
    ("李明, Jürgen Müller", ["李明", "Jürgen Müller"]),
    ("", []),
    ("(136 additional authors not shown)", []),
]


@pytest.mark.parametrize(("line", "names"), LINES, ids=[line[:30] for line, _ in LINES])
def test_an_author_line_is_split_into_names_in_order(line, names):
    assert names_of(line) == names
