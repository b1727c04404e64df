"""Dumps of the database: complete, without names, and readable as data sets."""

import gzip
import json
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from recommender.datasets.dump import NotEmpty, dump_dataset
from recommender.datasets.folder import read_papers, read_votes
from recommender.datasets.load import Counts, DatasetImport, import_dataset
from recommender.evaluation.by_time import by_time
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, NotMeasurable
from recommender.models import Paper, Vote
from recommender.votes import record
from tests.recommender.planted import a_paper

AT = datetime(2026, 11, 3, 8, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def voted(ada, bob):
    """Two papers, one without an arXiv id; three votes."""
    rich = {"abstract": "Tab\there", "authors": ["Ada \U0001d54f"], "categories": ["cs.AI"], "tags": ["a b"]}
    one, two = a_paper("hep-th/9901001", "Über x", date(2026, 11, 2), **rich), a_paper("pb.aaaaaaaaaaaa", "Two")
    votes = [(ada, one, 1), (ada, two, -1), (bob, one, 1)]
    record([Vote(reader=reader, paper=paper, value=value, voted_at=AT) for reader, paper, value in votes])
    return ada, bob, one, two


def votes_in_the_tables():
    """Who agrees with whom, whatever the readers are called."""
    by_reader = {}
    for vote in Vote.objects.select_related("paper"):
        by_reader.setdefault(vote.reader_id, set()).add((vote.paper.public_id, vote.value, vote.voted_at))
    return sorted(map(sorted, by_reader.values()))


def test_papers_keep_all_their_fields(voted, tmp_path):
    dump_dataset(tmp_path / "dump")
    first, second = read_papers(tmp_path / "dump")
    assert (first.id, first.text.title, first.day) == ("hep-th/9901001", "Über x", date(2026, 11, 2))
    assert (first.text.abstract, first.text.authors) == ("Tab here", ("Ada \U0001d54f",))
    assert (first.text.categories, first.text.tags, second.id) == (("cs.AI",), ("a b",), "pb.aaaaaaaaaaaa")


def test_votes_keep_value_and_time_and_readers_become_running_numbers(voted, tmp_path):
    dump_dataset(tmp_path / "dump")
    votes = list(read_votes(tmp_path / "dump"))
    assert {vote.reader for vote in votes} == {"1", "2"}
    assert {(vote.paper, vote.value, vote.at) for vote in votes} == {
        ("hep-th/9901001", 1, AT), ("pb.aaaaaaaaaaaa", -1, AT),
    }  # fmt: skip


def test_no_reader_is_named(voted, tmp_path):
    dump_dataset(tmp_path / "dump")
    for file in (tmp_path / "dump").iterdir():
        text = gzip.decompress(file.read_bytes()).decode()
        assert "example.org" not in text
        assert "Bob" not in text


def test_another_dump_has_other_numbers(db, tmp_path):
    """Twelve readers keep their numbers by chance once in 12! dumps."""
    readers = User.objects.bulk_create(User(email=f"r{number}@example.org") for number in range(12))
    papers = [a_paper(f"2611.{number:05d}") for number in range(12)]
    record([Vote(reader=reader, paper=paper, value=1) for reader, paper in zip(readers, papers, strict=True)])
    for name in "ab":
        dump_dataset(tmp_path / name)
    first, second = ({vote.paper: vote.reader for vote in read_votes(tmp_path / name)} for name in "ab")
    assert first != second


def test_importing_a_dump_gives_the_same_papers_and_votes(voted, tmp_path):
    dump_dataset(tmp_path / "dump")
    papers, votes = set(Paper.objects.values_list("public_id", "title", "day")), votes_in_the_tables()
    Vote.objects.all().delete()
    Paper.objects.all().delete()
    for _ in import_dataset(DatasetImport(tmp_path / "dump", date(2000, 1, 1), AT), counts := Counts()):
        pass
    assert counts.rejected == []
    assert set(Paper.objects.values_list("public_id", "title", "day")) == papers
    assert votes_in_the_tables() == votes


def test_evaluating_reads_a_dump(town, tmp_path):
    dumped = dump_dataset(tmp_path / "dump")
    data = read_evaluation_data(tmp_path / "dump")
    assert (dumped.papers, dumped.votes) == (len(data.papers), len(data.votes))
    assert (dumped.readers, data.undated, data.notes) == (data.votes.n_readers, 0, [])
    with pytest.raises(NotMeasurable, match="no later votes"):  # every vote of the town is older than its papers
        by_time(data, EvaluationPlan(("all",), 5, seed=1), date(2026, 11, 3))


def test_an_empty_database_gives_an_empty_data_set(db, tmp_path):
    assert str(dump_dataset(tmp_path / "dump")) == "0 papers, 0 readers, 0 votes"
    assert list(read_votes(tmp_path / "dump")) == []


def test_an_empty_folder_is_filled_and_any_other_refused(voted, tmp_path):
    folder = tmp_path / "dump"
    folder.mkdir()
    dump_dataset(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(NotEmpty, match="is not an empty folder"):
        dump_dataset(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_dump_that_breaks_off_leaves_nothing(voted, tmp_path):
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        dump_dataset(tmp_path / "dump", stop)
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_counts_and_refuses_a_folder_in_use(voted, tmp_path, capsys):
    call_command("dump_dataset", tmp_path / "dump")
    assert "2 papers, 2 readers, 3 votes" in capsys.readouterr().out
    with pytest.raises(CommandError, match="name a new one"):
        call_command("dump_dataset", tmp_path / "dump")


def test_a_line_of_a_dump_is_plain_json(voted, tmp_path):
    dump_dataset(tmp_path / "dump")
    lines = gzip.decompress((tmp_path / "dump" / "papers.jsonl.gz").read_bytes()).decode().splitlines()
    assert set(json.loads(lines[0])) == {"id", "title", "abstract", "authors", "categories", "tags", "day"}
