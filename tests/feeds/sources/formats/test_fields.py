"""Single fields are cleaned, limited and refused by name."""

from datetime import UTC, date, datetime

import pytest

from feeds.sources.formats import fields
from feeds.sources.formats.fields import BadRow


@pytest.mark.parametrize(
    "value",
    [
        "http://arxiv.org/abs/2607.21557v3",
        "https://arxiv.org/abs/2607.21557",
        "oai:arXiv.org:2607.21557v1",
        "OAI:ARXIV.ORG:2607.21557",
        " 2607.21557\n",
    ],
)
def test_an_arxiv_id_is_read_from_every_form_that_sources_use(value):
    assert fields.arxiv_id(value) == "2607.21557"


@pytest.mark.parametrize("value", ["", None, "http://arxiv.org/abs/", "x" * 10_000, "http://example.org/2607.21557"])
def test_a_text_that_is_not_an_arxiv_id_is_refused(value):
    with pytest.raises(BadRow, match="not an arXiv id"):
        fields.arxiv_id(value)


def test_the_version_number_follows_the_v():
    assert fields.version_number("http://arxiv.org/abs/2607.21557v12") == 12
    assert fields.version_number("2607.21557") is None
    assert fields.version_number("v0") is None


def test_control_characters_are_removed_and_white_space_is_collapsed():
    assert fields.clean("title", "a\x00b\x07c \n\t d\u0085e\x7f\x9f") == "abc d e"


def test_a_text_that_is_not_utf8_is_refused_by_name():
    with pytest.raises(BadRow, match="comment: it contains bytes that are not UTF-8"):
        fields.clean("comment", "\udcff")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182.", "10.1000/182"),
        ("doi:10.1103/PhysRevD.78.1 10.1016/j.x.2", "10.1103/PhysRevD.78.1"),
        ("11.1000/182", ""),
        ("10.1000/" + "x" * 300, ""),
        (None, ""),
    ],
)
def test_a_doi_is_extracted_from_its_wrapping(value, expected):
    assert fields.doi(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("ftp://a.example", ""),
        ("javascript:alert(1)", ""),
        ("https://a b", ""),
        ("https://a\u202eb", ""),
        ("https://a.example/" + "x" * 483, ""),
        (None, ""),
    ],
)
def test_a_url_is_kept_complete_or_not_at_all(value, expected):
    assert fields.url(value) == expected


def test_categories_are_unique_codes_with_the_primary_one_first():
    value = [
        "math.AT",
        "cs.LG",
        " cs.LG ",
        "68T07",
        "53C24 (Primary), 57M10",
        "I.2.7; H.3.3",
        "cond-mat.mes-hall",
        None,
    ]
    assert fields.categories(value, "cs.LG") == ["cs.LG", "math.AT", "cond-mat.mes-hall"]
    assert fields.categories(["q-fin.CP", "hep-th", "physics.ao-ph", "astro-ph"]) == [
        "q-fin.CP", "hep-th", "physics.ao-ph", "astro-ph",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["2026-07-20T10:00:00Z", "Mon, 20 Jul 2026 10:00:00 GMT", "Mon, 20 Jul 2026 06:00:00 -0400", "2026-07-20T10:00"],
)
def test_a_time_is_read_in_every_form_that_sources_use(written):
    assert fields.timestamp("at", written) == datetime(2026, 7, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["noon", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Mon, 20 Jul 0000 10:00:00 GMT", "2026-13-01"]
)
def test_an_impossible_time_is_refused_by_name(written):
    with pytest.raises(BadRow, match=f"at: '{written}'"):
        fields.timestamp("at", written)
    with pytest.raises(BadRow, match="at: "):
        fields.day("at", written)


def test_a_day_is_the_date_as_written():
    assert fields.day("at", "Tue, 21 Jul 2026 23:00:00 -0400") == date(2026, 7, 21)
    assert fields.day("at", "") is None


def test_too_many_names_are_refused():
    assert len(fields.names("authors", ["A"] * 5000)) == 5000
    with pytest.raises(BadRow, match="5,001"):
        fields.names("authors", ["A"] * 5001)
