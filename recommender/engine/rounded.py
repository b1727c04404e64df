"""Dense rows as 16-bit integers with a scale for each row: half the memory of float32.

Scales are powers of two. So rounded numbers are exact in float32, and stay as they are when they are rounded again.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .data import FloatArray, IntArray

LARGEST = 32767
MANY = 50  # a table of all numbers is faster than sorting some of them from this part on
BLOCK = 512  # rows at a time, which fit in the processor's cache


@dataclass(frozen=True)
class Rounded:
    """A matrix (n, f + e), which is read as float32: indexing gives an array.

    exact  (n, f) float32, the first columns, which are not rounded
    whole  (n, e) int16
    scale  (n,) float32; column f + j of row i is scale[i] * whole[i, j]
    """

    exact: FloatArray
    whole: npt.NDArray[np.int16]
    scale: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.whole), self.exact.shape[1] + self.whole.shape[1]

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, places: Any) -> FloatArray:
        rows, columns = places if isinstance(places, tuple) else (places, slice(None))
        whole, first = self.whole[rows], self.exact.shape[1]
        numbers = np.empty((*whole.shape[:-1], self.shape[1]), dtype=np.float32)
        numbers[..., :first] = self.exact[rows]
        numbers[..., first:] = whole
        numbers[..., first:] *= self.scale[rows][..., None]
        return numbers[..., columns]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype=dtype)


Dense = FloatArray | Rounded


def rounded(rows: Dense, exact: int = 0) -> Rounded:
    """The rows (n, f + e), rounded but for the first `exact` columns.

    The error is at most a 32,766th of the largest number that is rounded in its row. A row with a number that is not
    finite becomes a row of NaN.
    """
    if isinstance(rows, Rounded):
        return rows
    first, rows = np.ascontiguousarray(rows[:, :exact]), rows[:, exact:]
    largest = np.abs(rows).max(axis=1, initial=0).astype(np.float64)
    is_finite = np.isfinite(largest)
    scale = np.ldexp(1.0, np.frexp(np.where(is_finite, largest, 0) / LARGEST)[1]).astype(np.float32)
    whole = np.zeros(rows.shape, dtype=np.int16)
    for start in range(0, len(rows), BLOCK):
        span = slice(start, start + BLOCK)
        whole[span] = np.rint(np.where(is_finite[span, None], rows[span], 0) / scale[span, None])
    return Rounded(first, whole, np.where(is_finite, scale, np.float32(np.nan)))


def rounded_from(whole: npt.NDArray[np.int16], scale: FloatArray) -> Rounded:
    """The matrix of these parts, with all of its columns rounded."""
    return Rounded(np.zeros((len(whole), 0), dtype=np.float32), whole, scale)


def as_rounded(rows: FloatArray) -> FloatArray:
    """The numbers of `rounded`, float32."""
    return rounded(rows)[:]


def product(rows: Dense | npt.NDArray[np.int8], matrix: FloatArray, columns: int | None = None) -> FloatArray:
    """Rows (n, e) of any numbers times a vector (e,) or a matrix (e, r), float32.

    columns  the first columns of the rows that are multiplied, e by default
    """
    result = np.empty((len(rows), *matrix.shape[1:]), dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK, :columns]
        result[start : start + BLOCK] = block.astype(np.float32, copy=False) @ matrix
    return result


def combination(weights: sp.csr_matrix, rows: Dense) -> FloatArray:
    """Weighted sums of rows, (k, e) float32, for weights (k, n). Only rows with a weight are read."""
    if not isinstance(rows, Rounded):
        return np.asarray(weights @ rows, dtype=np.float32)
    used, places = weights.indices, np.arange(weights.nnz)
    if weights.shape[0] > 1:
        used, places = _distinct(used, len(rows))
    shape = (weights.shape[0], len(used))
    scaled = weights.data * rows.scale[weights.indices]
    of_whole = sp.csr_matrix((scaled, places, weights.indptr), shape=shape) @ rows.whole[used].astype(np.float32)
    if not rows.exact.shape[1]:
        return np.asarray(of_whole, dtype=np.float32)
    of_exact = sp.csr_matrix((weights.data, places, weights.indptr), shape=shape) @ rows.exact[used]
    return np.hstack([of_exact, of_whole]).astype(np.float32, copy=False)


def _distinct(numbers: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """The distinct ones of numbers below `count`, ascending, and where each of the numbers is among them."""
    if len(numbers) < count / MANY:
        distinct, places = np.unique(numbers, return_inverse=True)
        return distinct, places.astype(np.int32)
    is_used = np.zeros(count, dtype=bool)
    is_used[numbers] = True
    used = np.flatnonzero(is_used).astype(np.int32)
    place_of = np.empty(count, dtype=np.int32)
    place_of[used] = np.arange(len(used))
    return used, place_of[numbers]
