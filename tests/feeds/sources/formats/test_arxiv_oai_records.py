"""The formats `arXiv` and `arXivRaw`: every real record field by field, and unusual values."""

import gzip
import io
import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from feeds.sources.formats import arxiv_oai
from feeds.sources.formats.record import Version
from recommender.textfiles import Rejected

from .samples import RAW, needs_samples, words

A, R = "{http://arxiv.org/OAI/arXiv/}", "{http://arxiv.org/OAI/arXivRaw/}"
HEAD = '<record xmlns="http://www.openarchives.org/OAI/2.0/"><header><identifier>oai:arXiv.org:x</identifier></header>'
FORMAT = """<{0} xmlns="http://arxiv.org/OAI/{0}/"><id>2607.21557</id><title>Ties</title>
<categories>cs.LG stat.ML</categories><abstract>We tie.</abstract>{1}</{0}>"""


def one(name, extra, good="", other=""):
    text = f"{HEAD}<metadata>{FORMAT.format(name, extra)}</metadata></record>".replace(good or "\x00", other)
    [record] = arxiv_oai.read(io.BytesIO(text.encode())).rows
    return record


def raw(extra="", good="", other=""):
    return one("arXivRaw", extra, good, other)


def version(number, when="Mon, 20 Jul 2026 10:00:00 GMT", size="12kb", kind="D"):
    inside = f"<date>{when}</date><size>{size}</size><source_type>{kind}</source_type>"
    return f'<version version="v{number}">{inside}</version>'


def content_of(name):
    with (gzip.open if name.endswith(".gz") else open)(RAW / name, "rb") as stream:
        return stream.read()


def shared(paper, space):
    """The fields that both formats share, read from the XML without our readers."""
    doi = words(paper.findtext(f"{space}doi"))
    return {
        "public_id": paper.findtext(f"{space}id"),
        "title": words(paper.findtext(f"{space}title")),
        "abstract": words(paper.findtext(f"{space}abstract")),
        "categories": paper.findtext(f"{space}categories").split(),
        "comment": words(paper.findtext(f"{space}comments")),
        "journal_ref": words(paper.findtext(f"{space}journal-ref")),
        "doi": doi.split(" ")[0],  # some records name two
        "license_url": words(paper.findtext(f"{space}license")),
    }


@needs_samples
@pytest.mark.parametrize("half", ["hep-ex", "hep-th"])
def test_every_field_of_every_real_record_in_the_arxiv_format_is_read(half):
    content = content_of(f"arxiv_oai_arxiv_listrecords_{half}_2017.xml")
    papers = list(ElementTree.fromstring(content).iter(f"{A}arXiv"))
    assert len(papers) == 3
    for record, paper in zip(arxiv_oai.read(io.BytesIO(content)).rows, papers, strict=True):
        expected = shared(paper, A)
        people = paper.iterfind(f"{A}authors/{A}author")
        expected["authors"] = [f"{one.findtext(f'{A}forenames')} {one.findtext(f'{A}keyname')}" for one in people]
        assert {name: getattr(record, name) for name in expected} == expected


@needs_samples
@pytest.mark.parametrize(
    ("name", "count"), [("arxiv_oai_arxivraw_listrecords_2014.xml.gz", 1000), ("arxiv_oai_arxivraw_getrecord.xml", 1)]
)
def test_every_field_and_version_of_every_real_raw_record_is_read(name, count):
    content = content_of(name)
    papers = list(ElementTree.fromstring(content).iter(f"{R}arXivRaw"))
    assert len(papers) == count
    for record, paper in zip(arxiv_oai.read(io.BytesIO(content)).rows, papers, strict=True):
        expected = shared(paper, R)
        expected["versions"] = [
            Version(int(element.get("version")[1:]), parsedate_to_datetime(element.findtext(f"{R}date")))
            for element in paper.iterfind(f"{R}version")
        ]
        expected["published_at"] = expected["versions"][0].at
        assert {name: getattr(record, name) for name in expected} == expected


