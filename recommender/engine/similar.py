"""Similar papers, by the model's text features and sentence vectors, without readers and votes.

LightFM's embeddings are left out. With them, 2.9 % of the six nearest papers of 400 papers shared an author with the
paper, without them 4.8 % (a young catalogue of 6,879 papers, with votes on 104 of them).
"""

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IntArray
from .model import Model
from .rounded import product
from .rows import Rows
from .score import best_first

READ = 200_000  # entries of the model's rows that are read for candidates, those of the weightiest terms
POOL = 1000  # candidates, the best by those terms and the best by vectors, whose full cosines are computed
VECTOR_SHARE = 0.35  # of sentence vectors beside words; authors weigh as they do without vectors


def nearest(model: Model, row: Rows, k: int) -> tuple[IntArray, FloatArray]:
    """The model's papers nearest to `row`, nearest first.

    Nearness is the cosine by words, authors and categories. Between two papers that both have a sentence vector, the
    cosine of the vectors has `VECTOR_SHARE` of the weight of words and categories. A paper without a known word is
    near to nothing, with a vector or without.

    row  (1, d + e) float32, from `Model.represent` or `Model.rows`; LightFM's columns are not used
    k    the number of papers; fewer are returned where fewer have a cosine above zero

    Where the terms of `row` have more than `READ` entries in the model, the weightiest terms choose `POOL` candidates,
    vectors choose as many, and other papers are missed. Beside one product of coarse vectors, the cost does not grow
    with the model.

    Returns row numbers of the model (n,) int32 and cosines (n,) float32, from 0 to 1. Ties go to the lower row. A row
    of zeros has no similar papers; the nearest paper to a row of the model is the paper itself.
    """
    most = max(k, POOL)
    pool = np.union1d(_pool(model, row.terms, most), _near_by_vector(model, row, most)).astype(np.int32)
    cosines = _cosines(model, row, pool, _vector_cosines(model, row, pool))
    positions = best_first(cosines, k)
    positions = positions[cosines[positions] > 0]
    return pool[positions], np.minimum(cosines[positions], 1)


def _near_by_vector(model: Model, row: Rows, most: int) -> IntArray:
    """Row numbers of up to `most` papers whose sentence vectors are nearest to that of `row`, by coarse cosines."""
    vector = row.dense[0, model.embeddings.shape[1] :]
    if not vector.any():
        return np.zeros(0, dtype=np.int32)
    if most >= len(model.paper_ids):
        return np.flatnonzero(model.vector_lengths).astype(np.int32)
    cosines = product(model.coarse_vectors, vector) * model.coarse_scale
    best = best_first(cosines, most)
    return best[cosines[best] > 0]


def _vector_cosines(model: Model, row: Rows, pool: IntArray) -> FloatArray:
    """The cosines of the sentence vectors of the papers in `pool` with that of `row`; 0 where either has none."""
    first = model.embeddings.shape[1]
    vector = row.dense[0, first:]
    products = model.rows.dense[pool, first:] @ vector
    lengths = model.vector_lengths[pool] * np.float32(np.linalg.norm(vector))
    return np.asarray(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0))


def _cosines(model: Model, row: Rows, pool: IntArray, by_vector: FloatArray) -> FloatArray:
    """The cosines of the papers in `pool` with `row`, (n,) float32.

    by_vector  (n,) float32, the cosines of their vectors with that of `row`
    """
    text, content_terms = row.terms, model.vocabulary.content_terms
    is_content = text.indices < content_terms
    entries = model.rows.terms[pool][:, text.indices]
    by_content, by_author = (
        np.asarray(entries @ np.where(part, text.data, 0), dtype=np.float32) for part in (is_content, ~is_content)
    )
    have_vectors = (model.vector_lengths[pool] > 0) & bool(row.dense[0, model.embeddings.shape[1] :].any())
    share = np.where(have_vectors, np.float32(VECTOR_SHARE), np.float32(0))
    content_length = np.float32(np.linalg.norm(text.data[is_content]))
    of_vectors = model.content_lengths[pool] * content_length * by_vector
    products = by_author + (1 - share) * by_content + share * of_vectors
    lengths = model.text_lengths[pool] * np.float32(sp.linalg.norm(text))
    return np.asarray(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0))


def _pool(model: Model, text: sp.csr_matrix, most: int) -> IntArray:
    """Row numbers of the candidates, ascending, (n,) int32.

    All papers with a term, or the `most` best of many.
    """
    starts = model.by_term.indptr
    order = np.argsort(-text.data, kind="stable")
    terms = text.indices[order]
    is_read = np.cumsum(starts[terms + 1] - starts[terms]) <= READ
    reads_all = bool(is_read.all())
    is_read[:1] = True
    chosen = order[is_read]
    parts = [slice(starts[term], starts[term + 1]) for term in text.indices[chosen]]
    papers = np.concatenate([np.zeros(0, dtype=np.int32), *(model.by_term.indices[part] for part in parts)])
    has_term = np.zeros(len(model.paper_ids), dtype=bool)
    has_term[papers] = True
    candidates = np.flatnonzero(has_term)
    if reads_all:
        return candidates.astype(np.int32)
    weights = [weight * model.by_term.data[part] for weight, part in zip(text.data[chosen], parts, strict=True)]
    shares = np.bincount(papers, np.concatenate(weights))[candidates] / model.text_lengths[candidates]
    return np.sort(candidates[best_first(shares.astype(np.float32), most)]).astype(np.int32)
