"""Fields that BibTeX, RIS and CSL share."""

import pytest

from feeds.sources.formats import references
from recommender.paper_ids import own_id


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lovelace, Ada", "Ada Lovelace"),
        ("Roe, Richard, Jr.", "Richard Roe Jr."),
        ("Ada Lovelace", "Ada Lovelace"),
        ("Plato,", "Plato"),
    ],
)
def test_a_name_is_written_first_name_first(written, name):
    assert references.first_name_first(written) == name


def test_the_first_text_with_an_id_wins():
    assert references.paper_id(["", "p. 7", "arXiv:2607.21557", "arXiv:2607.00001"], "Ties") == "2607.21557"
    assert references.paper_id(["see arxiv.org/abs/hep-th/9901001v2."], "Ties") == "hep-th/9901001"
    assert references.paper_id(["10.1000/182", "arXiv:soon"], "Ties") == own_id("Ties")


def test_a_journal_reference_has_the_parts_that_are_known():
    assert references.journal_ref("Nature", "521", "2015", "436-444") == "Nature 521 (2015) 436-444"
    assert references.journal_ref("Nature", "", "2015", "") == "Nature (2015)"


@pytest.mark.parametrize("where", ["", "CoRR", "arXiv preprint arXiv:2607.21557", "ArXiv"])
def test_a_preprint_has_no_journal_reference(where):
    assert references.journal_ref(where, "abs/1", "2026", "") == ""


def test_keywords_are_split_and_unique():
    assert references.keywords(["rope, sailing", "rope; knots"]) == ["rope", "sailing", "knots"]
    assert references.keywords([" rope ;\n  sailing   boats, "]) == ["rope", "sailing boats"]


def test_marks_after_an_id_are_removed_at_its_end_only():
    """No pattern looks for them from each place on: a million dots would take the square of their number."""
    assert references.paper_id(["arXiv:2607.21557.pdf"], "Ties") == "2607.21557"
    assert references.paper_id(["arXiv:2607.21557..pdf"], "Ties") == "2607.21557"
    assert references.paper_id(["arXiv:2607.21557./."], "Ties") == "2607.21557"
