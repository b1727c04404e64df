"""Lists of arXiv ids as people write them."""

import pytest

from feeds.sources.formats import id_list
from recommender.textfiles import Rejected, WrongFile


def read(text):
    return list(id_list.read(iter(text.splitlines(keepends=True))))


@pytest.mark.parametrize(
    "text",
    [
        "2607.21557\nhep-th/9901001\n",
        "2607.21557, hep-th/9901001",
        "2607.21557 hep-th/9901001",
        "\ufeff2607.21557v3;HEP-TH/9901001v1\r\n",
        "arXiv:2607.21557v2 [cs.LG]\narXiv: hep-th/9901001",
        "https://arxiv.org/abs/2607.21557\nhttp://arxiv.org/pdf/hep-th/9901001v2.pdf",
        "https://huggingface.co/papers/2607.21557#community\n<https://www.arxiv.org/abs/hep-th/9901001>",
        "# to read\n2607.21557 # the one on knots\n\n   hep-th/9901001",
        "doi:10.48550/arXiv.2607.21557 https://doi.org/10.48550/arXiv.hep-th/9901001",
        '["2607.21557", "hep-th/9901001"]',
        "2607.21557\n2607.21557v2\nhep-th/9901001\narXiv:2607.21557",
    ],
)
def test_each_id_is_read_once_in_order(text):
    assert read(text) == ["2607.21557", "hep-th/9901001"]


def test_a_word_that_is_not_an_id_is_rejected_with_its_line_and_the_rest_is_read():
    first, bad, last = read("2607.21557\nnonsense\n2607.21558")
    assert (first, last) == ("2607.21557", "2607.21558")
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (2, "'nonsense' is not an arXiv id such as 2607.21557 or hep-th/9901001")


def test_a_word_of_bytes_that_are_not_utf8_can_be_printed():
    [bad] = read("\udcff\udcfe")
    assert bad.reason.encode()


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n"])
def test_an_empty_list_is_refused(text):
    with pytest.raises(WrongFile, match="empty"):
        read(text)
