"""A model as a folder of plain `.npy` arrays and a checksummed JSON manifest; written aside, then moved into place."""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from .data import Settings
from .features import Vocabulary
from .item_maps import DirectMap
from .model import Model
from .ridge import RidgeMap

FORMAT = 3
MANIFEST = "manifest.json"


class DamagedModel(Exception):
    """The files of a model are missing, altered or of another format; the message says which."""


def save(model: Model, folder: Path) -> None:
    """Write the model to `folder`, which must not exist yet.

    A reader sees the whole folder or none. Raises FileExistsError when the folder is there already, and OSError, which
    says how much space is left, when it cannot be written.
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
        raise OSError(f"the model could not be written; {free:,.0f} MB are free where models go ({error})") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def load(folder: Path) -> Model:
    """The model in `folder`, read whole, so that nothing that happens to the files later can touch it.

    Raises DamagedModel when anything is not as it was written.
    """
    manifest = _manifest(folder)
    for name, digest in manifest["sha256"].items():
        _check(folder / name, digest)
    try:
        return _read(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModel(f"{folder.name}: {error}") from error


def _write(model: Model, folder: Path) -> None:
    arrays: dict[str, np.ndarray] = {
        "idf": model.vocabulary.idf,
        "embeddings": model.embeddings,
        "directions": model.ridge.directions,
        "paper_ids": model.paper_ids,
        **_sparse_parts("rows", model.rows),
        **_sparse_parts("item_map", model.item_map),
        **_sparse_parts("likes", model.direct.likes),
        "inverse": model.direct.inverse,
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
        "typical_terms": model.vocabulary.typical,
        "sha256": {file.name: _digest(file) for file in sorted(folder.iterdir())},
    }
    signed = manifest | {"checksum": _checksum(manifest)}
    (folder / MANIFEST).write_text(json.dumps(signed, indent=1), encoding="utf-8")


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found, checksum = manifest["format"], manifest.pop("checksum", None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedModel(f"{folder.name}: its {MANIFEST} cannot be read: {error}") from error
    if found != FORMAT:
        raise DamagedModel(f"{folder.name}: format {found}, this version reads format {FORMAT}; train a new model")
    if checksum != _checksum(manifest):
        raise DamagedModel(f"{folder.name}: {MANIFEST} is not as it was written (checksum differs)")
    return dict(manifest)


def _read(folder: Path, manifest: dict[str, Any]) -> Model:
    known = {field.name for field in fields(Settings)}
    settings = Settings(**{name: value for name, value in manifest["settings"].items() if name in known})
    terms = tuple(json.loads((folder / "terms.json").read_text(encoding="utf-8")))
    embeddings, directions, paper_ids = (_array(folder, name) for name in ("embeddings", "directions", "paper_ids"))
    width = len(terms) + embeddings.shape[1]
    return Model(
        vocabulary=Vocabulary(terms, _array(folder, "idf"), float(manifest["typical_terms"])),
        embeddings=embeddings,
        ridge=RidgeMap(directions, float(manifest["gain"])),
        paper_ids=paper_ids,
        rows=_sparse(folder, "rows", (len(paper_ids), width)),
        item_map=_sparse(folder, "item_map", (len(paper_ids), len(paper_ids))),
        direct=_direct(folder, len(paper_ids)),
        prior=_array(folder, "prior"),
        embedding_scale=float(manifest["embedding_scale"]),
        neighbour_trust=float(manifest["neighbour_trust"]),
        settings=settings,
    )


def _sparse_parts(name: str, matrix: sp.csr_matrix) -> dict[str, np.ndarray]:
    return {f"{name}.data": matrix.data, f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr}


def _sparse(folder: Path, name: str, shape: tuple[int, int]) -> sp.csr_matrix:
    data, indices, indptr = (_array(folder, f"{name}.{part}") for part in ("data", "indices", "indptr"))
    return sp.csr_matrix((data, indices, indptr), shape=shape)


def _direct(folder: Path, papers: int) -> DirectMap:
    inverse = _array(folder, "inverse")
    parts = tuple(_array(folder, f"likes.{part}") for part in ("data", "indices", "indptr"))
    return DirectMap(sp.csc_matrix(parts, shape=(len(inverse), papers)), inverse, _array(folder, "own"))


def _array(folder: Path, name: str) -> np.ndarray:
    return np.load(folder / f"{name}.npy", allow_pickle=False)


def _check(file: Path, digest: str) -> None:
    """Raises DamagedModel unless the file is there, can be read and has this SHA-256."""
    try:
        found = _digest(file)
    except FileNotFoundError:
        raise DamagedModel(f"{file.parent.name}: {file.name} is missing") from None
    except OSError as error:
        raise DamagedModel(f"{file.parent.name}: {file.name} cannot be read: {error}") from error
    if found != digest:
        raise DamagedModel(f"{file.parent.name}: {file.name} is not as it was written (checksum differs)")


def _checksum(manifest: dict[str, Any]) -> str:
    """SHA-256 of all that the manifest says but for the checksum itself."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
