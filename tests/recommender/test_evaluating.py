"""`manage.py evaluate`: an honest split, our system and the peers side by side, reproducible to the digit."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.evaluating import Task, compare, evaluate, new_papers, paperboy
from recommender.textfiles import WrongFile
from tests.peers import SYSTEMS

from .planted import world

COLUMNS = {
    "protocol", "reveal", "system", "readers", "seconds", "ndcg@10", "ndcg@10_low", "ndcg@10_high", "recall@20",
    "recall@100", "mrr",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted world as a data set folder."""
    planted, folder = world(), tmp_path_factory.mktemp("planted")
    papers = [
        {"id": str(row), "title": text.title, "abstract": text.abstract} for row, text in enumerate(planted.texts)
    ]
    (folder / "papers.jsonl").write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    votes = zip(planted.votes.readers, planted.votes.papers, planted.votes.values, strict=True)
    lines = [f"{reader}\t{paper}\t{int(value)}\n" for reader, paper, value in votes]
    (folder / "votes.tsv").write_text("reader\tpaper\tvalue\n" + "".join(lines))
    return folder


@pytest.fixture(scope="module")
def task(folder: Path) -> Task:
    return new_papers(folder, without=[], readers=20, seed=1)


def run(folder: Path, *options: str) -> list[dict]:
    file = folder / "rows.json"
    call_command("evaluate", str(folder), "--readers", "20", "--json", str(file), *options, stdout=StringIO())
    return json.loads(file.read_text())


def test_a_fifth_of_the_papers_is_held_out_and_the_rest_is_learned_from(task: Task) -> None:
    assert (len(task.papers), len(task.candidates)) == (192, 48)
    assert task.votes.n_papers == 192


def test_no_reader_of_a_case_is_in_training(task: Task) -> None:
    trained = set(task.votes.readers.tolist())
    assert task.cases
    assert not trained & {case.reader for case in task.cases}


def test_revealing_shows_only_the_first_votes(task: Task) -> None:
    assert {len(case.revealed) for case in task.told(3)} == {3}
    assert all(
        np.array_equal(told.revealed, case.revealed) for told, case in zip(task.told(None), task.cases, strict=True)
    )


def test_ours_finds_the_readers_circle_among_papers_nobody_voted_on(task: Task) -> None:
    rows = {row.reveal: row for row in evaluate(task, {"paperboy": paperboy}, [5, None], lambda line: None)}
    chance = np.mean([len(case.relevant) / len(task.candidates) for case in task.cases])
    assert rows[5].ndcg.mean > 3 * chance
    assert rows[None].ndcg.low > chance


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_peer_scores_every_candidate_for_every_case(name: str, task: Task) -> None:
    cases = task.told(2)
    scores = np.array(list(SYSTEMS[name](task)(cases)))
    assert scores.shape == (len(cases), len(task.candidates))
    assert np.isfinite(scores).all()


def test_the_rows_have_the_promised_columns_and_every_system(folder: Path) -> None:
    rows = run(folder, "--reveal", "1,all")
    assert all(set(row) == COLUMNS for row in rows)
    assert {(row["system"], row["reveal"]) for row in rows} == {
        (system, reveal) for system in ("paperboy", *SYSTEMS) for reveal in (1, "all")
    }


def test_the_same_seed_gives_the_same_digits(folder: Path) -> None:
    def digits() -> list[dict]:
        rows = run(folder, "--reveal", "1,5", "--systems", "paperboy,lightfm")
        return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]

    assert digits() == digits()


def test_a_field_can_be_left_out(folder: Path) -> None:
    task = new_papers(folder, without=["abstract"], readers=5, seed=1)
    assert all(paper.abstract == "" and paper.title for paper in task.papers)


def test_the_comparison_is_against_the_best_peer(task: Task) -> None:
    systems = {"paperboy": paperboy, "tfidf-centroid": SYSTEMS["tfidf-centroid"]}
    rows = list(evaluate(task, systems, [5], lambda line: None))
    (gain,) = compare(rows, seed=1)
    ours, theirs = rows[0].ndcg.mean, rows[1].ndcg.mean
    assert gain["best_peer"] == "tfidf-centroid"
    assert gain["mean"] == pytest.approx(ours - theirs)
    assert gain["gain_percent"] == pytest.approx(100 * (ours / theirs - 1))


def test_a_vote_on_an_unknown_paper_is_not_measured_by_accident(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_bytes((folder / "papers.jsonl").read_bytes())
    (tmp_path / "votes.tsv").write_text("reader\tpaper\tvalue\n0\t1\t1\n0\t9999\t1\n")
    with pytest.raises(WrongFile, match="line 3: paper '9999'"):
        new_papers(tmp_path, without=[], readers=5, seed=1)


def test_a_repeated_vote_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_bytes((folder / "papers.jsonl").read_bytes())
    (tmp_path / "votes.tsv").write_text("reader\tpaper\tvalue\n0\t1\t1\n0\t1\t1\n")
    with pytest.raises(WrongFile, match="line 3: reader 0 voted on paper 1 before"):
        new_papers(tmp_path, without=[], readers=5, seed=1)


@pytest.mark.parametrize("options", [["--systems", "magic"], ["--reveal", "0"], ["--reveal", "many"]])
def test_a_bad_option_is_refused(folder: Path, options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("evaluate", str(folder), *options)


def test_a_folder_without_a_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"neither papers\.jsonl nor papers\.jsonl\.gz"):
        call_command("evaluate", str(tmp_path))


def test_one_reader_alone_cannot_be_measured_and_it_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_bytes((folder / "papers.jsonl").read_bytes())
    (tmp_path / "votes.tsv").write_text("reader\tpaper\tvalue\n0\t1\t1\n")
    with pytest.raises(CommandError, match="no reader has votes"):
        call_command("evaluate", str(tmp_path))
