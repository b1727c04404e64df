"""Peers: every one runs on every protocol, and fast forms equal slow ones of a few lines."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.data import PaperText, votes_from_triples
from recommender.engine.evaluation import Case
from recommender.evaluation.by_time import by_time
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.run import evaluate
from recommender.evaluation.tasks import Task
from tests.peers import ON_VECTORS, SYSTEMS, WANTED, content, items
from tests.peers.content import tfidf
from tests.peers.votes import likes_of

from .folder import day_of, write


def scores(name, task, cases):
    return np.array(list(SYSTEMS[name](task)(cases)))


def without_known(task):
    """The warm task, its candidates made strangers: the same papers as new ones."""
    return replace(task, known=np.full_like(task.known, -1))


@pytest.fixture(scope="module")
def warm_cases(warm_benchmark):
    return warm_benchmark.task, warm_benchmark.questions[1].cases


needs = {
    name: pytest.mark.skipif(name not in SYSTEMS, reason="NOT TESTED: implicit is not installed") for name in WANTED
}
every_peer = pytest.mark.parametrize("name", [pytest.param(name, marks=needs[name]) for name in WANTED])


@every_peer
def test_every_peer_answers_every_question_of_every_protocol(name, new_benchmark, warm_benchmark, data):
    by_days = by_time(data, EvaluationPlan((0, "all"), 20, seed=1), day_of(12))
    for benchmark in (new_benchmark, warm_benchmark, by_days):
        rows = list(evaluate(benchmark, {name: SYSTEMS[name]}))
        assert len(rows) == len(benchmark.questions)


@every_peer
def test_every_peer_gives_the_same_digits_again(name, warm_cases):
    task, cases = warm_cases
    assert np.array_equal(scores(name, task, cases), scores(name, task, cases))


@every_peer
def test_every_peer_survives_a_vocabulary_of_one_word(name, tmp_path):
    papers = [{"id": str(row), "title": "word"} for row in range(12)]
    votes = [f"{reader}\t{paper}\t1" for reader in range(12) for paper in range(12) if (reader + paper) % 2]
    np.save(tmp_path / "vectors.npy", np.ones((12, 1), dtype=np.float16))
    benchmark = new_papers(
        read_evaluation_data(write(tmp_path, papers, votes)), EvaluationPlan((0, 2, "known"), 20, seed=1)
    )
    assert len(list(evaluate(benchmark, {name: SYSTEMS[name]}))) == 3


@every_peer
def test_every_peer_takes_papers_without_a_word_and_down_votes(name, world, tmp_path):
    papers = [{"id": str(row), "title": text.title if row % 3 else ""} for row, text in enumerate(world.texts)]
    votes = [
        f"{reader}\t{paper}\t{-1 if reader % 4 == 0 else 1}"
        for reader, paper in zip(world.votes.readers, world.votes.papers, strict=True)
    ]
    np.save(tmp_path / "vectors.npy", np.eye(len(papers), 7, dtype=np.float16))
    benchmark = new_papers(
        read_evaluation_data(write(tmp_path, papers, votes)), EvaluationPlan((3, "known"), 10, seed=1)
    )
    assert len(list(evaluate(benchmark, {name: SYSTEMS[name]}))) == 2


def test_ease_is_what_steck_writes(warm_cases):
    """B = -P / diag(P), diagonal 0; the papers of the votes themselves are hidden by the framework."""
    task, cases = warm_cases
    likes = task.votes.likes.toarray().astype(np.float64)
    inverse = np.linalg.inv(likes.T @ likes + items.EASE_RIDGE * np.eye(likes.shape[1]))
    slow = np.eye(len(inverse)) - inverse / np.diag(inverse)
    expected = (likes_of(cases, len(task.papers)).toarray() @ slow)[:, task.known]
    assert np.allclose(scores("ease", task, cases), expected, atol=1e-4)


def test_collective_ease_is_ease_on_likes_stacked_with_text(warm_cases):
    task, cases = warm_cases
    likes, text = task.votes.likes.toarray().astype(np.float64), tfidf(task)[0].toarray()
    voted = np.unique(task.votes.likes.indices)
    stacked = np.vstack([likes, np.sqrt(items.WARM_CONTENT) * text.T])[:, voted]
    inverse = np.linalg.inv(stacked.T @ stacked + items.WARM_RIDGE * np.eye(len(voted)))
    slow = np.eye(len(voted)) - inverse / np.diag(inverse)
    expected = likes_of(cases, len(task.papers))[:, voted].toarray() @ slow
    revealed = likes_of(cases, len(task.papers))[:, voted].toarray() > 0
    actual = scores("collective-ease", task, cases)[:, np.argsort(task.known)[voted]]
    assert np.allclose(actual[~revealed], expected[~revealed], atol=1e-3)


def test_a_paper_without_votes_is_regressed_on_the_voted_ones_as_collective_ease_does(warm_cases):
    """Least squares of a column of no votes and the paper's text on the stacked columns of the voted papers."""
    task, cases = warm_cases
    text = tfidf(task)[0].toarray()
    voted = np.unique(task.votes.likes.indices)
    weighted = np.sqrt(items.COLD_CONTENT) * text.T
    stacked = np.vstack([task.votes.likes.toarray(), weighted])[:, voted]
    target = np.vstack([np.zeros((task.votes.n_readers, len(text))), weighted])[:, task.known]
    ridge = items.COLD_RIDGE * np.eye(len(voted))
    expected = likes_of(cases, len(text))[:, voted] @ np.linalg.solve(stacked.T @ stacked + ridge, stacked.T @ target)
    assert np.allclose(scores("collective-ease", without_known(task), cases), expected, atol=1e-3)


