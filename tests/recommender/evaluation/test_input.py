"""A folder as arrays: corrections are counted, errors are reported with their line."""

import numpy as np
import pytest

from recommender.evaluation.input import part_of, read_evaluation_data
from recommender.textfiles import WrongFile

from .folder import write

PAPERS = [{"id": "p", "title": "black holes"}, {"id": "q", "title": "protein folding"}]
TIMED = "reader\tpaper\tvalue\ttime"


def votes_of(data):
    return {
        (int(reader), int(paper)): float(value)
        for reader, paper, value in zip(data.votes.readers, data.votes.papers, data.votes.values, strict=True)
    }


def test_a_repeated_vote_counts_once_and_is_counted(tmp_path):
    data = read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1", "r\tp\t1", "r\tp\t1"]))
    assert votes_of(data) == {(0, 0): 1}
    assert data.notes == ["2 votes repeat an earlier one and count once"]


def test_of_contradicting_votes_the_last_line_counts(tmp_path):
    data = read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1", "r\tq\t1", "r\tp\t-1"]))
    assert votes_of(data) == {(0, 0): -1, (0, 1): 1}
    assert data.notes == ["1 votes contradict another of the same reader and paper; the last one counts"]


def test_of_contradicting_votes_with_times_the_latest_counts(tmp_path):
    data = read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1\t2026-02-01", "r\tp\t-1\t2026-01-01"], TIMED))
    assert votes_of(data) == {(0, 0): 1}


def test_times_that_go_back_and_forth_stay_with_their_votes(tmp_path):
    data = read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1\t86400", "r\tq\t-1\t0"], TIMED))
    times = dict(zip(data.votes.papers.tolist(), data.times.tolist(), strict=True))
    assert times == {0: 86400, 1: 0}


def test_a_file_without_times_has_none(tmp_path):
    assert read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1"])).times is None


def test_a_paper_is_dated_by_its_day_or_the_beginning_of_its_year(tmp_path):
    """1 January of the year 1 is day 1; the year 2 begins on day 366."""
    papers = [PAPERS[0] | {"day": "0001-01-03"}, PAPERS[1] | {"year": 2}, {"id": "s"}]
    data = read_evaluation_data(write(tmp_path, papers, []))
    assert (data.days.tolist(), data.undated) == ([3, 366, 0], 2)


def test_papers_without_a_word_are_counted(tmp_path):
    data = read_evaluation_data(write(tmp_path, [*PAPERS, {"id": "s", "title": "", "abstract": "the of"}], []))
    assert data.notes == ["1 papers have no words; they cannot be ranked by content"]


def test_a_field_can_be_left_out(tmp_path):
    data = read_evaluation_data(write(tmp_path, [PAPERS[0] | {"tags": ["x"]}], []), without=["tags"])
    assert (data.papers[0].tags, data.papers[0].title) == ((), "black holes")


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        (["r\tp\t1", "r\tz\t1"], r"votes\.tsv, line 3: paper 'z' is not in papers\.jsonl"),
        (["r\tp\t0"], r"votes\.tsv, line 2: value: a vote is 1 or -1, got '0'; leave the line out"),
        (["r\tp\tnan"], r"votes\.tsv, line 2: value: a vote is 1 or -1, got 'nan'"),
        (["r\tp\t5"], r"votes\.tsv, line 2: value: a vote is 1 or -1, got '5'"),
    ],
)
def test_a_wrong_vote_is_named_with_its_line(tmp_path, votes, reason):
    with pytest.raises(WrongFile, match=reason):
        read_evaluation_data(write(tmp_path, PAPERS, votes))


def test_a_wrong_paper_is_named_with_its_line(tmp_path):
    with pytest.raises(WrongFile, match=r"papers\.jsonl, line 2: year"):
        read_evaluation_data(write(tmp_path, [PAPERS[0], PAPERS[1] | {"year": "old"}], []))


def test_two_papers_of_one_id_are_refused(tmp_path):
    with pytest.raises(WrongFile, match="the id 'p' occurs 2 times"):
        read_evaluation_data(write(tmp_path, [PAPERS[0], PAPERS[0]], []))


def test_papers_without_any_word_are_refused_and_the_left_out_field_is_named(tmp_path):
    with pytest.raises(WrongFile, match=r"no paper has a word to learn from \(without title\)"):
        read_evaluation_data(write(tmp_path, PAPERS, ["r\tp\t1"]), without=["title"])


def test_no_papers_at_all_are_refused(tmp_path):
    with pytest.raises(WrongFile, match="no paper has a word"):
        read_evaluation_data(write(tmp_path, [], []))


def test_no_votes_at_all_are_an_empty_table(tmp_path):
    data = read_evaluation_data(write(tmp_path, PAPERS, []))
    assert (len(data.votes), data.votes.n_readers, data.votes.matrix.shape) == (0, 0, (0, 2))
    assert np.array_equal(data.votes.values, [])


def test_readers_have_their_ids_and_about_half_of_all_ids_are_in_each_part(tmp_path):
    """Of 1,000 ids 500 +- 16 are expected."""
    data = read_evaluation_data(write(tmp_path, PAPERS, ["s\tp\t1", "r\tp\t1", "s\tq\t1"]))
    assert data.reader_ids == ["s", "r"]
    parts = [part_of(str(number)) for number in range(1000)]
    assert 420 < parts.count("tuning") < 580
    assert parts == [part_of(str(number)) for number in range(1000)]


def by_authors(tmp_path, *authors, without=()):
    """One reader who likes a paper of each list of authors."""
    papers = [{"id": str(row), "title": "black holes", "authors": names} for row, names in enumerate(authors)]
    votes = [f"r\t{row}\t1" for row in range(len(papers))]
    return read_evaluation_data(write(tmp_path, papers, votes), without).notes


def test_readers_whose_papers_share_authors_are_taken_for_the_authors(tmp_path):
    """Two of the three pairs share a name: 67 %."""
    (note,) = by_authors(tmp_path, ["Ada", "Bob"], ["ADA", "Eve"], ["Eve"])
    assert note.startswith("67% of the pairs of papers that one reader voted up share an author")
    assert note.endswith("not like readers; measure also --without authors")


def test_it_says_so_without_authors_too_as_the_papers_stay_their_own(tmp_path):
    (note,) = by_authors(tmp_path, ["Ada"], ["Ada"], without=["authors"])
    assert note.endswith("not like readers")


@pytest.mark.parametrize("authors", [(["Ada"], ["Ada"], ["Eve"]), ([], []), (["Ada"],)])
def test_one_pair_of_three_no_authors_and_no_pair_are_ordinary(tmp_path, authors):
    assert by_authors(tmp_path, *authors) == []
