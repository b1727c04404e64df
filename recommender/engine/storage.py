"""Store a model as `.npy` arrays and a JSON manifest.

The manifest has checksums; the folder is moved into place when complete. The first process that loads a model puts its
arrays, with those that serving computes from them, into one more file, which all processes of the machine map into
their memory.
"""

import ctypes
import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from .data import FloatArray, settings_from
from .features import Vocabulary
from .item_maps import DirectMap
from .mapped import map_arrays, write_arrays
from .model import Model
from .ridge import RidgeMap
from .rounded import Rounded, rounded, rounded_from
from .rows import Rows
from .vector_map import VectorMap, no_vectors

FORMAT = 5
READABLE = (3, 4, FORMAT)
# Format 4 has directions that are not rounded, and sentence vectors in half precision. Format 3 has no vectors, has
# LightFM's columns among the sparse ones, and whole matrices.
MANIFEST = "manifest.json"
FASTEST = 1  # compression level
LAYOUT = 4  # of the arrays that are mapped into memory; another one than a file has makes the file anew


PLAIN = ("idf", "embeddings", "paper_ids", "own", "prior")  # arrays that are stored as they are

log = logging.getLogger(__name__)


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


def load(folder: Path, *, is_shared: bool = True) -> Model:
    """Load the model in `folder`, whose files are checked.

    Later changes of the files in `folder` do not affect the model.

    is_shared  use `mapped_file`, which is made if it is missing, altered or of another model. If there is no space for
               it, or without `is_shared`, the arrays are in the memory of this process alone

    Raises DamagedModel when a file is missing, altered or of another format.
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
        terms = tuple(json.loads((folder / "terms.json").read_text(encoding="utf-8")))
        arrays = _mapped(folder, manifest, terms) if is_shared else _read(folder, manifest, len(terms))
        return _model(arrays, manifest, terms)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModel(f"{folder.name}: {error}") from error


def mapped_file(folder: Path) -> Path:
    """The file with the arrays of the model in `folder` that processes map into memory.

    It is not among the models, whose files may be cut short or deleted while they are used. It may be deleted at any
    time: processes that use it keep it, and the next one that loads the model makes it again.
    """
    models = folder.resolve().parent
    return models.parent / f"{models.name}-mapped" / folder.name


def _write(model: Model, folder: Path) -> None:
    """Write the arrays and terms, then the manifest with their checksums."""
    dense, directions = rounded(model.rows.dense, model.embeddings.shape[1]), rounded(model.ridge.directions)
    arrays: dict[str, np.ndarray] = {
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


def _mapped(folder: Path, manifest: dict[str, Any], terms: tuple[str, ...]) -> Mapping[str, np.ndarray]:
    """The arrays of the model and what is computed from them, from its mapped file if possible."""
    file, key = mapped_file(folder), f"{LAYOUT} {_checksum(manifest)}"
    with _one_process_at_a_time(folder):
        mapped = map_arrays(file, key)
        if mapped is not None:
            return mapped
        arrays = _read(folder, manifest, len(terms))
        arrays |= _model(arrays, manifest, terms).computed()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_arrays(file, key, arrays)
        except OSError as error:
            log.warning("model %s takes memory in each process: %s cannot be written: %s", folder.name, file, error)
        mapped = map_arrays(file, key)
    if mapped is None:
        return arrays
    del arrays
    _return_free_memory()
    return mapped


def _return_free_memory() -> None:
    """Return memory that was freed to the system, which the GNU C library does only for large pieces."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries do not have it
    if trim is not None:
        trim(0)


@contextmanager
def _one_process_at_a_time(folder: Path) -> Iterator[None]:
    """Others wait, so that they find the mapped file instead of making it, too."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read(folder: Path, manifest: dict[str, Any], width: int) -> dict[str, np.ndarray]:
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


def _model(arrays: Mapping[str, np.ndarray], manifest: dict[str, Any], terms: tuple[str, ...]) -> Model:
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


def _checksum(manifest: dict[str, Any]) -> str:
    """SHA-256 of everything in the manifest but the checksum itself."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
