"""The reader that a file's name selects, and files that are not what their names say."""

import gzip

import pytest

from feeds.sources.formats.open import is_list_of_ids, open_ids, open_papers
from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import BrokenStream, Rejected, WrongFile

from .samples import RAW as RAW_SAMPLES
from .samples import needs_samples, until_it_breaks

LINE = b'{"title": "Ties"}\n'
PAGE = b"by AK and the research community\n\nTies\n\n" + b"We tie knots. " * 20
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def file(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


API = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2607.21557v1</id><title>Ties</title></entry></feed>'
ATOM = API.replace(b"http://arxiv.org/abs/", b"oai:arXiv.org:")
RSS = b"<rss><channel><item><guid>oai:arXiv.org:2607.21557v1</guid><title>Ties</title></item></channel></rss>"
RAW = b'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2607.21557</id><title>Ties</title></arXivRaw>'
OAI = b"<record><metadata>" + RAW + b"</metadata></record>"
HUGGING = b'{"id": "2607.21557", "title": "Ties"}'
HTML = b'<article><a href="/papers/2607.21557">Ties</a></article>'
BIBTEX = b"@misc{a, title={Ties}}"
RIS = b"TY  - JOUR\nTI  - Ties\nER  - \n"

KINDS = [
    ("a.jsonl", LINE, "arxiv"),
    ("a.b.jsonl", LINE, "arxiv"),
    ("lines.json", LINE * 2, "arxiv"),
    ("a.txt", PAGE, "saved_page"),
    ("query.xml", API, "arxiv_api"),
    ("query.atom", API, "arxiv_api"),
    ("feed.xml", ATOM, "arxiv_feed"),
    ("feed.rss", RSS, "arxiv_feed"),
    ("oai.xml", OAI, "arxiv_oai"),
    ("one.json", HUGGING, "huggingface"),
    ("day.json", b"[" + HUGGING + b"]", "huggingface"),
    ("page.html", HTML, "saved_page"),
    ("page.htm", HTML, "saved_page"),
    ("a.bib", BIBTEX, "bibtex"),
    ("a.bibtex", BIBTEX, "bibtex"),
    ("a.ris", RIS, "ris"),
]


@pytest.mark.parametrize(("name", "content", "source"), KINDS, ids=[name for name, _, _ in KINDS])
@pytest.mark.parametrize("compressed", [False, True])
def test_each_ending_has_its_reader_compressed_or_not(tmp_path, name, content, source, compressed):
    name, content = (f"{name}.gz", gzip.compress(content, mtime=0)) if compressed else (name, content)
    record = next(iter(open_papers(file(tmp_path, name, content))))
    assert (record.title, record.source) == ("Ties", source)


SAMPLES = [
    ("arxiv_atom_api_2025-10.xml", 2),
    ("arxiv_atom_api_2026-05.xml", 25),
    ("arxiv_daily_atom_feed_2025-08-20.xml", 7),
    ("arxiv_daily_rss2_feed_2026-09.xml", 4),
    ("arxiv_oai_arxiv_listrecords_hep-ex_2017.xml", 3),
    ("arxiv_oai_arxiv_listrecords_hep-th_2017.xml", 3),
    ("arxiv_oai_arxivraw_getrecord.xml", 1),
    ("arxiv_oai_arxivraw_listrecords_2014.xml.gz", 1000),
    ("hf_daily_papers_2024-05-27.json", 13),
    ("hf_daily_papers_2025-03-17.json", 12),
    ("hf_daily_papers_2026-05-13.json", 50),
]


@needs_samples
@pytest.mark.parametrize(("name", "count"), SAMPLES)
def test_every_real_sample_is_opened_with_its_reader(name, count):
    assert [type(row) for row in open_papers(RAW_SAMPLES / name)] == [PaperRecord] * count


@needs_samples
def test_the_truncated_sample_yields_its_entries_and_one_error():
    rows, error = until_it_breaks(open_papers(RAW_SAMPLES / "arxiv_daily_atom_feed_2025-08-20_truncated.xml"))
    assert [type(row) for row in rows] == [PaperRecord] * 86
    assert error is not None


@needs_samples
def test_the_sample_in_a_format_without_categories_is_refused():
    with pytest.raises(WrongFile, match="oai_dc"):
        list(open_papers(RAW_SAMPLES / "arxiv_oai_dc_record.xml"))


LIST = b"# to read\n\narXiv:2607.21557v2, https://arxiv.org/abs/hep-th/9901001\n"


@pytest.mark.parametrize(("name", "content"), [("ids.txt", LIST), ("ids.txt.gz", gzip.compress(LIST, mtime=0))])
def test_a_list_of_ids_is_recognized_by_its_first_word(tmp_path, name, content):
    path = file(tmp_path, name, content)
    assert is_list_of_ids(path)
    assert list(open_ids(path)) == ["2607.21557", "hep-th/9901001"]
    with pytest.raises(WrongFile, match="have to be fetched"):
        open_papers(path)


@pytest.mark.parametrize(
    ("name", "content"), [("page.txt", PAGE), ("a.jsonl", LIST), ("empty.txt", b""), ("a.bib", BIBTEX)]
)
def test_other_files_are_not_lists_of_ids(tmp_path, name, content):
    assert not is_list_of_ids(file(tmp_path, name, content))


WRONG = [
    ("picture.jsonl", PNG),
    ("picture.txt", PNG),
    ("picture.jsonl.gz", PNG),
    ("plain.jsonl.gz", LINE),
    ("zipped.jsonl", gzip.compress(LINE)),
    ("zipped.txt", gzip.compress(PAGE)),
    ("page.txt", b"<!doctype html><title>Daily Papers</title>"),
    ("lines.txt", LINE),
    ("page.jsonl", PAGE),
    ("page.jsonl.gz", gzip.compress(PAGE)),
    ("wide.jsonl", LINE.decode().encode("utf-16")),
    ("nulls.jsonl", b"\x00" * 100),
    ("empty.jsonl", b""),
    ("empty.jsonl.gz", b""),
    ("emptied.jsonl.gz", gzip.compress(b"")),
    ("empty.txt", b""),
    ("table.csv", b"title\nTies"),
    ("nothing", LINE),
    ("a.gz", gzip.compress(LINE)),
    ("a.JSONL", LINE),
    ("page.xml", b"<!doctype html><title>Busy</title>"),
    ("page.json", b"<!doctype html><title>Busy</title>"),
    ("feed.html", RSS),
    ("lines.bib", LINE),
    ("lines.ris", LINE),
    ("empty.xml", b""),
    ("empty.xml.gz", gzip.compress(b"")),
    ("picture.html", PNG),
]


@pytest.mark.parametrize(("name", "content"), WRONG, ids=[name for name, _ in WRONG])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name, content):
    with pytest.raises(WrongFile):
        list(open_papers(file(tmp_path, name, content)))


