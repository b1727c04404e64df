"""Sentence vectors of papers as dense columns of their rows.

Vectors of one field share most of their length. They count less their mean, with some directions weighted down: as
they are, broad topics decide, which orders a short day well; with every direction weighed alike, fine ones do, which
finds the few right papers among many.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from .data import FloatArray

FLATTENING = 1.0  # ridge of the map that weighs fine directions up, as a multiple of the mean variance of a direction
TOPIC_LENGTH = 0.5  # of a topic's columns, as a multiple of those that a paper with its vector would have
STORED = np.float16  # to which columns are rounded
NO_SPREAD = 1e-6  # variance of all directions together, below which all vectors are one and the same
SAMPLE = 1000  # papers whose products with each other say how large the products are


@dataclass(frozen=True)
class VectorMap:
    """From sentence vectors to dense columns.

    mean       (v,) float32, the mean vector of the papers that the map was made from
    transform  (v, w) float32; a paper's columns are (vector - mean) @ transform
    """

    mean: FloatArray
    transform: FloatArray

    @property
    def width(self) -> int:
        return int(self.transform.shape[1])

    def columns(self, papers: int, vectors: FloatArray | None) -> FloatArray:
        """The columns of papers, (papers, w) float32, rounded to `STORED` as they are stored.

        vectors  (papers, v) float32; None if there are none. A paper with a vector of zeros gets zeros

        Raises ValueError for vectors of another length than the map's.
        """
        columns = np.zeros((papers, self.width), dtype=np.float32)
        if vectors is None or not self.width:
            return columns
        self._check(vectors, papers, "papers")
        has_vector = vectors.any(axis=1)
        columns[has_vector] = (vectors[has_vector] - self.mean) @ self.transform
        return columns.astype(STORED).astype(np.float32)

    def topic_columns(self, topics: int, vectors: FloatArray | None) -> FloatArray:
        """The columns of short texts such as topics, (topics, w) float32.

        Their products with papers' columns order papers by the cosine of topic and paper, however the map weighs
        directions: encoders are trained to find papers by phrases in this way. The mean is not subtracted, because it
        is that of papers. Less the mean, every phrase is near papers that are unlike the others.

        vectors  (topics, v) float32; None if there are none. A topic with a vector of zeros gets zeros

        Raises ValueError for vectors of another length than the map's.
        """
        columns = np.zeros((topics, self.width), dtype=np.float32)
        if vectors is None or not self.width:
            return columns
        self._check(vectors, topics, "topics")
        mapped = vectors @ self.transform
        columns = mapped / np.square(self.transform).sum(axis=0)
        lengths = np.linalg.norm(columns, axis=1, keepdims=True)
        scale = np.divide(
            TOPIC_LENGTH * np.linalg.norm(mapped, axis=1, keepdims=True),
            lengths,
            out=np.zeros_like(lengths),
            where=lengths > 0,
        )
        return np.asarray(scale * columns, dtype=np.float32)

    def _check(self, vectors: FloatArray, rows: int, of_what: str) -> None:
        if vectors.shape != (rows, len(self.mean)):
            raise ValueError(
                f"vectors have shape {vectors.shape}; {rows} {of_what} of this model need ({rows}, {len(self.mean)})"
            )


def no_vectors() -> VectorMap:
    """The map of a model without vectors."""
    return VectorMap(np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32))


def vector_map(vectors: FloatArray, plain: float, flat: float, size: float) -> VectorMap:
    """The map in which products of two papers' columns are a weighted sum of two kernels.

    vectors  (n, v) float32, rows of length 1, or of zeros where a paper has none
    plain    >= 0, the weight of the products of centred vectors
    flat     >= 0, the weight of their products under the inverse of their covariance plus `FLATTENING`
    size     > 0, the root mean square of products in either kernel for a weight of 1, over pairs of papers

    While fewer than two papers have different vectors, nothing is known of directions: the map is that of no vectors.

    Raises ValueError when a weight is negative.
    """
    if plain < 0 or flat < 0:
        raise ValueError(f"weights of vectors must not be negative, got {plain} and {flat}")
    present = vectors[vectors.any(axis=1)]
    if not len(present) or not (plain or flat):
        return no_vectors()
    mean = present.mean(axis=0)
    centred = present - mean
    values, directions = eigh((centred.T @ centred / len(centred)).astype(np.float64))
    if values.sum() < NO_SPREAD:
        return no_vectors()
    flattened = 1 / (np.maximum(values, 0) + FLATTENING * values.mean())
    sample = (centred[:: max(len(centred) // SAMPLE, 1)] @ directions).astype(np.float32)
    spectrum = np.zeros(len(values))
    for weight, kernel in ((plain, np.ones_like(values)), (flat, flattened)):
        products = (sample * kernel.astype(np.float32)) @ sample.T
        spectrum += weight * kernel * size / max(_root_mean_square(products), 1e-12)
    return VectorMap(mean.astype(np.float32), (directions * np.sqrt(spectrum)).astype(np.float32))


def _root_mean_square(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) if values.size else 0.0
