"""Which reader a file's name asks for, and files that are not what their names say."""

import gzip

import pytest

from feeds.sources.files import open_papers
from feeds.sources.records import PaperRecord
from recommender.textfiles import BrokenStream, Rejected, WrongFile

LINE = b'{"title": "Ties"}\n'
PAGE = b"by AK and the research community\n\nTies\n\n" + b"We tie knots. " * 20
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def file(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", LINE), ("a.jsonl.gz", gzip.compress(LINE, mtime=0)), ("a.txt", PAGE), ("a.b.jsonl", LINE)],
)
def test_each_ending_has_its_reader(tmp_path, name, content):
    [found] = open_papers(file(tmp_path, name, content))
    assert found.title == "Ties"


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
]


@pytest.mark.parametrize(("name", "content"), WRONG, ids=[name for name, _ in WRONG])
def test_a_file_that_is_not_what_its_name_says_is_refused_whole(tmp_path, name, content):
    with pytest.raises(WrongFile):
        list(open_papers(file(tmp_path, name, content)))


def test_compressed_data_that_ends_early_gives_what_came_before(tmp_path):
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


def test_a_line_that_is_not_utf8_is_rejected_and_the_rest_goes_in(tmp_path):
    first, second, third = open_papers(file(tmp_path, "a.jsonl", LINE + b'{"title": "\xff\xfe"}\n' + LINE))
    assert isinstance(first, PaperRecord)
    assert (type(second), second.line) == (Rejected, 2)
    assert isinstance(third, PaperRecord)


def test_the_position_is_told_in_bytes(tmp_path):
    told = []
    list(open_papers(file(tmp_path, "a.jsonl", LINE * 3), told.append))
    assert told == [len(LINE), 2 * len(LINE), 3 * len(LINE)]


def test_a_folder_or_a_missing_file_is_an_os_error(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("folder.jsonl", "missing.jsonl"):
        with pytest.raises(OSError, match=name):
            list(open_papers(tmp_path / name))
