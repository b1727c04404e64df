"""Public ids in all their forms."""

import re

import pytest

from recommender.models import Paper
from recommender.paper_ids import OWN_PREFIX, PATTERN, arxiv_id, arxiv_id_in_link, canonical, own_id


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2607.21557", "2607.21557"),
        ("2607.21557v2", "2607.21557"),
        (" arXiv:2607.21557v12 ", "2607.21557"),
        ("0704.0001", "0704.0001"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("HEP-TH/9901001v3", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("arxiv:math.GT/0309136v1", "math/0309136"),
    ],
)
def test_an_arxiv_id_has_one_form(written, kept):
    assert arxiv_id(written) == canonical(written) == kept
    assert re.fullmatch(PATTERN, written.strip())


@pytest.mark.parametrize(
    "text", ["", "2607", "2607.215", "2607.215571", "2607.21557v0", "hep-th/990100", "/9901001", "٢٦٠٧.٢١٥٥٧", "a b"]
)
def test_anything_else_is_no_arxiv_id(text):
    assert arxiv_id(text) is canonical(text) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://arxiv.org/abs/2607.21557",
        "http://www.arxiv.org/abs/2607.21557v2",
        "arxiv.org/pdf/2607.21557v2.pdf",
        "https://export.arxiv.org/abs/2607.21557?context=cs#top",
        "https://arxiv.org/html/2607.21557v1/",
        "https://www.alphaxiv.org/abs/2607.21557v1",
        "https://huggingface.co/papers/2607.21557#community",
        "hf.co/papers/2607.21557",
        "https://doi.org/10.48550/arXiv.2607.21557",
        "10.48550/ARXIV.2607.21557",
        "doi:10.48550/arXiv.2607.21557",
        " arXiv:2607.21557v2 ",
        "arXiv:https://arxiv.org/abs/2607.21557",
        "a.b.c.export.arxiv.org/abs/2607.21557",
    ],
)
def test_a_link_names_its_paper(link):
    assert arxiv_id_in_link(link) == "2607.21557"
    assert arxiv_id_in_link(link.replace("2607.21557", "hep-th/9901001")) == "hep-th/9901001"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org/abs/2607.21557",
        "https://arxiv.org.example.org/abs/2607.21557",
        "https://arxiv.org/list/cs.LG/2607",
        "https://arxiv.org/abs/2607.21557/extra",
        "https://arxiv.org/abs/2607.215570",
        "https://doi.org/10.1000/2607.21557",
        "see 2607.21557",
        "2607.21557 and 2607.21558",
        "2607.21557https://arxiv.org/abs/",
        "a." * 100_000,
    ],
)
def test_another_link_names_none(text):
    assert arxiv_id_in_link(text) is None


@pytest.mark.parametrize("labels", [6, 24, 96])
def test_a_link_is_looked_for_no_further_than_a_host_name_reaches(labels):
    """The work for a long word of many dots is bounded by the pattern, whatever the word's length."""
    assert arxiv_id_in_link("a." * labels + "arxiv.org/abs/2607.21557") is None
    assert arxiv_id_in_link("a" * 64 * labels + ".arxiv.org/abs/2607.21557") is None


def test_an_own_id_is_its_own_canonical_form_in_any_case():
    name = own_id("A title")
    assert re.fullmatch(r"pb\.[a-z2-7]{12}", name)
    assert canonical(name) == canonical(name.upper()) == name
    assert re.fullmatch(PATTERN, name)
    assert canonical(name + "x") is None


def test_case_accents_spacing_and_punctuation_do_not_make_another_paper():
    assert own_id("Équations: a  Survey!") == own_id("equations a survey")


def test_other_letters_make_another_paper():
    assert len({own_id("one"), own_id("two"), own_id("on", "e"), own_id("o", "ne")}) == 4


def test_the_table_knows_own_ids_by_the_same_prefix():
    assert Paper.OWN_PREFIX == OWN_PREFIX
    assert not Paper(public_id=own_id("A title")).has_arxiv_id
    assert Paper(public_id="2607.21557").has_arxiv_id
