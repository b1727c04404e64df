"""arXiv's query API: both serialisers field by field, and the odd entries that it can send."""

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
    [found] = arxiv_api.read(feed(ENTRY.format(extra)))
    return found


def entries_of(name):
    return ElementTree.parse(RAW / name).getroot().findall("a:entry", SPACES)


def expected(entry):
    """The record, read from the XML without our readers."""
    given = re.fullmatch(r"http://arxiv.org/abs/(.+)v(\d+)", entry.findtext("a:id", "", SPACES))
    primary = entry.find("x:primary_category", SPACES).get("term")
    others = [category.get("term") for category in entry.iterfind("a:category", SPACES)]
    return {
        "public_id": given[1],
        "title": words(entry.findtext("a:title", "", SPACES)),
        "abstract": words(entry.findtext("a:summary", "", SPACES)),
        "authors": [words(name.text) for name in entry.iterfind("a:author/a:name", SPACES)],
        "categories": [primary, *(code for code in others if code != primary and re.match(r"[a-z]", code))],
        "comment": words(entry.findtext("x:comment", "", SPACES)),
        "journal_ref": words(entry.findtext("x:journal_ref", "", SPACES)),
        "doi": words(entry.findtext("x:doi", "", SPACES)),
        "published_at": datetime.fromisoformat(entry.findtext("a:published", "", SPACES)),
        "newest": (int(given[2]), datetime.fromisoformat(entry.findtext("a:updated", "", SPACES))),
    }


@needs_samples
@pytest.mark.parametrize(("name", "count"), [("arxiv_atom_api_2025-10.xml", 2), ("arxiv_atom_api_2026-05.xml", 25)])
def test_every_field_of_every_real_entry_is_kept(name, count):
    with (RAW / name).open("rb") as stream:
        found = list(arxiv_api.read(stream))
    assert len(found) == count
    for record, entry in zip(found, entries_of(name), strict=True):
        wanted = expected(entry)
        newest = record.versions[-1]
        assert (newest.number, newest.at) == wanted.pop("newest")
        assert {field: getattr(record, field) for field in wanted} == wanted


def test_the_id_says_which_version_and_the_times_when():
    found = one()
    first, third = datetime(2026, 7, 20, 10, tzinfo=UTC), datetime(2026, 7, 23, 10, tzinfo=UTC)
    assert found.public_id == "2607.21557"
    assert found.versions == [Version(1, first), Version(3, third)]
    assert found.published_at == first


def test_a_paper_of_monday_morning_is_listed_on_tuesday():
    assert one().day == date(2026, 7, 21)  # 10:00 UTC is 06:00 in New York, before Monday's deadline


def test_classes_of_acm_and_msc_are_no_categories_and_the_primary_one_comes_first():
    terms = ["stat.ML", "cs.LG", "I.2.7; H.3.3", "68T07", "hep-th"]
    found = one('<arxiv:primary_category term="cs.LG"/>' + "".join(f'<category term="{term}"/>' for term in terms))
    assert found.categories == ["cs.LG", "stat.ML", "hep-th"]


def test_an_old_id_keeps_its_slash():
    [found] = arxiv_api.read(feed(ENTRY.replace("2607.21557v3", "hep-th/9901001v2").format("")))
    assert (found.public_id, found.versions[-1].number) == ("hep-th/9901001", 2)


def test_tex_stays_in_titles_and_becomes_letters_in_names():
    [found] = arxiv_api.read(
        feed(ENTRY.replace("Ties", r"Schr\"odinger's $\alpha$").format(r"<author><name>P. Erd\H{o}s</name></author>"))
    )
    assert found.title == r"Schr\"odinger's $\alpha$"
    assert found.authors == ["P. Erdős"]


def test_what_else_arxiv_says_is_kept():
    found = one(
        "<arxiv:comment>12 pages,\n 3 figures</arxiv:comment><arxiv:journal_ref>Knots 3 (2026)</arxiv:journal_ref>"
        "<arxiv:doi>10.1000/182</arxiv:doi><link rel='license' href='https://creativecommons.org/licenses/by/4.0/'/>"
    )
    assert (found.comment, found.journal_ref, found.doi) == ("12 pages, 3 figures", "Knots 3 (2026)", "10.1000/182")
    assert found.license_url == "https://creativecommons.org/licenses/by/4.0/"


def test_a_withdrawn_paper_is_marked():
    assert one("<arxiv:comment>This paper has been withdrawn by the author</arxiv:comment>").withdrawn
    assert not one("<arxiv:comment>12 pages</arxiv:comment>").withdrawn


def test_an_answer_without_entries_gives_nothing():
    assert list(arxiv_api.read(feed())) == []


def test_an_error_of_arxiv_is_a_rejection_with_its_text():
    said = "<summary>incorrect id format for 1234.1234567</summary>"
    error = f"<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title>{said}</entry>"
    [found] = arxiv_api.read(feed(error))
    assert isinstance(found, Rejected)
    assert "incorrect id format for 1234.1234567" in found.reason


BAD = [
    ("http://arxiv.org/abs/2607.21557v3", "http://example.org/1", "not an arXiv id"),
    ("<title>Ties</title>", "<title> </title>", "title"),
    ("2026-07-20T10:00:00Z", "yesterday", "published: 'yesterday'"),
    ("2026-07-20T10:00:00Z", "9999-12-31T23:59:59Z", "9999"),
    ("2026-07-20T10:00:00Z", "0000-01-01T00:00:00Z", "0000"),
]


@pytest.mark.parametrize(("good", "bad", "named"), BAD)
def test_an_entry_with_a_bad_field_is_rejected_by_name_and_the_next_goes_in(good, bad, named):
    rejected, kept = arxiv_api.read(feed(ENTRY.replace(good, bad).format(""), ENTRY.format("")))
    assert isinstance(rejected, Rejected)
    assert named in rejected.reason
    assert isinstance(kept, PaperRecord)


def test_a_page_of_html_is_refused_with_its_first_words():
    page = b"<!DOCTYPE html><html><head><style>p {}</style></head><body><h1>503 Service Unavailable</h1>"
    with pytest.raises(WrongFile, match="503 Service Unavailable"):
        list(arxiv_api.read(io.BytesIO(page)))


def test_a_feed_that_is_cut_gives_its_whole_entries_first():
    content = feed(ENTRY.format(""), ENTRY.format("")).read()[:-40]
    found, error = until_it_breaks(arxiv_api.read(io.BytesIO(content)))
    assert [row.public_id for row in found] == ["2607.21557"]
    assert error is not None
