"""Readers with votes and interests of every kind, as vectors of a model."""

import numpy as np
import pytest

from recommender.engine.data import PaperText
from recommender.engine.rows import stack
from recommender.engine.score import ReaderVectors, prepare
from tests.recommender.planted import unit_rows

NEW = [PaperText(title="grapha graphb noisea"), PaperText(title="never seen words")]
WORDS_ALONE = pytest.mark.parametrize("kind", ["words"], indirect=True)  # for what authors and vectors change
CASES = [
    "up-votes", "down-votes", "both", "papers unknown to the model", "only unknown papers", "interests beside",
    "one vote", "one vote and an interest",
]  # fmt: skip


def represent(model, texts):
    """Rows of new papers; where the model has vectors, each has one, and every third paper none."""
    length = len(model.vector_map.mean)
    if not length:
        return model.represent(texts)
    vectors = unit_rows(np.random.default_rng(7).standard_normal((len(texts), length)))
    vectors[2::3] = 0
    return model.represent(texts, vectors)


def written_out(model):
    """The ridge map over all columns of the rows, (d + e, d + e): gain times I where the map has no directions."""
    ridge, terms, width = model.ridge, model.rows.terms.shape[1], model.rows.shape[1]
    directions = np.zeros((width, ridge.directions.shape[1]))
    directions[: ridge.terms] = ridge.directions[: ridge.terms]
    directions[terms : terms + ridge.dense] = ridge.directions[ridge.terms :]
    return ridge.gain * np.eye(width) - directions @ directions.T


def arrays_of(model):
    """Every array of a model by name."""
    sparse = {"terms": model.rows.terms, "item_map": model.item_map, "likes": model.direct.likes}
    parts = ("data", "indices", "indptr")
    return {f"{name}.{part}": getattr(matrix, part) for name, matrix in sparse.items() for part in parts} | {
        "idf": model.vocabulary.idf,
        "embeddings": model.embeddings,
        "directions": np.asarray(model.ridge.directions),
        "dense": np.asarray(model.rows.dense),
        "inverse": model.direct.inverse,
        "own": model.direct.own,
        "prior": model.prior,
        "vector_mean": model.vector_map.mean,
        "vector_transform": model.vector_map.transform,
    }


def taste(model, known, values, new=(), interests=()):
    """Votes on papers of the model by row, then votes on new papers by text."""
    rows = stack([model.rows[list(known)], represent(model, list(new))])
    numbers = np.array([*known, *[-1] * len(new)], dtype=np.int32)
    return ReaderVectors(rows, numbers, np.array(values, dtype=np.float32), represent(model, list(interests)))


def every_paper(model):
    """The papers of training as candidates that the model knows."""
    return prepare(model, model.rows, np.arange(len(model.paper_ids), dtype=np.int32))


def tastes_of(model):
    topic = PaperText(title="galaxya galaxyb")
    return {
        "up-votes": taste(model, [3, 40, 41], [1, 1, 1]),
        "down-votes": taste(model, [5, 6], [-1, -1]),
        "both": taste(model, [3, 5, 200], [1, -1, 1]),
        "papers unknown to the model": taste(model, [3], [1, 1, -1], new=NEW),
        "only unknown papers": taste(model, [], [1, -1], new=NEW),
        "interests beside": taste(model, [3, 5], [1, -1, 1], new=NEW[:1], interests=[topic, topic]),
        "one vote": taste(model, [3], [1]),
        "one vote and an interest": taste(model, [3], [-1], interests=[topic]),
    }
