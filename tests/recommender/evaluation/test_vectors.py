"""Sentence vectors of a data set: from its file or an encoder, of length 1 or zeros, never of text that is left out."""

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.evaluation.input import read_evaluation_data
from recommender.evaluation.protocols import EvaluationPlan, new_papers
from recommender.evaluation.vectors import compute_vectors, encoded_text, read_vectors
from recommender.textfiles import WrongFile

from .folder import write

PAPERS = [{"id": "p", "title": "black holes", "abstract": "They are dark."}, {"id": "q", "title": "protein folding"}]


class Lengths:
    """An encoder of two columns: the number of characters, and 1; zeros for an empty text."""

    name = "lengths"

    def __init__(self, version="1"):
        self.version = version
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        return np.array([[len(text), 1] if text else [0, 0] for text in texts], dtype=np.float32)


def vectors_in(tmp_path, rows, **options):
    np.save(write(tmp_path, PAPERS, []) / "vectors.npy", np.array(rows, dtype=np.float16))
    return read_evaluation_data(tmp_path, **options)


def test_vectors_of_the_file_have_length_one_or_zero(tmp_path):
    """(3, 4) has the length 5."""
    assert vectors_in(tmp_path, [[3, 4], [0, 0]]).vectors == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))


def test_a_folder_without_the_file_has_no_vectors(tmp_path):
    assert read_evaluation_data(write(tmp_path, PAPERS, [])).vectors is None


@pytest.mark.parametrize("field", ["title", "abstract"])
def test_vectors_made_from_text_that_is_left_out_are_not_used(tmp_path, field):
    data = vectors_in(tmp_path, [[3, 4], [0, 1]], without=["title", "abstract"][:1] if field == "title" else [field])
    assert data.vectors is None
    assert "vectors.npy is not used: it was made from titles and abstracts, one of which is left out" in data.notes


def test_leaving_out_other_fields_keeps_the_vectors(tmp_path):
    assert vectors_in(tmp_path, [[3, 4], [0, 1]], without=["tags", "authors"]).vectors is not None


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (np.ones((3, 2)), "3 rows for 2 papers; it needs one for each"),
        (np.ones(2), "expected one table of floating-point numbers"),
        (np.ones((2, 2), dtype=int), "expected one table of floating-point numbers"),
        (np.array([[1, 0], [np.nan, 1]]), "row 1 is not finite"),
    ],
)
def test_a_wrong_table_is_refused_by_name(tmp_path, stored, reason):
    np.save(tmp_path / "vectors.npy", stored)
    with pytest.raises(WrongFile, match=rf"vectors\.npy: {reason}"):
        read_vectors(tmp_path, 2)


@pytest.mark.parametrize("cut", [0, 20, 140])
def test_a_file_cut_short_is_refused(tmp_path, cut):
    file = tmp_path / "vectors.npy"
    np.save(file, np.ones((2, 2)))
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(WrongFile, match=r"vectors\.npy: not a NumPy array, or cut short"):
        read_vectors(tmp_path, 2)


def test_the_text_of_a_paper_is_its_title_and_abstract():
    paper = PaperText(title="Black holes", abstract="Dark.", authors=("Ada",), tags=("x",), bow=(("w", 1),))
    assert encoded_text(paper) == "Black holes. Dark."
    assert [encoded_text(PaperText(title="a")), encoded_text(PaperText(tags=("x",)))] == ["a", ""]


def test_computed_vectors_have_length_one_and_papers_without_text_zeros(tmp_path):
    """`abc` is encoded as (3, 1), of the length sqrt(10)."""
    vectors = compute_vectors([PaperText(title="abc"), PaperText(tags=("x",))], Lengths(), tmp_path)
    assert vectors == pytest.approx(np.array([[3, 1], [0, 0]]) / np.sqrt(10), abs=1e-3)


def test_the_same_texts_are_encoded_once_for_each_version_of_an_encoder(tmp_path):
    papers, first, again, newer = [PaperText(title="abc")], Lengths(), Lengths(), Lengths("2")
    vectors = [compute_vectors(papers, encoder, tmp_path) for encoder in (first, again, newer)]
    assert [first.texts, again.texts, newer.texts] == [["abc"], [], ["abc"]]
    assert np.array_equal(vectors[0], vectors[1])


def test_other_texts_are_encoded_anew(tmp_path):
    encoder = Lengths()
    for title in ("abc", "abcd"):
        compute_vectors([PaperText(title=title)], encoder, tmp_path)
    assert encoder.texts == ["abc", "abcd"]


def test_a_task_has_the_vector_of_each_paper_and_candidate(tmp_path):
    """Paper i has the direction i, and its number for a title."""
    papers = [{"id": str(row), "title": f"word{row}"} for row in range(10)]
    votes = [f"{reader}\t{paper}\t1" for reader in range(9) for paper in range(10)]
    np.save(tmp_path / "vectors.npy", np.eye(10))
    task = new_papers(read_evaluation_data(write(tmp_path, papers, votes)), EvaluationPlan((1,), 5, seed=1)).task
    for texts, vectors in ((task.papers, task.vectors), (task.candidates, task.candidate_vectors)):
        assert [f"word{row}" for row in vectors.argmax(axis=1)] == [text.title for text in texts]
