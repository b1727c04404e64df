"""The papers nearest to a given one, by the model's text features: no reader, no votes.

Not by LightFM's embeddings: with them, of six neighbours of 400 papers of a young catalogue (6,879 papers, votes on 104
of them) 2.9 % shared an author with the paper, without them 4.8 %.
"""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .scoring import best_first


def nearest(model: Model, row: sp.csr_matrix, k: int) -> tuple[IntArray, FloatArray]:
    """The model's papers with the largest cosine to `row` by words, authors and categories, nearest first.

    row  (1, d + f) float32, from `Model.represent` or of `Model.rows`; only its d terms are looked at
    k    papers wanted; fewer come back where fewer have a cosine above zero

    Returns row numbers of the model (n,) int32 and cosines (n,) float32, from 0 to 1. Ties go to the lower row. A row
    of zeros is near to nothing, and a paper whose own row is given is its own nearest.
    """
    text = sp.csr_matrix(row.multiply(np.arange(row.shape[1]) < len(model.vocabulary.terms)))
    along = np.asarray((model.rows @ text.T).todense(), dtype=np.float32).ravel()
    lengths = model.text_lengths * np.float32(sp.linalg.norm(text))
    cosines = np.divide(along, lengths, out=np.zeros_like(along), where=lengths > 0)
    found = best_first(cosines, k)
    found = found[cosines[found] > 0]
    return found, np.minimum(cosines[found], 1)
