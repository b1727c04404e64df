"""The trained model, and how it represents papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .data import FloatArray, IdArray, IntArray, PaperText, Settings
from .features import Vocabulary, strongest_terms
from .item_maps import DirectMap
from .ridge import RidgeMap
from .rounded import BLOCK, Dense, Rounded, as_rounded, rounded, rounded_from
from .rows import Rows
from .vector_map import VectorMap

SAMPLE = 500  # rows, evenly spaced, that estimate what all have in common
# arrays that serving computes once for a model
COMPUTED = (
    "projected_prior",
    "text_lengths",
    "content_lengths",
    "vector_lengths",
    "coarse_vectors",
    "coarse_scale",
    "term_values",
    "common_direction",
)


@dataclass(frozen=True)
class Model:
    """The result of one night's training; immutable.

    vocabulary  d terms
    embeddings  (d, f) float32, LightFM's embeddings of the terms; (d, 0) leaves LightFM out
    vector_map  from sentence vectors, of length v, to e - f dense columns; (0, 0) leaves vectors out
    ridge       the ridge map over words, categories and LightFM's columns
    paper_ids   (m,) int64, ascending: the papers that the model has rows for
    rows        (m, d + e) float32, their representations
    item_map    (m, m) float32, the item-item map among them
    direct      the direct map among them: what a vote adds to other papers that have votes
    prior       (d + e,) float32, what readers like in general
    embedding_scale  >= 0, the square root of the LightFM kernel's weight beside the text kernel
    neighbour_trust  0 to 1, how far the item-item map is trusted
    encoder          the encoder of the sentence vectors, by name and version; empty without one. Vectors of another
                     encoder mean something else and must not be given to `represent`

    Raises ValueError when the shapes do not fit together.
    """

    vocabulary: Vocabulary
    embeddings: FloatArray
    ridge: RidgeMap
    paper_ids: IdArray
    rows: Rows
    item_map: sp.csr_matrix
    direct: DirectMap
    prior: FloatArray
    embedding_scale: float
    neighbour_trust: float
    vector_map: VectorMap
    settings: Settings
    encoder: str = ""

    def __post_init__(self) -> None:
        terms, dense = len(self.vocabulary.terms), self.embeddings.shape[1] + self.vector_map.width
        width, papers = terms + dense, len(self.paper_ids)
        shapes = {
            "embeddings": (self.embeddings.shape[0], len(self.vocabulary.terms)),
            "ridge": (self.ridge.directions.shape[0], self.ridge.terms + self.ridge.dense),
            "rows": (self.rows.shape, (papers, width)),
            "terms": (self.rows.terms.shape, (papers, terms)),
            "item_map": (self.item_map.shape, (papers, papers)),
            "direct": (self.direct.likes.shape[1:], (papers,)),
            "prior": (self.prior.shape, (width,)),
        }
        for name, (shape, expected) in shapes.items():
            if shape != expected:
                raise ValueError(f"{name} has shape {shape}; these papers and terms need {expected}")

    def represent(self, papers: Sequence[PaperText], vectors: FloatArray | None = None) -> Rows:
        """Rows of any papers, known or new, (n, d + e) float32.

        vectors  (n, v) float32, their sentence vectors from the encoder of the model's; rows of zeros, or None for all
                 of them, where there is none: such a row has no part in what vectors add
        """
        return self._rows(papers, self.vector_map.columns(len(papers), vectors))

    def represent_topics(self, topics: Sequence[PaperText], vectors: FloatArray | None = None) -> Rows:
        """Rows of topics and categories, (n, d + e) float32.

        A topic is a phrase rather than a paper: its vector is compared with papers in another way
        (`VectorMap.topic_columns`).

        vectors  as for `represent`
        """
        return self._rows(topics, self.vector_map.topic_columns(len(topics), vectors))

    def _rows(self, papers: Sequence[PaperText], vector_columns: FloatArray) -> Rows:
        text = self.vocabulary.matrix(papers)
        embedded = embed(text, self.embeddings, self.embedding_scale, self.settings)
        return Rows(text, np.hstack([embedded, as_rounded(vector_columns)]))

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
        dense, directions = self.rows.dense, self.ridge.directions
        arrays = (
            self.embeddings,
            directions.scale if isinstance(directions, Rounded) else directions,
            self.item_map.data,
            self.direct.inverse,
            self.direct.own,
            self.prior,
            self.vocabulary.idf,
            self.rows.terms.data,
            *((dense.exact, dense.scale) if isinstance(dense, Rounded) else (dense,)),
            self.vector_map.mean,
            self.vector_map.transform,
            np.array([self.ridge.gain, self.embedding_scale, self.neighbour_trust, self.vocabulary.typical]),
        )
        return all(bool(np.isfinite(array).all()) for array in arrays)

    @cached_property
    def text_lengths(self) -> FloatArray:
        """The Euclidean length of each row's text features, without LightFM's, (m,) float32."""
        squares = self.rows.terms.multiply(self.rows.terms)
        return np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float32).ravel())

    @cached_property
    def content_lengths(self) -> FloatArray:
        """The Euclidean length of each row's words, categories and tags, without authors, (m,) float32."""
        content = self.rows.terms[:, : self.vocabulary.content_terms]
        return np.sqrt(np.asarray(content.multiply(content).sum(axis=1), dtype=np.float32).ravel())

    @cached_property
    def vector_lengths(self) -> FloatArray:
        """The Euclidean length of each row's columns of sentence vectors, (m,) float32; 0 where a paper has none."""
        vectors = self.rows.dense[:, self.embeddings.shape[1] :]
        return np.sqrt(np.einsum("ij,ij->i", vectors, vectors))

    @cached_property
    def coarse_vectors(self) -> npt.NDArray[np.int8]:
        """The directions of the rows' sentence vectors, (m, v) int8, as multiples of `coarse_scale`.

        They serve to look up the papers with near vectors in a quarter of the time that exact products take.
        """
        numbers = np.zeros((len(self.rows), self.vector_map.width), dtype=np.int8)
        for start in range(0, len(numbers), BLOCK):
            span = slice(start, start + BLOCK)
            vectors = self.rows.dense[span, self.embeddings.shape[1] :]
            unit = self.coarse_scale[span, None] * self.vector_lengths[span, None]
            numbers[span] = np.rint(np.divide(vectors, unit, out=np.zeros_like(vectors), where=unit > 0))
        return numbers

    @cached_property
    def coarse_scale(self) -> FloatArray:
        """(m,) float32, so that the largest number of each row of `coarse_vectors` is 127."""
        vectors, lengths = self.rows.dense[:, self.embeddings.shape[1] :], self.vector_lengths
        largest = np.abs(vectors).max(axis=1, initial=0)
        return np.divide(largest, 127 * lengths, out=np.zeros_like(lengths), where=lengths > 0)

    @cached_property
    def by_term(self) -> sp.csc_matrix:
        """The rows' text features by column, (m, d) float32.

        They serve to look up the papers that have a term.
        """
        return sp.csc_matrix(self.rows.terms)

    @cached_property
    def projected(self) -> Dense:
        """The rows along the ridge's directions, (m, r) float32, rounded."""
        return as_rounded(self.ridge.project(self.rows))

    @cached_property
    def common_direction(self) -> FloatArray:
        """What the rows have in common along the ridge's directions, (r,) float32: the mean of a sample at length 1."""
        rows = self.projected[:: max(len(self.projected) // SAMPLE, 1)]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return np.asarray(unit.mean(axis=0), dtype=np.float32)

    def warmed(self) -> "Model":
        """Compute what rankings and similar papers need; returns this model.

        No reader has to wait for it then.
        """
        for value in (
            self.vocabulary.columns,
            self.vocabulary.kinds,
            self.projected,
            self.by_term,
            *(getattr(self, name) for name in COMPUTED),
        ):
            assert value is not None
        return self

    def computed(self) -> dict[str, np.ndarray]:
        """What is computed from the model's arrays for serving, by name; large models take seconds for it."""
        by_term = {f"by_term.{part}": getattr(self.by_term, part) for part in ("data", "indices", "indptr")}
        projected = rounded(self.projected)
        arrays = {"projected": projected.whole, "projected_scale": projected.scale, "kinds": self.vocabulary.kinds}
        return by_term | arrays | {name: getattr(self, name) for name in COMPUTED}

    def take_computed(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Use what `computed` returned for the same model, if it is among the arrays, instead of computing it."""
        if "projected" not in arrays:
            return
        parts = tuple(arrays[f"by_term.{part}"] for part in ("data", "indices", "indptr"))
        by_term = sp.csc_matrix(parts, shape=self.rows.terms.shape)
        projected = rounded_from(arrays["projected"], arrays["projected_scale"])
        self.__dict__.update({name: arrays[name] for name in COMPUTED}, by_term=by_term, projected=projected)
        self.vocabulary.__dict__["kinds"] = arrays["kinds"]

    @cached_property
    def term_values(self) -> FloatArray:
        """Each term's mean entry in the rows that have it, (d,) float32.

        0 where no row has it.
        """
        width, columns = self.rows.terms.shape[1], self.rows.terms.indices
        sums = np.bincount(columns, self.rows.terms.data, minlength=width)
        counts = np.bincount(columns, minlength=width)
        return np.asarray(sums / np.maximum(counts, 1), dtype=np.float32)

    @cached_property
    def projected_prior(self) -> FloatArray:
        """The prior along the ridge's directions, (r,) float32."""
        return self.ridge.along(self.prior, len(self.vocabulary.terms))


def embed(text: sp.csr_matrix, embeddings: FloatArray, scale: float, settings: Settings) -> FloatArray:
    """LightFM's columns of papers, (n, f) float32.

    Their inner products are scale^2 * cos_lightfm.

    text        (n, d) float32, from `Vocabulary.matrix`
    embeddings  (d, f) float32, of the terms
    scale       >= 0, the square root of the LightFM kernel's weight
    """
    means = strongest_terms(text, settings.embedding_terms) @ embeddings
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    return np.asarray(scale * directions, dtype=np.float32)
