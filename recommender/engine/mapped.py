"""Arrays in one file that the processes of a machine share.

A process maps the file into its memory instead of reading it. Only the pages that it uses take memory, once for all
processes, and the system takes them back where memory is short.
"""

import hashlib
import json
import math
import mmap
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ALIGNMENT = 4096  # of each array, a page of memory
DIGEST = 64  # characters of a SHA-256


def write_arrays(file: Path, key: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays so that `map_arrays` accepts the file for this key.

    Replaces an older file; processes that use that one keep it. Raises OSError when it cannot be written.
    """
    described: dict[str, Any] = {}
    size = 0
    for name, array in arrays.items():
        described[name] = {"dtype": array.dtype.str, "shape": array.shape, "start": size}
        size = _aligned(size + array.nbytes)
    header = json.dumps({"key": key, "arrays": described}).encode() + b"\n"
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("wb") as stream:
            digest = hashlib.sha256(header)
            stream.write(bytes(DIGEST) + header)
            for array in filter(np.size, arrays.values()):
                padding = bytes(_aligned(stream.tell()) - stream.tell())
                content = np.ascontiguousarray(array).data.cast("B")
                digest.update(padding)
                digest.update(content)
                stream.write(padding)
                stream.write(content)
            stream.seek(0)
            stream.write(digest.hexdigest().encode())
        os.replace(aside, file)
    finally:
        aside.unlink(missing_ok=True)


def map_arrays(file: Path, key: str) -> dict[str, np.ndarray] | None:
    """The arrays of the file, read-only.

    Returns None if there is no such file, if it has another key, or if it was changed after it was written.
    """
    try:
        with file.open("rb") as stream:
            written = stream.read(DIGEST)
            if hashlib.file_digest(stream, "sha256").hexdigest().encode() != written:
                return None
            stream.seek(DIGEST)
            header = json.loads(stream.readline())
            first = _aligned(stream.tell())
            mapping = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:
        return None
    if header["key"] != key:
        return None
    return {name: _array_in(mapping, first, array) for name, array in header["arrays"].items()}


def _array_in(mapping: mmap.mmap, first: int, described: Mapping[str, Any]) -> np.ndarray:
    dtype, shape = np.dtype(described["dtype"]), described["shape"]
    if not math.prod(shape):
        return np.zeros(shape, dtype)
    return np.frombuffer(mapping, dtype, math.prod(shape), first + described["start"]).reshape(shape)


def _aligned(size: int) -> int:
    """The next multiple of `ALIGNMENT` from `size` on."""
    return -(-size // ALIGNMENT) * ALIGNMENT