def test_compressed_data_that_ends_early_yields_everything_before(tmp_path):
    lines = b"".join(b'{"title": "%d %d"}\n' % (n, n * 7919 % 10_007) for n in range(5000))
    path = file(tmp_path, "a.jsonl.gz", gzip.compress(lines)[:-2000])
    before: list[object] = []
    with pytest.raises(BrokenStream, match=r"a\.jsonl\.gz"):
        before.extend(open_papers(path))
    assert 1000 < len(before) < 5000


def test_compressed_data_with_a_wrong_checksum_is_reported(tmp_path):
    content = bytearray(gzip.compress(LINE))
    content[-8] ^= 0xFF
    with pytest.raises(BrokenStream):
        list(open_papers(file(tmp_path, "a.jsonl.gz", bytes(content))))


def test_compressed_xml_that_ends_early_yields_everything_before(tmp_path):
    entries = b"".join(
        b"<entry><id>http://arxiv.org/abs/2607.%05dv1</id><title>%d</title></entry>" % (n, n * 7919 % 10_007)
        for n in range(5000)
    )
    content = b'<feed xmlns="http://www.w3.org/2005/Atom">' + entries + b"</feed>"
    rows, error = until_it_breaks(open_papers(file(tmp_path, "a.xml.gz", gzip.compress(content)[:-2000])))
    assert 1000 < len(rows) < 5000
    assert "a.xml.gz: the compressed data ends or breaks here" in str(error)


def test_compressed_xml_without_its_checksum_is_read_to_the_last_entry(tmp_path):
    """The data are cut in their last eight bytes, checksum and length, so no entry is lost."""
    path = file(tmp_path, "a.xml.gz", gzip.compress(API)[:-8])
    rows, error = until_it_breaks(open_papers(path))
    assert [row.title for row in rows] == ["Ties"]
    assert error is not None


def test_a_line_that_is_not_utf8_is_rejected_and_the_rest_is_read(tmp_path):
    first, second, third = open_papers(file(tmp_path, "a.jsonl", LINE + b'{"title": "\xff\xfe"}\n' + LINE))
    assert isinstance(first, PaperRecord)
    assert (type(second), second.line) == (Rejected, 2)
    assert isinstance(third, PaperRecord)


def test_the_position_is_reported_in_bytes(tmp_path):
    positions = []
    list(open_papers(file(tmp_path, "a.jsonl", LINE * 3), positions.append))
    assert positions == [len(LINE), 2 * len(LINE), 3 * len(LINE)]


def test_a_folder_or_a_missing_file_raises_an_os_error(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("folder.jsonl", "missing.jsonl"):
        with pytest.raises(OSError, match=name):
            list(open_papers(tmp_path / name))
