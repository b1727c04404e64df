"""Sentence vectors of a data set: read from its folder, or computed by an encoder once and stored."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.engine.data import FloatArray, PaperText
from recommender.engine.encoder import text_to_encode
from recommender.textfiles import WrongFile

VECTORS_FILE = "vectors.npy"  # beside the papers, a row for each in the same order


class SentenceEncoder(Protocol):
    """What is needed of an encoder; `version` changes with its weights."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(n, e) float32 of length 1; zeros for an empty text."""
        ...


def encoded_text(paper: PaperText) -> str:
    """The text that stands for a paper: its title and abstract.

    Tags, authors and bags of words are no running text, and are left out.
    """
    return text_to_encode(paper.title, paper.abstract)


def read_vectors(folder: Path, n_papers: int) -> FloatArray | None:
    """The vectors of the folder's file, (n_papers, e) float32 of length 1 or zeros; None without a file.

    Raises WrongFile for anything but a finite number in each place of a row for each paper.
    """
    file = folder / VECTORS_FILE
    if not file.is_file():
        return None
    try:
        stored = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise WrongFile(f"{file}: not a NumPy array, or cut short: {error}") from error
    if not isinstance(stored, np.ndarray) or stored.ndim != 2 or not np.issubdtype(stored.dtype, np.floating):
        raise WrongFile(f"{file}: expected one table of floating-point numbers; write it with numpy.save")
    if len(stored) != n_papers:
        raise WrongFile(
            f"{file}: {len(stored):,} rows for {n_papers:,} papers; it needs one for each, in the same order"
        )
    if not np.isfinite(stored).all():
        raise WrongFile(f"{file}: row {np.flatnonzero(~np.isfinite(stored).all(axis=1))[0]} is not finite")
    return _of_length_one(stored)


def compute_vectors(papers: Sequence[PaperText], encoder: SentenceEncoder, stored: Path) -> FloatArray:
    """The vectors of the papers by an encoder, (n, e) float32 of length 1, zeros for a paper without text.

    stored  an existing folder where they are kept as float16, under a name that changes with the texts and the encoder
    """
    texts = [encoded_text(paper) for paper in papers]
    digest = hashlib.sha256(repr((encoder.name, encoder.version, texts)).encode("utf-8", "surrogatepass")).hexdigest()
    folder = stored / digest
    vectors = read_vectors(folder, len(papers))
    if vectors is not None:
        return vectors
    rounded = np.asarray(encoder.encode(texts), dtype=np.float16)
    folder.mkdir(exist_ok=True)
    partial = folder / f"{os.getpid()}.partial"
    with partial.open("wb") as file:
        np.save(file, rounded)
    partial.replace(folder / VECTORS_FILE)
    return _of_length_one(rounded)


def _of_length_one(rows: npt.NDArray[np.floating]) -> FloatArray:
    exact: FloatArray = rows.astype(np.float32)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    exact /= np.where(lengths > 0, lengths, 1)
    return exact