@needs_samples
def test_plain_author_lines_of_real_records_are_split_in_order():
    content = content_of("arxiv_oai_arxivraw_listrecords_2014.xml.gz")
    lines = {paper.findtext(f"{R}id"): words(paper.findtext(f"{R}authors")) for paper in papers_in(content)}
    plain = {key: line for key, line in lines.items() if not re.search(r"[(\\{:;]|et al|for the|, (Jr|Sr|I)", line)}
    rows = {row.public_id: row.authors for row in arxiv_oai.read(io.BytesIO(content)).rows}
    assert len(plain) > 750
    for key, line in plain.items():
        assert rows[key] == [name.strip() for name in re.split(r",? and |,", line) if name.strip()]


def papers_in(content):
    return ElementTree.fromstring(content).iter(f"{R}arXivRaw")


# Worked by hand from the author lines of the real page.
BY_HAND = {
    "0801.3898": ["A. Frasca", "Zs. Kovari", "K.G. Strassmeier", "K. Biazzo"],
    "0801.4375": ["CDF Collaboration", "T. Aaltonen"],
    "0801.4473": ["P. Jovanović", "A. F. Zakharov", "L. Č. Popović", "T. Petrović"],
    "0801.4197": ["Richard Easther", "John T. Giblin Jr", "Eugene A. Lim", "Wan-Il Park", "Ewan D. Stewart"],
    "0801.4628": ["Jesús A. Álvarez López", "Yuri A. Kordyukov"],
    "0801.3938": ["D.A. Fogaça", "L.G. Ferreira Filho", "F.S. Navarra"],
}


@needs_samples
def test_difficult_author_lines_of_real_records_are_split():
    content = content_of("arxiv_oai_arxivraw_listrecords_2014.xml.gz")
    rows = {row.public_id: row.authors for row in arxiv_oai.read(io.BytesIO(content)).rows}
    assert {key: rows[key] for key in BY_HAND} == BY_HAND


@needs_samples
def test_exactly_the_withdrawn_papers_among_the_real_records_are_marked():
    content = content_of("arxiv_oai_arxivraw_listrecords_2014.xml.gz")
    rows = {row.public_id for row in arxiv_oai.read(io.BytesIO(content)).rows if row.withdrawn}
    assert rows == {"0801.4122", "0801.4138", "0801.4243", "0801.4311", "0801.4644"}


def test_the_day_follows_from_the_first_version():
    record = raw(version(2, "Thu, 23 Jul 2026 10:00:00 GMT") + version(1))
    assert record.day == date(2026, 7, 21)  # Monday 06:00 in New York is in time for Monday evening
    assert [item.number for item in record.versions] == [1, 2]
    assert record.published_at == datetime(2026, 7, 20, 10, tzinfo=UTC)


def test_a_record_without_versions_has_no_day():
    assert (raw().day, raw().published_at, raw().versions) == (None, None, [])


@pytest.mark.parametrize("last", [version(2, size="0kb"), version(2, size="0 kb"), version(2, kind="I")])
def test_a_newest_version_without_files_is_a_withdrawal(last):
    assert raw(version(1) + last).withdrawn
    assert not raw(version(1) + last + version(3)).withdrawn


def test_a_date_alone_is_enough_for_the_day():
    record = one("arXiv", "<created>2026-07-20</created>")
    assert (record.day, record.published_at) == (date(2026, 7, 21), None)


def test_authors_without_forenames_keep_their_place():
    people = (
        "<authors><author><keyname>Lovelace</keyname><forenames>Ada</forenames></author>"
        "<author><keyname>Atlas Collaboration</keyname></author>"
        "<author><keyname>Roe</keyname><forenames>R.</forenames><suffix>Jr</suffix></author></authors>"
    )
    assert one("arXiv", people).authors == ["Ada Lovelace", "Atlas Collaboration", "R. Roe Jr"]


@pytest.mark.parametrize(
    ("extra", "mentioned"),
    [
        (version(1, "some day"), "version date: 'some day'"),
        (version(1, "Mon, 20 Jul 0000 10:00:00 GMT"), "0000"),
        (version(1, "Mon, 20 Jul 9999 10:00:00 GMT"), "9999"),
    ],
)
def test_a_time_out_of_range_is_rejected_by_name(extra, mentioned):
    assert isinstance(raw(extra), Rejected)
    assert mentioned in raw(extra).reason
