"""The saved Daily Papers page: titles and abstracts in turn."""

from pathlib import Path

import pytest

from feeds.sources.formats.daily_papers_text import read
from feeds.sources.formats.record import PaperRecord
from recommender.paper_ids import own_id
from recommender.textfiles import Rejected, WrongFile

HEAD = ["new", "", "Daily Papers", "", "by AK and the research community", ""]
ABSTRACT = "We tie knots. " * 20
SEED = Path(__file__).parents[5] / "shared" / "data" / "daily_papers_page.txt"


def titles(lines):
    return [row.title if isinstance(row, PaperRecord) else row for row in read(iter(lines))]


def test_a_title_and_its_abstract_make_a_paper():
    [record] = read(iter([*HEAD, "Ties\n", "\n", ABSTRACT]))
    assert record == PaperRecord(own_id("Ties"), "Ties", "saved_page", abstract=ABSTRACT.strip())


def test_a_title_without_an_abstract_is_rejected_with_its_line():
    assert titles([*HEAD, "Lost", "", "Ties", "", ABSTRACT, "", "Last"]) == [
        Rejected(7, "no abstract follows this title: 'Lost'"),
        "Ties",
        Rejected(13, "no abstract follows this title: 'Last'"),
    ]


def test_a_title_is_at_most_four_hundred_characters():
    assert titles([*HEAD, "x" * 400, ABSTRACT]) == ["x" * 400]
    first, *_ = titles([*HEAD, "x" * 401, ABSTRACT])
    assert (first.line, len(first.reason) < 200) == (7, True)


def test_a_line_that_is_not_utf8_is_rejected_and_the_rest_is_read():
    assert titles([*HEAD, "Ties", ABSTRACT, "\udcff", "Knots", ABSTRACT]) == [
        "Ties",
        Rejected(9, "it contains bytes that are not UTF-8"),
        "Knots",
    ]


@pytest.mark.parametrize("lines", [[], ["<html>"], ['{"title": "Ties"}'], ["Ties", ABSTRACT], ["\x89PNG"]])
def test_any_other_text_is_refused(lines):
    with pytest.raises(WrongFile, match="not a saved Daily Papers page"):
        list(read(iter(lines)))


def test_a_page_without_papers_is_empty():
    assert titles(HEAD) == []


@pytest.mark.skipif(not SEED.exists(), reason=f"the saved page {SEED} is not on this machine")
def test_the_real_page_has_104_papers_with_ids_of_their_own():
    rows = list(read(iter(SEED.read_text(encoding="utf-8").splitlines())))
    assert [row for row in rows if isinstance(row, Rejected)] == []
    assert len({row.public_id for row in rows}) == len(rows) == 104
    assert rows[0].title.startswith("On gauge freedom, conservativity and intrinsic dimensionality estimation")
    assert rows[0].abstract.startswith("Diffusion models are generative models")
