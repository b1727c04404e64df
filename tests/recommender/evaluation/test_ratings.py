"""The protocol `ratings`: only what a reader has rated is ranked, by what their votes on other papers tell."""

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from recommender.engine.data import PaperText
from recommender.evaluation.comparison import compare
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, NotMeasurable
from recommender.evaluation.ratings import by_ratings
from recommender.evaluation.run import evaluate
from recommender.textfiles import WrongFile
from tests import peers

from .folder import write

REVIEWERS = Path(settings.BASE_DIR).parent / "shared" / "data" / "reviewer_expertise"
PAPERS = [{"id": name, "title": name} for name in ("own", "best", "good", "bad", "elsewhere")]
VOTES = ["ada\town\t1", "ada\tbad\t-1", "bob\town\t1"]
RATINGS = [
    "ada\tgood\t3",
    "ada\tbest\t4.5",
    "ada\tbad\t1",
    "bob\tgood\t2",
    "bob\tbad\t5",
    "eve\tgood\t1",
    "eve\tbad\t2",
]
PLAN = EvaluationPlan(("all",), readers=50, seed=1)


def rated(folder, ratings=RATINGS, votes=VOTES, header="reader\tpaper\trating"):
    write(folder, PAPERS, votes)
    (folder / "ratings.tsv").write_text("".join(line + "\n" for line in (header, *ratings)))
    return folder


def question_of(folder, plan=PLAN):
    benchmark = by_ratings(read_evaluation_data(folder), plan)
    (question,) = benchmark.questions
    return benchmark.task, question


def test_each_reader_with_votes_orders_the_papers_that_they_rated_and_did_not_vote_on(tmp_path):
    """Eve has no votes; Ada's rating of a paper that she voted down is no question."""
    task, question = question_of(rated(tmp_path))
    cases = {}
    for case, grades in zip(question.cases, question.grades, strict=True):
        titles = [task.candidates[position].title for position in case.among]
        revealed = {task.papers[row].title for row in case.revealed}
        best = {task.candidates[position].title for position in case.relevant}
        cases[frozenset(revealed)] = (dict(zip(titles, grades.tolist(), strict=True)), best)
    assert cases == {
        frozenset({"own", "bad"}): ({"good": 3, "best": 4.5}, {"best"}),
        frozenset({"own"}): ({"good": 2, "bad": 5}, {"bad"}),
    }


def test_only_rated_papers_are_ranked_and_all_votes_are_learned_from(tmp_path):
    task, _ = question_of(rated(tmp_path))
    assert {paper.title for paper in task.candidates} == {"best", "good", "bad"}
    assert (len(task.papers), len(task.votes), task.new) == (5, 3, [])


@pytest.mark.parametrize(("sign", "loss"), [(1, 3 / 4.5), (-1, 1.5 / 4.5)])
def test_a_system_is_measured_by_the_share_of_all_weight_that_it_gets_wrong(tmp_path, sign, loss):
    """`good` above `best` costs Ada 1.5 of 1.5, `good` above `bad` costs Bob 3 of 3: 3 or 1.5 of 4.5."""
    order = {"best": 1, "good": 0, "bad": -1}

    def by_title(task):
        scores = np.array([sign * order[paper.title] for paper in task.candidates], dtype=np.float32)
        return lambda cases: [scores for _ in cases]

    (row,) = evaluate(by_ratings(read_evaluation_data(rated(tmp_path)), PLAN), {"by_title": by_title})
    assert row.loss.mean == pytest.approx(loss)
    assert row.as_dict()["loss"] == pytest.approx(loss)


def test_the_best_peer_has_the_lowest_loss_and_differences_are_of_the_losses(tmp_path):
    def scoring(best):
        return lambda task: lambda cases: [[float(p.title == best) for p in task.candidates] for _ in cases]

    systems = {"paperboy": scoring("none"), "low": scoring("best"), "high": scoring("good")}
    rows = list(evaluate(by_ratings(read_evaluation_data(rated(tmp_path)), PLAN), array_of(systems)))
    losses = {row.system: row.loss.mean for row in rows}
    assert losses == pytest.approx({"paperboy": 0.5, "low": 1.5 / 4.5, "high": 1.0})
    gains = {gain.peer: gain for gain in compare(rows, 1)}
    assert gains["low"].is_best
    assert gains["low"].difference.mean == pytest.approx(losses["paperboy"] - losses["low"])


