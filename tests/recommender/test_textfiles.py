"""Lines of files, good and broken."""

import gzip
from collections import deque

import pytest

from recommender import textfiles
from recommender.textfiles import BrokenStream, WrongFile, is_text, lines_of, one_line


def file(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def test_plain_and_compressed_files_give_the_same_lines(tmp_path):
    plain = file(tmp_path, "a.txt", "één\ntwo".encode())
    packed = file(tmp_path, "a.txt.gz", gzip.compress("één\ntwo".encode()))
    assert list(lines_of(plain)) == list(lines_of(packed)) == ["één\n", "two"]


def test_an_empty_file_has_no_lines(tmp_path):
    assert list(lines_of(file(tmp_path, "a.txt", b""))) == []


@pytest.mark.parametrize(
    ("name", "content"), [("a.gz", b"plain"), ("a.txt", gzip.compress(b"x", mtime=0)), ("a.gz", b"")]
)
def test_a_name_that_lies_about_compression_is_refused(tmp_path, name, content):
    with pytest.raises(WrongFile, match="first bytes say otherwise"):
        list(lines_of(file(tmp_path, name, content)))


def test_a_file_that_is_not_text_is_refused(tmp_path):
    with pytest.raises(WrongFile, match="null bytes"):
        list(lines_of(file(tmp_path, "a.txt", b"\x00\x01\n")))


@pytest.mark.parametrize("damage", [lambda whole: whole[: len(whole) // 2], lambda whole: whole[:-8] + b"\0" * 8])
def test_a_compressed_file_that_breaks_off_gives_what_came_before(tmp_path, damage):
    lines = [f"line {number} {number * 7919}\n" for number in range(5000)]
    path = file(tmp_path, "a.gz", damage(gzip.compress("".join(lines).encode())))
    read = []
    with pytest.raises(BrokenStream, match="ends or breaks here"):
        deque(map(read.append, lines_of(path)))
    assert len(read) > 100
    assert read == lines[: len(read)]


def test_the_position_is_reported_up_to_the_end_of_the_file(tmp_path):
    positions = []
    list(lines_of(file(tmp_path, "a.txt", b"one\ntwo\n"), positions.append))
    assert positions[-1] == 8
    assert positions == sorted(positions)


def test_bytes_that_are_not_utf_8_can_be_told_from_text(tmp_path):
    good, bad = lines_of(file(tmp_path, "a.txt", "é\n".encode() + b"\xff\n"))
    assert is_text(good)
    assert not is_text(bad)


def test_a_line_without_end_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "LONGEST_LINE", 10)
    assert list(lines_of(file(tmp_path, "a.txt", b"x" * 25))) == ["x" * 10, "x" * 10, "x" * 5]


def test_white_space_is_collapsed_and_null_bytes_left_out():
    assert one_line(" a\t b\n\x00c ") == "a b c"


@pytest.mark.parametrize("times", [40, 160, 640])
def test_a_letter_has_only_so_many_accents(times):
    """30 of those in a row remain, since the work to put marks in order grows with the square of a run."""
    marks = "\u0301\u0323" * times
    assert one_line(f"a{marks}b{marks}") == f"a{marks[:30]}b{marks[:30]}"


@pytest.mark.parametrize("text", ["e\u0301te\u0301", "\u0e01\u0e49" * 40, "\u6f22\u5b57" * 40, "\u0301" * 30])
def test_the_accents_of_any_language_remain(text):
    assert one_line(text) == text
