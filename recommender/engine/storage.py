"""Store a model as `.npy` arrays and a JSON manifest.

The manifest has checksums; the folder is moved into place when complete.
"""

import hashlib
import json
import os
import secrets
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, settings_from
from .features import Vocabulary
from .item_maps import DirectMap
from .model import Model
from .ridge import RidgeMap
from .rows import Rows
from .vector_map import VectorMap, no_vectors

FORMAT = 4
READABLE = (3, FORMAT)  # format 3 has LightFM's columns among the sparse ones, no vectors and whole matrices
MANIFEST = "manifest.json"
FASTEST = 1  # compression level


class DamagedModel(Exception):
    """The files of a model are missing, altered or of another format.

    The message names the file.
    """


def save(model: Model, folder: Path) -> None:
    """Write the model to `folder`, which must not exist yet.

    Other processes see the whole folder or none. Raises FileExistsError when the folder exists, and OSError with the
    free space when it cannot be written.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists; models are never overwritten")
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    aside.mkdir(parents=True)
    try:
        _write(model, aside)
        os.rename(aside, folder)
    except OSError as error:
        free = shutil.disk_usage(folder.parent).free / 1e6
        raise OSError(
            f"the model could not be written; {free:,.0f} MB are free in the model folder ({error})"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def load(folder: Path) -> Model:
    """Load the model in `folder` completely into memory.

    Later changes of the files do not affect it. Raises DamagedModel when a file is missing, altered or of another
    format.
    """
    manifest = _read_manifest(folder)
    for name, digest in manifest["sha256"].items():
        try:
            is_intact = _digest(folder / name) == digest
        except FileNotFoundError:
            raise DamagedModel(f"{folder.name}: {name} is missing") from None
        except OSError as error:
            raise DamagedModel(f"{folder.name}: {name} cannot be read: {error}") from error
        if not is_intact:
            raise DamagedModel(f"{folder.name}: {name} was changed after it was written (checksum differs)")
    try:
        return _read(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModel(f"{folder.name}: {error}") from error


def _write(model: Model, folder: Path) -> None:
    """Write the arrays and terms, then the manifest with their checksums."""
    arrays: dict[str, np.ndarray] = {
        "idf": model.vocabulary.idf,
        "embeddings": model.embeddings,
        "directions": model.ridge.directions,
        "paper_ids": model.paper_ids,
        **_sparse_parts("rows", model.rows.terms),
        "embedded": model.rows.dense[:, : model.embeddings.shape[1]],
        "vectors": model.rows.dense[:, model.embeddings.shape[1] :].astype(np.float16),  # rounded so when made
        "vector_mean": model.vector_map.mean,
        "vector_transform": model.vector_map.transform,
        **_sparse_parts("item_map", model.item_map),
        **_sparse_parts("likes", model.direct.likes),
        "inverse": _upper_half(model.direct.inverse),
        "own": model.direct.own,
        "prior": model.prior,
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "terms.json").write_text(json.dumps(model.vocabulary.terms, ensure_ascii=False), encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "settings": model.settings.as_dict(),
        "embedding_scale": model.embedding_scale,
        "neighbour_trust": model.neighbour_trust,
        "gain": model.ridge.gain,
        "encoder": model.encoder,
        "ridge_terms": model.ridge.terms,
        "ridge_dense": model.ridge.dense,
        "typical_terms": model.vocabulary.typical,
        "sha256": {file.name: _digest(file) for file in sorted(folder.iterdir())},
    }
    signed = manifest | {"checksum": _checksum(manifest)}
    (folder / MANIFEST).write_text(json.dumps(signed, indent=1), encoding="utf-8")


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest without its own checksum, which is verified."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version, checksum = manifest["format"], manifest.pop("checksum", None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedModel(f"{folder.name}: its {MANIFEST} cannot be read: {error}") from error
    if version not in READABLE:
        raise DamagedModel(f"{folder.name}: format {version}, this version reads format {FORMAT}; train a new model")
    if checksum != _checksum(manifest):
        raise DamagedModel(f"{folder.name}: {MANIFEST} was changed after it was written (checksum differs)")
    return dict(manifest)


def _read(folder: Path, manifest: dict[str, Any]) -> Model:
    """The model from its files."""
    settings = settings_from(manifest["settings"])
    terms = tuple(json.loads((folder / "terms.json").read_text(encoding="utf-8")))
    embeddings, paper_ids, stored = (_array(folder, name) for name in ("embeddings", "paper_ids", "inverse"))
    inverse = stored if stored.ndim == 2 else _both_halves(stored)
    papers, width, is_old = len(paper_ids), len(terms), manifest["format"] != FORMAT
    if is_old:
        every = sp.csr_matrix(_sparse_arrays(folder, "rows"), shape=(papers, width + embeddings.shape[1]))
        rows = Rows(every[:, :width], every[:, width:].toarray())
        ridge_terms, ridge_dense, columns = width, embeddings.shape[1], no_vectors()
    else:
        rows = Rows(
            sp.csr_matrix(_sparse_arrays(folder, "rows"), shape=(papers, width)),
            np.hstack([_array(folder, "embedded"), _array(folder, "vectors").astype(np.float32)]),
        )
        ridge_terms, ridge_dense = int(manifest["ridge_terms"]), int(manifest["ridge_dense"])
        columns = VectorMap(_array(folder, "vector_mean"), _array(folder, "vector_transform"))
    likes = sp.csc_matrix(_sparse_arrays(folder, "likes"), shape=(len(inverse), papers))
    return Model(
        vocabulary=Vocabulary(terms, _array(folder, "idf"), float(manifest["typical_terms"]), settings.author_weight),
        embeddings=embeddings,
        ridge=RidgeMap(_array(folder, "directions"), float(manifest["gain"]), ridge_terms, ridge_dense),
        paper_ids=paper_ids,
        rows=rows,
        item_map=sp.csr_matrix(_sparse_arrays(folder, "item_map"), shape=(papers, papers)),
        direct=DirectMap(likes, inverse, _array(folder, "own")),
        prior=_array(folder, "prior"),
        embedding_scale=float(manifest["embedding_scale"]),
        neighbour_trust=float(manifest["neighbour_trust"]),
        vector_map=columns,
        settings=settings,
        encoder=str(manifest.get("encoder", "")),
    )


def _sparse_parts(name: str, matrix: sp.csr_matrix) -> dict[str, np.ndarray]:
    """The three arrays of a sparse matrix by file name."""
    return {f"{name}.data": matrix.data, f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr}


def _sparse_arrays(folder: Path, name: str) -> tuple[np.ndarray, ...]:
    """The arrays that `_sparse_parts` wrote, in the order that scipy takes them."""
    return tuple(_array(folder, f"{name}.{part}") for part in ("data", "indices", "indptr"))


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


def _checksum(manifest: dict[str, Any]) -> str:
    """SHA-256 of everything in the manifest but the checksum itself."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
