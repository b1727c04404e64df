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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from .mapped import map_arrays, write_arrays
from .model import Model
from .model_arrays import FORMAT, READABLE, arrays_of, model_of, read_arrays

MANIFEST = "manifest.json"
LAYOUT = 4  # of the arrays that are mapped into memory; another one than a file has makes the file anew

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
        arrays = _mapped(folder, manifest, terms) if is_shared else read_arrays(folder, manifest, len(terms))
        return model_of(arrays, manifest, terms)
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
    for name, array in arrays_of(model).items():
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
        arrays = read_arrays(folder, manifest, len(terms))
        arrays |= model_of(arrays, manifest, terms).computed()
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
    """Others wait, so that they find the mapped file instead of making it, too.

    On a file system without locks, as some shared ones are, each process makes the file, and the last one replaces it.
    """
    lock = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _checksum(manifest: dict[str, Any]) -> str:
    """SHA-256 of everything in the manifest but the checksum itself."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