def array_of(systems):
    """The systems with arrays for scores."""

    def convert(system):
        return lambda task: lambda cases: [np.array(row, dtype=np.float32) for row in system(task)(cases)]

    return {name: convert(system) for name, system in systems.items()}


def test_a_part_measures_its_readers_alone(tmp_path):
    votes = [f"{reader}\town\t1" for reader in range(40)]
    ratings = [f"{reader}\t{paper}" for reader in range(40) for paper in ("good\t1", "bad\t2")]
    folder = rated(tmp_path, ratings, votes)
    readers = {
        part: {case.reader for case in question_of(folder, EvaluationPlan(("all",), 50, 1, part))[1].cases}
        for part in ("tuning", "final")
    }
    assert readers["tuning"] | readers["final"] == set(range(40))
    assert not readers["tuning"] & readers["final"]


def test_a_folder_without_ratings_is_refused(tmp_path):
    with pytest.raises(NotMeasurable, match=r"the folder has no ratings; add ratings\.tsv"):
        by_ratings(read_evaluation_data(write(tmp_path, PAPERS, VOTES)), PLAN)


def test_numbers_of_votes_cannot_be_revealed(tmp_path):
    with pytest.raises(NotMeasurable, match="it reveals all votes of a reader, not 5"):
        by_ratings(read_evaluation_data(rated(tmp_path)), EvaluationPlan((5,), 5, seed=1))


def test_ratings_that_are_all_the_same_have_no_order(tmp_path):
    with pytest.raises(NotMeasurable, match="no reader has"):
        by_ratings(read_evaluation_data(rated(tmp_path, ["ada\tgood\t3", "ada\tbest\t3"])), PLAN)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (["ada\tgood\t3", "ada\tgood\t4"], "line 3: reader 'ada' has rated paper 'good' before"),
        (["ada\tunknown\t3"], r"line 2: paper 'unknown' is not in papers\.jsonl"),
        (["ada\tgood\tnan"], "line 2: rating: expected a finite number, got 'nan'"),
        (["ada\tgood\thigh"], "line 2: rating: expected a finite number, got 'high'"),
        (["ada\tgood"], "line 2: expected 3 columns, got 2"),
        (["\tgood\t1"], "line 2: reader: empty"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(tmp_path, ratings, reason):
    with pytest.raises(WrongFile, match=rf"ratings\.tsv, {reason}"):
        read_evaluation_data(rated(tmp_path, ratings))


def test_another_header_is_refused(tmp_path):
    with pytest.raises(WrongFile, match="the first line must be reader, paper, rating"):
        read_evaluation_data(rated(tmp_path, header="paper\treader\trating"))


def test_the_columns_of_the_reviewers_are_read_as_they_are(tmp_path):
    """Papers have `paper` for an id, and each line of authored.tsv is an up-vote."""
    folder = rated(tmp_path, header="user\tpaper\texpertise")
    (folder / "votes.tsv").unlink()
    (folder / "authored.tsv").write_text("user\tpaper\nada\town\nbob\town\n")
    lines = (folder / "papers.jsonl").read_text()
    (folder / "papers.jsonl").write_text(lines.replace('"id"', '"paper"'))
    data = read_evaluation_data(folder)
    assert data.papers[0] == PaperText(title="own")
    assert (data.reader_ids, data.votes.values.tolist()) == (["ada", "bob", "eve"], [1, 1])


def test_a_line_of_own_papers_has_two_columns(tmp_path):
    folder = write(tmp_path, PAPERS, ["ada\town\t1"], "user\tpaper")
    with pytest.raises(WrongFile, match=r"votes\.tsv, line 2: expected 2 columns, got 3"):
        read_evaluation_data(folder)


@pytest.mark.skipif(not REVIEWERS.is_dir(), reason=f"the ratings of reviewers are not at {REVIEWERS}")
def test_real_reviewers_are_ordered_better_by_their_papers_words_than_by_popularity():
    """58 authors, of whom 38 have ratings here. The centroid's loss over all pairs is about .25; chance has .5."""
    benchmark = by_ratings(read_evaluation_data(REVIEWERS), PLAN)
    systems = {name: peers.SYSTEMS[name] for name in ("popularity", "tfidf-centroid")}
    losses = {row.system: row.loss for row in evaluate(benchmark, systems)}
    assert losses["tfidf-centroid"].high < losses["popularity"].mean
    assert losses["tfidf-centroid"].mean == pytest.approx(0.25, abs=0.02)
