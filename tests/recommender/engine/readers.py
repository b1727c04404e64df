"""Readers with votes and interests of every kind, as vectors of a model."""

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import PaperText
from recommender.engine.score import ReaderVectors, prepare

NEW = [PaperText(title="grapha graphb noisea"), PaperText(title="never seen words")]
CASES = [
    "up-votes", "down-votes", "both", "papers unknown to the model", "only unknown papers", "interests beside",
    "one vote", "one vote and an interest",
]  # fmt: skip


def taste(model, known, values, new=(), interests=()):
    """Votes on papers of the model by row, then votes on new papers by text."""
    rows = sp.vstack([model.rows[list(known)], model.represent(list(new))], format="csr")
    numbers = np.array([*known, *[-1] * len(new)], dtype=np.int32)
    return ReaderVectors(rows, numbers, np.array(values, dtype=np.float32), model.represent(list(interests)))


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
