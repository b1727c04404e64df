"""Data set folders imported into the database."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from recommender.datasets.folder import read_papers, read_votes
from recommender.datasets.load import Counts, DatasetImport, import_dataset
from recommender.models import Paper, Vote, VoteEvent
from recommender.textfiles import Rejected

DAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "set", [{"id": "p1", "title": "One"}, {"id": "p2", "title": "Two"}], ["r1\tp1\t1"])


def write(folder, papers, votes, header="reader\tpaper\tvalue"):
    folder.mkdir(exist_ok=True)
    (folder / "papers.jsonl").write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    (folder / "votes.tsv").write_text("\n".join([header, *votes]) + "\n")
    return folder


def put_in(folder):
    counts = Counts()
    for _ in import_dataset(DatasetImport(folder, DAY, NOW), counts):
        pass
    return counts


def test_papers_readers_and_votes_are_imported(db, folder):
    counts = put_in(folder)
    assert (counts.papers_new, counts.readers_new, counts.votes_new, counts.rejected) == (2, 1, 1, [])
    vote = Vote.objects.get()
    assert (vote.paper.title, vote.value, vote.voted_at, vote.paper.day) == ("One", 1, NOW, DAY)
    assert VoteEvent.objects.count() == 1


def test_readers_of_a_data_set_are_simulated_and_cannot_sign_in(db, folder):
    put_in(folder)
    reader = User.objects.get()
    assert reader.is_simulated
    assert not reader.has_usable_password()
    assert reader.email.endswith("@dataset.invalid")


@pytest.mark.parametrize("bow", [{"tie": 10**12}, {"tie": 900_000, "knot": 900_000}, {"\ud800": 1}])
def test_words_that_no_paper_has_reject_their_line_and_the_rest_goes_in(db, tmp_path, bow):
    counts = put_in(
        write(tmp_path / "set", [{"id": "p1", "bow": bow}, {"id": "p2", "bow": {"a\x00b": 2}}], ["r1\tp2\t1"])
    )
    assert [row.line for row in counts.rejected] == [1]
    assert counts.rejected[0].reason.startswith("bow: ")
    assert Paper.objects.get().abstract == "ab ab"


def test_the_same_folder_again_adds_nothing(db, folder):
    put_in(folder)
    counts = put_in(folder)
    assert (counts.papers, counts.papers_new, counts.readers_new, counts.votes, counts.votes_new) == (2, 0, 0, 1, 0)
    assert (Paper.objects.count(), User.objects.count(), Vote.objects.count()) == (2, 1, 1)


def test_votes_added_later_are_imported_too(db, folder):
    put_in(folder)
    write(folder, [{"id": "p1", "title": "One"}, {"id": "p2", "title": "Two"}], ["r1\tp1\t1", "r1\tp2\t-1"])
    assert put_in(folder).votes_new == 1
    assert set(Vote.objects.values_list("paper__title", "value")) == {("One", 1), ("Two", -1)}


def test_names_that_differ_in_case_or_punctuation_are_different(db, tmp_path):
    papers = [{"id": name, "title": "T"} for name in ("a.1", "a1", "A1")]
    counts = put_in(write(tmp_path / "set", papers, ["u-1\ta.1\t1", "u1\ta1\t1", "U1\tA1\t-1"]))
    assert (counts.papers_new, counts.readers_new, counts.votes_new) == (3, 3, 3)


def test_two_data_sets_share_neither_papers_nor_readers(db, tmp_path, folder):
    put_in(folder)
    counts = put_in(write(tmp_path / "other", [{"id": "p1", "title": "One"}], ["r1\tp1\t1"]))
    assert (counts.papers_new, counts.readers_new) == (1, 1)


def test_an_arxiv_id_with_a_slash_is_kept_as_the_id_of_the_paper(db, tmp_path):
    put_in(write(tmp_path / "set", [{"id": "hep-th/9901001v2", "title": "T"}], ["r\thep-th/9901001v2\t1"]))
    assert Vote.objects.get().paper.public_id == "hep-th/9901001"


def test_two_versions_of_a_paper_are_one_paper_with_one_vote(db, tmp_path):
    papers = [{"id": f"2611.00001v{n}", "title": "T"} for n in (1, 2)]
    put_in(write(tmp_path / "set", papers, [f"r\t2611.00001v{n}\t1" for n in (1, 2)]))
    assert (Paper.objects.count(), Vote.objects.count()) == (1, 1)


def test_a_second_vote_on_a_paper_is_rejected_with_its_line(db, tmp_path):
    counts = put_in(write(tmp_path / "set", [{"id": "p", "title": "T"}], ["r\tp\t1", "r\tp\t-1"]))
    assert counts.rejected == [Rejected(3, "reader r already has a vote on paper p")]
    assert Vote.objects.get().value == 1


def test_a_vote_on_an_unknown_paper_is_rejected_with_its_line(db, tmp_path):
    counts = put_in(write(tmp_path / "set", [{"id": "p", "title": "T"}], ["r\tq\t1", "r\tp\t1"]))
    assert counts.rejected == [Rejected(2, "paper 'q' is not in the data set")]
    assert counts.votes_new == 1


def test_votes_keep_their_times_and_papers_their_days(db, tmp_path):
    papers = [{"id": "p", "title": "T", "day": "2026-01-05"}]
    put_in(write(tmp_path / "set", papers, ["r\tp\t1\t2026-01-06T07:00:00Z"], "reader\tpaper\tvalue\ttime"))
    vote = Vote.objects.get()
    assert (vote.paper.day, vote.voted_at) == (date(2026, 1, 5), datetime(2026, 1, 6, 7, tzinfo=UTC))


def test_a_bag_of_words_becomes_a_title_of_its_commonest_words(db, tmp_path):
    put_in(write(tmp_path / "set", [{"id": "p", "bow": {"rare": 1, "common": 3}}], []))
    paper = Paper.objects.get()
    assert (paper.title, paper.abstract) == ("common rare", "common common common rare")


def test_a_paper_without_any_text_is_called_by_its_name(db, tmp_path):
    put_in(write(tmp_path / "set", [{"id": 31}], []))
    assert Paper.objects.get().title == "set 31"


def test_the_command_prints_the_counts_and_every_rejection(db, folder, capsys):
    call_command("import_dataset", folder)
    assert "2 papers (2 new), 1 new readers, 1 votes (1 new), 0 lines rejected" in capsys.readouterr().out
    write(folder, [{"id": "p1", "title": "One"}], ["r1\tp1\t7"])
    with pytest.raises(CommandError, match="1 lines were rejected"):
        call_command("import_dataset", folder)
    assert "line 2: value" in capsys.readouterr().err


def test_the_command_says_what_a_data_set_is(db, tmp_path):
    with pytest.raises(CommandError, match="a data set is a folder with both of its files"):
        call_command("import_dataset", tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real data sets are not at {SHARED}")
@pytest.mark.parametrize("name", ["citeulike-a", "citeulike-t"])
def test_every_line_of_the_real_data_sets_is_good_at_their_beginning(name):
    papers = [row for row, _ in zip(read_papers(SHARED / name), range(2000), strict=False)]
    votes = [row for row, _ in zip(read_votes(SHARED / name), range(5000), strict=False)]
    assert (len(papers), len(votes)) == (2000, 5000)
    assert not [row for row in (*papers, *votes) if isinstance(row, Rejected)]
