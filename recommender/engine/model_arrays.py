"""The arrays that a model is stored as, by name.

Format 5 is written. Format 4 has directions that are not rounded, and sentence vectors in half precision. Format 3 has
no vectors, has LightFM's columns among the sparse ones, and whole matrices.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, settings_from
from .features import Vocabulary
from .item_maps import DirectMap
from .model import Model
from .ridge import RidgeMap
from .rounded import Rounded, rounded, rounded_from
from .rows import Rows
from .vector_map import VectorMap, no_vectors

FORMAT = 5
READABLE = (3, 4, FORMAT)
FASTEST = 1  # compression level
PLAIN = ("idf", "embeddings", "paper_ids", "own", "prior")  # stored as they are


def arrays_of(model: Model) -> dict[str, np.ndarray]:
    """The arrays of a model as they are written."""
    dense, directions = rounded(model.rows.dense, model.embeddings.shape[1]), rounded(model.ridge.directions)
    return {
        "idf": model.vocabulary.idf,
        "embeddings": model.embeddings,
        "directions": directions.whole,
        "directions_scale": directions.scale,
        "paper_ids": model.paper_ids,
        **_sparse_parts("rows", model.rows.terms),
        "embedded": dense.exact,
        "vectors": dense.whole,
        "vectors_scale": dense.scale,
        "vector_mean": model.vector_map.mean,
        "vector_transform": model.vector_map.transform,
        **_sparse_parts("item_map", model.item_map),
        **_sparse_parts("likes", model.direct.likes),
        "inverse": _upper_half(model.direct.inverse),
        "own": model.direct.own,
        "prior": model.prior,
    }


def read_arrays(folder: Path, manifest: dict[str, Any], width: int) -> dict[str, np.ndarray]:
    """The arrays of the model from the files of its folder, as the model has them.

    width  the number of terms
    """
    every = (*_parts("rows"), *_parts("item_map"), *_parts("likes"))
    arrays = {name: _array(folder, name) for name in (*every, *PLAIN, "inverse")}
    stored = arrays["inverse"]
    arrays["inverse"] = stored if stored.ndim == 2 else _both_halves(stored)
    if manifest["format"] > 3:
        arrays |= {name: _array(folder, name) for name in ("vector_mean", "vector_transform")}
    if manifest["format"] == FORMAT:
        new = ("directions", "directions_scale", "embedded", "vectors", "vectors_scale")
        return arrays | {name: _array(folder, name) for name in new}
    directions = rounded(_array(folder, "directions"))
    arrays |= {"directions": directions.whole, "directions_scale": directions.scale}
    if manifest["format"] == 4:
        embedded = _array(folder, "embedded")
        vectors = rounded(_array(folder, "vectors").astype(np.float32))
    else:
        no_map, shape = no_vectors(), (len(arrays["paper_ids"]), width + arrays["embeddings"].shape[1])
        joined = sp.csr_matrix(_sparse_arrays(arrays, "rows"), shape=shape)
        arrays |= {"vector_mean": no_map.mean, "vector_transform": no_map.transform}
        arrays |= _sparse_parts("rows", joined[:, :width])
        embedded = joined[:, width:].toarray()
        vectors = rounded(embedded[:, :0])
    return arrays | {"embedded": embedded, "vectors": vectors.whole, "vectors_scale": vectors.scale}


def model_of(arrays: Mapping[str, np.ndarray], manifest: dict[str, Any], terms: tuple[str, ...]) -> Model:
    """The model of these arrays, with what has been computed from them."""
    settings = settings_from(manifest["settings"])
    papers, is_old = len(arrays["paper_ids"]), manifest["format"] == 3
    model = Model(
        vocabulary=Vocabulary(terms, arrays["idf"], float(manifest["typical_terms"]), settings.author_weight),
        embeddings=arrays["embeddings"],
        ridge=RidgeMap(
            rounded_from(arrays["directions"], arrays["directions_scale"]),
            float(manifest["gain"]),
            len(terms) if is_old else int(manifest["ridge_terms"]),
            arrays["embeddings"].shape[1] if is_old else int(manifest["ridge_dense"]),
        ),
        paper_ids=arrays["paper_ids"],
        rows=Rows(
            sp.csr_matrix(_sparse_arrays(arrays, "rows"), shape=(papers, len(terms))),
            Rounded(arrays["embedded"], arrays["vectors"], arrays["vectors_scale"]),
        ),
        item_map=sp.csr_matrix(_sparse_arrays(arrays, "item_map"), shape=(papers, papers)),
        direct=DirectMap(
            sp.csc_matrix(_sparse_arrays(arrays, "likes"), shape=(len(arrays["inverse"]), papers)),
            arrays["inverse"],
            arrays["own"],
        ),
        prior=arrays["prior"],
        embedding_scale=float(manifest["embedding_scale"]),
        neighbour_trust=float(manifest["neighbour_trust"]),
        vector_map=VectorMap(arrays["vector_mean"], arrays["vector_transform"]),
        settings=settings,
        encoder=str(manifest.get("encoder", "")),
    )
    model.take_computed(arrays)
    return model


def _sparse_parts(name: str, matrix: sp.csr_matrix) -> dict[str, np.ndarray]:
    """The three arrays of a sparse matrix by file name."""
    return dict(zip(_parts(name), (matrix.data, matrix.indices, matrix.indptr), strict=True))


def _sparse_arrays(arrays: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, ...]:
    """The arrays of `_sparse_parts` in the order that scipy takes them."""
    return tuple(arrays[part] for part in _parts(name))


def _parts(name: str) -> tuple[str, str, str]:
    return f"{name}.data", f"{name}.indices", f"{name}.indptr"


def _upper_half(matrix: FloatArray) -> np.ndarray:
    """The entries of a symmetric matrix (n, n) on and above its diagonal, row by row, (n (n + 1) / 2,).

    If most are zero, as of readers who share no paper, their compressed bytes, (k,) uint8.
    """
    half = matrix[np.triu(np.ones(matrix.shape, dtype=np.bool_))]
    if 2 * np.count_nonzero(half) > len(half):
        return half
    return np.frombuffer(zlib.compress(half.astype("<f4").tobytes(), FASTEST), dtype=np.uint8)


def _both_halves(half: np.ndarray) -> FloatArray:
    """The symmetric matrix that `_upper_half` was made from."""
    if half.dtype == np.uint8:
        half = np.frombuffer(zlib.decompress(half.tobytes()), dtype="<f4")
    size = round((np.sqrt(8 * len(half) + 1) - 1) / 2)
    matrix = np.zeros((size, size), dtype=half.dtype)
    matrix[np.triu(np.ones((size, size), dtype=np.bool_))] = half
    below = np.tril(np.ones((size, size), dtype=np.bool_), -1)
    matrix[below] = matrix.T[below]
    return matrix


def _array(folder: Path, name: str) -> np.ndarray:
    return np.load(folder / f"{name}.npy", allow_pickle=False)
