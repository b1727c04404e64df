"""The trained model, and how it represents papers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, IdArray, IntArray, PaperText, Settings
from .features import Vocabulary, strongest_terms
from .item_maps import DirectMap
from .ridge import RidgeMap


@dataclass(frozen=True)
class Model:
    """The result of one night's training; immutable.

    vocabulary  d terms
    embeddings  (d, f) float32, LightFM's embeddings of the terms; (d, 0) leaves LightFM out
    ridge       the ridge map over d + f columns
    paper_ids   (m,) int64, ascending: the papers that the model has rows for
    rows        (m, d + f) float32, their representations
    item_map    (m, m) float32, the item-item map among them
    direct      the direct map among them: what a vote adds to other papers that have votes
    prior       (d + f,) float32, what readers like in general
    embedding_scale  >= 0, the square root of the LightFM kernel's weight beside the text kernel
    neighbour_trust  0 to 1, how far the item-item map is trusted

    Raises ValueError when the shapes do not fit together.
    """

    vocabulary: Vocabulary
    embeddings: FloatArray
    ridge: RidgeMap
    paper_ids: IdArray
    rows: sp.csr_matrix
    item_map: sp.csr_matrix
    direct: DirectMap
    prior: FloatArray
    embedding_scale: float
    neighbour_trust: float
    settings: Settings

    def __post_init__(self) -> None:
        width, papers = len(self.vocabulary.terms) + self.embeddings.shape[1], len(self.paper_ids)
        shapes = {
            "embeddings": (self.embeddings.shape[0], len(self.vocabulary.terms)),
            "ridge": (self.ridge.directions.shape[0], width),
            "rows": (self.rows.shape, (papers, width)),
            "item_map": (self.item_map.shape, (papers, papers)),
            "direct": (self.direct.likes.shape[1:], (papers,)),
            "prior": (self.prior.shape, (width,)),
        }
        for name, (shape, expected) in shapes.items():
            if shape != expected:
                raise ValueError(f"{name} has shape {shape}; these papers and terms need {expected}")

    def represent(self, papers: Sequence[PaperText]) -> sp.csr_matrix:
        """Rows of any papers, (n, d + f) float32.

        They may be known, new or made from an interest.
        """
        return represent(self.vocabulary.matrix(papers), self.embeddings, self.embedding_scale, self.settings)

    def rows_of(self, paper_ids: IdArray) -> IntArray:
        """Row numbers in `rows`, (n,) int32.

        Returns -1 for a paper that the model does not know.
        """
        if not len(self.paper_ids):
            return np.full(len(paper_ids), -1, dtype=np.int32)
        places = np.minimum(np.searchsorted(self.paper_ids, paper_ids), len(self.paper_ids) - 1)
        return np.where(self.paper_ids[places] == paper_ids, places, -1).astype(np.int32)

    def is_finite(self) -> bool:
        """Whether no number of the model is a NaN or an infinity."""
        arrays = (
            self.embeddings,
            self.ridge.directions,
            self.item_map.data,
            self.direct.inverse,
            self.direct.own,
            self.prior,
            self.vocabulary.idf,
            self.rows.data,
            np.array([self.ridge.gain, self.embedding_scale, self.neighbour_trust, self.vocabulary.typical]),
        )
        return all(bool(np.isfinite(array).all()) for array in arrays)

    @cached_property
    def text_lengths(self) -> FloatArray:
        """The Euclidean length of each row's text features, without LightFM's, (m,) float32."""
        is_text = self.rows.indices < len(self.vocabulary.terms)
        squares = sp.csr_matrix((self.rows.data**2 * is_text, self.rows.indices, self.rows.indptr), self.rows.shape)
        return np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float32).ravel())

    @cached_property
    def by_term(self) -> sp.csc_matrix:
        """The rows' text features by column, (m, d) float32.

        They serve to look up the papers that have a term.
        """
        return sp.csc_matrix(self.rows[:, : len(self.vocabulary.terms)])

    @cached_property
    def projected(self) -> FloatArray:
        """The rows along the ridge's directions, (m, r) float32."""
        return self.ridge.project(self.rows)

    def warmed(self) -> "Model":
        """Compute what rankings and similar papers need; returns this model.

        No reader has to wait for it then.
        """
        for value in (self.vocabulary.columns, self.projected, self.projected_prior, self.by_term, self.text_lengths):
            assert value is not None
        return self

    @cached_property
    def term_values(self) -> FloatArray:
        """Each term's mean entry in the rows that have it, (d,) float32.

        0 where no row has it.
        """
        width, columns = self.rows.shape[1], self.rows.indices
        sums = np.bincount(columns, self.rows.data, minlength=width)
        counts = np.bincount(columns, minlength=width)
        return np.asarray(sums / np.maximum(counts, 1), dtype=np.float32)[: len(self.vocabulary.terms)]

    @cached_property
    def projected_prior(self) -> FloatArray:
        """The prior along the ridge's directions, (r,) float32."""
        return np.asarray(self.prior @ self.ridge.directions, dtype=np.float32)


def represent(text: sp.csr_matrix, embeddings: FloatArray, scale: float, settings: Settings) -> sp.csr_matrix:
    """Represent papers as rows, (n, d + f) float32.

    Their inner products are those of the text rows plus scale^2 * cos_lightfm.

    text        (n, d) float32, from `Vocabulary.matrix`
    embeddings  (d, f) float32, of the terms
    scale       >= 0, the square root of the LightFM kernel's weight
    """
    means = strongest_terms(text, settings.embedding_terms) @ embeddings
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    return sp.hstack([text, sp.csr_matrix(scale * directions)], format="csr", dtype=np.float32)