def test_content_ridge_is_the_ridge_of_the_textbook(warm_cases):
    task, cases = warm_cases
    text = tfidf(task)[0].toarray().astype(np.float64)
    votes = likes_of(cases, len(text)).toarray()
    weights = np.linalg.solve(text.T @ text + content.CONTENT_RIDGE * np.eye(text.shape[1]), text.T @ votes.T)
    assert np.allclose(scores("content-ridge", task, cases), (text @ weights).T[:, task.known], atol=1e-4)


def test_the_centroid_of_vectors_is_the_cosine_with_their_mean(warm_cases):
    """By Python loops: the mean of the liked papers' vectors, and its cosine with each candidate's."""
    task, cases = warm_cases
    for case, actual in zip(cases, scores("vectors-centroid", task, cases), strict=True):
        mean = task.vectors[case.revealed[case.values > 0]].mean(axis=0)
        assert np.allclose(actual, task.candidate_vectors @ (mean / np.linalg.norm(mean)), atol=1e-5)


def test_logistic_regression_on_vectors_puts_what_is_liked_first():
    """Two directions: the liked paper has one, the others the other one."""
    vectors = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    rows = np.arange(3, dtype=np.int32)
    papers, votes = [PaperText(title="a")] * 3, votes_from_triples([(0, 0, 1)], 1, 3)
    task = Task(papers, 0 * rows, votes, papers[:2], rows[:2], 0 * rows[:2], 1, vectors, vectors[:2])
    liked, other = scores("vectors-logistic", task, [Case(0, rows[:1], np.ones(1, np.float32), rows[1:2])])[0]
    assert liked > other


@pytest.mark.parametrize("name", ON_VECTORS)
def test_peers_on_vectors_refuse_a_task_without_any(name, warm_cases):
    with pytest.raises(ValueError, match="the task has no sentence vectors"):
        SYSTEMS[name](replace(warm_cases[0], vectors=None))


def test_item_knn_sums_cosines():
    """Papers 0 and 1 share one of two voters each: 1 / 2; papers 0 and 2 share nobody."""
    votes = votes_from_triples([(0, 0, 1), (0, 1, 1), (1, 0, 1), (2, 1, 1), (3, 2, 1)], 5, 3)
    rows = np.arange(3, dtype=np.int32)
    task = Task([PaperText(title="a")] * 3, 0 * rows, votes, [PaperText(title="a")] * 3, rows, 0 * rows, 1)
    scored = scores("item-knn", task, [Case(4, rows[:1], np.ones(1, np.float32), rows[1:])])
    assert scored[0].tolist() == [0, pytest.approx(0.5), 0]


def test_popularity_counts_up_votes_and_new_papers_have_none(warm_cases):
    task, cases = warm_cases
    votes = np.asarray(task.votes.likes.sum(axis=0)).ravel()
    assert np.array_equal(scores("popularity", task, cases)[0], votes[task.known])
    assert not scores("popularity", without_known(task), cases).any()


def test_recency_is_the_day(warm_cases):
    task, cases = warm_cases
    assert np.array_equal(scores("recency", task, cases)[0], task.appeared)


@pytest.mark.parametrize(
    "name",
    [
        "tfidf-svm",
        "tfidf-logistic",
        "tfidf-centroid",
        "vectors-centroid",
        "vectors-logistic",
        "content-ridge",
        "lightfm",
    ],
)
def test_content_prefers_the_readers_topic(name, new_benchmark):
    rows = {row.reveal: row for row in evaluate(new_benchmark, {name: SYSTEMS[name]})}
    assert rows["all"].ndcg.low > rows[0].ndcg.mean


@needs["als"]
@pytest.mark.parametrize("name", ["als", "bpr"])
def test_factors_of_new_papers_come_from_their_text(name, new_benchmark):
    rows = {row.reveal: row for row in evaluate(new_benchmark, {name: SYSTEMS[name]})}
    assert rows["all"].ndcg.low > rows[0].ndcg.mean


def test_every_wanted_peer_is_there_or_in_the_extra():
    assert set(WANTED) - set(SYSTEMS) <= {"als", "bpr"}
    assert set(SYSTEMS) <= set(WANTED)
