"""arXiv's query API: both serialisers field by field, and unusual entries."""

import io
import re
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from feeds.sources.formats import arxiv_api
from feeds.sources.formats.record import PaperRecord, Version
from recommender.textfiles import Rejected, WrongFile

from .samples import RAW, needs_samples, until_it_breaks, words

SPACES = {"a": "http://www.w3.org/2005/Atom", "x": "http://arxiv.org/schemas/atom"}
ENTRY = """<entry><id>http://arxiv.org/abs/2607.21557v3</id><title>Ties</title><summary> We tie. </summary>
<published>2026-07-20T10:00:00Z</published><updated>2026-07-23T10:00:00Z</updated>{}</entry>"""


def feed(*entries):
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
    return io.BytesIO(f"{head}{''.join(entries)}</feed>".encode())


def one(extra=""):
    [record] = arxiv_api.read(feed(ENTRY.format(extra)))
    return record


def entries_of(name):
    return ElementTree.parse(RAW / name).getroot().findall("a:entry", SPACES)


def expected(entry):
    """The record, read from the XML without our readers."""
    id_and_version = re.fullmatch(r"http://arxiv.org/abs/(.+)v(\d+)", entry.findtext("a:id", "", SPACES))
    primary = entry.find("x:primary_category", SPACES).get("term")
    others = [category.get("term") for category in entry.iterfind("a:category", SPACES)]
    return {
        "public_id": id_and_version[1],
        "title": words(entry.findtext("a:title", "", SPACES)),
        "abstract": words(entry.findtext("a:summary", "", SPACES)),
        "authors": [words(name.text) for name in entry.iterfind("a:author/a:name", SPACES)],
        "categories": [primary, *(code for code in others if code != primary and re.match(r"[a-z]", code))],
        "comment": words(entry.findtext("x:comment", "", SPACES)),
        "journal_ref": words(entry.findtext("x:journal_ref", "", SPACES)),
        "doi": words(entry.findtext("x:doi", "", SPACES)),
        "published_at": datetime.fromisoformat(entry.findtext("a:published", "", SPACES)),
        "newest": (int(id_and_version[2]), datetime.fromisoformat(entry.findtext("a:updated", "", SPACES))),
    }


@needs_samples
@pytest.mark.parametrize(("name", "count"), [("arxiv_atom_api_2025-10.xml", 2), ("arxiv_atom_api_2026-05.xml", 25)])
def test_every_field_of_every_real_entry_is_read(name, count):
    with (RAW / name).open("rb") as stream:
        rows = list(arxiv_api.read(stream))
    assert len(rows) == count
    for record, entry in zip(rows, entries_of(name), strict=True):
        expected_record = expected(entry)
        newest = record.versions[-1]
        assert (newest.number, newest.at) == expected_record.pop("newest")
        assert {field: getattr(record, field) for field in expected_record} == expected_record


def test_the_id_gives_the_version_and_the_times_its_dates():
    record = one()
    first, third = datetime(2026, 7, 20, 10, tzinfo=UTC), datetime(2026, 7, 23, 10, tzinfo=UTC)
    assert record.public_id == "2607.21557"
    assert record.versions == [Version(1, first), Version(3, third)]
    assert record.published_at == first


def test_a_paper_submitted_on_monday_morning_is_listed_on_tuesday():
    assert one().day == date(2026, 7, 21)  # 10:00 UTC is 06:00 in New York, before Monday's deadline


def test_acm_and_msc_classes_are_left_out_and_the_primary_category_comes_first():
    terms = ["stat.ML", "cs.LG", "I.2.7; H.3.3", "68T07", "hep-th"]
    record = one('<arxiv:primary_category term="cs.LG"/>' + "".join(f'<category term="{term}"/>' for term in terms))
    assert record.categories == ["cs.LG", "stat.ML", "hep-th"]


def test_an_old_id_keeps_its_slash():
    [record] = arxiv_api.read(feed(ENTRY.replace("2607.21557v3", "hep-th/9901001v2").format("")))
    assert (record.public_id, record.versions[-1].number) == ("hep-th/9901001", 2)


def test_tex_stays_in_titles_and_is_converted_in_names():
    [record] = arxiv_api.read(
        feed(ENTRY.replace("Ties", r"Schr\"odinger's $\alpha$").format(r"<author><name>P. Erd\H{o}s</name></author>"))
    )
    assert record.title == r"Schr\"odinger's $\alpha$"
    assert record.authors == ["P. Erdős"]


def test_comment_journal_doi_and_license_are_read():
    record = one(
        "<arxiv:comment>12 pages,\n 3 figures</arxiv:comment><arxiv:journal_ref>Knots 3 (2026)</arxiv:journal_ref>"
        "<arxiv:doi>10.1000/182</arxiv:doi><link rel='license' href='https://creativecommons.org/licenses/by/4.0/'/>"
    )
    assert (record.comment, record.journal_ref, record.doi) == ("12 pages, 3 figures", "Knots 3 (2026)", "10.1000/182")
    assert record.license_url == "https://creativecommons.org/licenses/by/4.0/"


def test_a_withdrawn_paper_is_marked():
    assert one("<arxiv:comment>This paper has been withdrawn by the author</arxiv:comment>").withdrawn
    assert not one("<arxiv:comment>12 pages</arxiv:comment>").withdrawn


def test_a_response_without_entries_yields_nothing():
    assert list(arxiv_api.read(feed())) == []


def test_an_arxiv_error_is_a_rejection_with_its_text():
    summary = "<summary>incorrect id format for 1234.1234567</summary>"
    error = (
        f"<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title>{summary}</entry>"
    )
    [record] = arxiv_api.read(feed(error))
    assert isinstance(record, Rejected)
    assert "incorrect id format for 1234.1234567" in record.reason


BAD = [
    ("http://arxiv.org/abs/2607.21557v3", "http://example.org/1", "not an arXiv id"),
    ("<title>Ties</title>", "<title> </title>", "title"),
    ("2026-07-20T10:00:00Z", "yesterday", "published: 'yesterday'"),
    ("2026-07-20T10:00:00Z", "9999-12-31T23:59:59Z", "9999"),
    ("2026-07-20T10:00:00Z", "0000-01-01T00:00:00Z", "0000"),
]


@pytest.mark.parametrize(("good", "bad", "mentioned"), BAD)
def test_an_entry_with_a_bad_field_is_rejected_by_name_and_the_next_is_read(good, bad, mentioned):
    rejected, accepted = arxiv_api.read(feed(ENTRY.replace(good, bad).format(""), ENTRY.format("")))
    assert isinstance(rejected, Rejected)
    assert mentioned in rejected.reason
    assert isinstance(accepted, PaperRecord)


def test_an_html_page_is_refused_with_its_first_words():
    page = b"<!DOCTYPE html><html><head><style>p {}</style></head><body><h1>503 Service Unavailable</h1>"
    with pytest.raises(WrongFile, match="503 Service Unavailable"):
        list(arxiv_api.read(io.BytesIO(page)))


def test_a_truncated_feed_yields_its_complete_entries_first():
    content = feed(ENTRY.format(""), ENTRY.format("")).read()[:-40]
    rows, error = until_it_breaks(arxiv_api.read(io.BytesIO(content)))
    assert [row.public_id for row in rows] == ["2607.21557"]
    assert error is not None
