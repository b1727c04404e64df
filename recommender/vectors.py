"""Sentence vectors: those stored of papers, and of short texts on request.

All are from the encoder that this installation uses now. Vectors of another encoder stay in the table until their
papers are encoded again, and are never read.
"""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from .encoder.current import NoEncoder, current_description, current_encoder
from .engine.data import FloatArray, IdArray
from .engine.encoder import MAX_CHARACTERS, DamagedEncoder, Encoder, text_to_encode
from .engine.model import Model
from .models import Paper, PaperVector

log = logging.getLogger(__name__)
STORED = np.dtype("<f2")
READ = 2000  # vectors read by one query
MOST_CACHED = 4096  # texts, with 384 numbers each 6 MB
_cache: OrderedDict[tuple[str, str], FloatArray] = OrderedDict()
_cache_lock = Lock()


@dataclass(frozen=True)
class Kind:
    """Vectors that can be compared with each other: of one encoder, by name and version, and of one dimension."""

    encoder: str
    dimension: int


def current_kind() -> Kind | None:
    """The vectors that this installation makes now; None without an encoder."""
    encoder = current_description()
    return None if isinstance(encoder, NoEncoder) else Kind(encoder.identity, encoder.dimension)


def kind_of(model: Model) -> Kind | None:
    """The vectors that a model compares; None if it has none."""
    return Kind(model.encoder, len(model.vector_map.mean)) if model.vector_map.width else None


def vectors_of(paper_ids: IdArray, kind: Kind | None = None) -> FloatArray | None:
    """The stored vectors of these papers, (n, dimension) float32, in this order.

    Each has length 1, up to the rounding of float16. A paper without a vector has zeros, and so has one whose stored
    vector is damaged. None if there is no encoder, or no paper at all has a vector of it.

    kind  None as well if the installation has another one now; it may have changed since a model was trained, or since
          the caller looked
    """
    current = current_kind()
    if current is None or kind not in {None, current}:
        return None
    ids, rows = np.unique(paper_ids, return_inverse=True)
    vectors = np.zeros((len(ids), current.dimension), dtype=np.float32)
    stored = PaperVector.objects.filter(encoder=current.encoder)
    count = 0
    for start in range(0, len(ids), READ):
        batch = stored.filter(paper__in=ids[start : start + READ].tolist()).values_list("paper", "vector")
        content = {pk: bytes(vector) for pk, vector in batch if len(vector) == current.dimension * STORED.itemsize}
        if content:
            numbers = np.frombuffer(b"".join(content.values()), STORED).reshape(len(content), current.dimension)
            is_sound = np.isfinite(numbers).all(axis=1, keepdims=True)
            vectors[np.searchsorted(ids, list(content))] = np.where(is_sound, numbers, 0)
        count += len(content)
    if not count and not stored.exists():
        return None
    return vectors if np.array_equal(ids, paper_ids) else vectors[rows]


def encoder_identity() -> str:
    """The name and version of the encoder of this installation; empty without one."""
    current = current_kind()
    return current.encoder if current else ""


def count_of_vectors() -> Count:
    """How many of the papers have a vector of their present text; to aggregate over papers.

    With the time of the papers' last change it tells whether any vector may have changed.
    """
    return Count("vector", filter=Q(vector__encoder=encoder_identity(), vector__paper_updated_at=F("updated_at")))


def papers_without_vectors() -> QuerySet[Paper]:
    """The papers to encode: new ones, those changed since, and those with a vector of another encoder or dimension.

    None without an encoder.
    """
    current = current_kind()
    if current is None:
        return Paper.objects.none()
    own = PaperVector.objects.annotate(size=Length("vector")).filter(
        paper=OuterRef("pk"), encoder=current.encoder, size=current.dimension * STORED.itemsize
    )
    return Paper.objects.filter(~Exists(own.filter(paper_updated_at=OuterRef("updated_at"))))


def encode_papers(pks: Sequence[int], *, threads: int = 1) -> int:
    """Store vectors of these papers; returns how many texts were encoded.

    A text that has not changed, whatever else of its paper has, is not encoded again.

    Raises DamagedEncoder if the encoder fails. Without an encoder nothing is stored.
    """
    encoder = current_encoder()
    if isinstance(encoder, NoEncoder):
        return 0
    identity = encoder.description.identity
    papers = Paper.objects.filter(pk__in=pks).order_by("pk").values_list("pk", "title", "abstract", "updated_at")
    stored = PaperVector.objects.filter(paper__in=pks, encoder=identity)
    size = encoder.dimension * STORED.itemsize
    old = {
        pk: digest for pk, digest, vector in stored.values_list("paper", "text_digest", "vector") if len(vector) == size
    }
    new, unchanged = [], []
    texts = []
    for pk, title, abstract, updated_at in papers:
        text = text_to_encode(title, abstract)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        row = PaperVector(paper_id=pk, encoder=identity, text_digest=digest, paper_updated_at=updated_at)
        if old.get(pk) == digest:
            unchanged.append(row)
        else:
            new.append(row)
            texts.append(text)
    for row, vector in zip(new, encoder.encode(texts, threads=threads), strict=True):
        row.vector = vector.astype(STORED).tobytes()
    columns = ["encoder", "text_digest", "paper_updated_at", "vector"]
    PaperVector.objects.bulk_create(new, update_conflicts=True, unique_fields=["paper"], update_fields=columns)
    PaperVector.objects.bulk_update(unchanged, ["paper_updated_at"])
    return len(new)


def encode_texts(texts: Sequence[str], kind: Kind | None = None) -> FloatArray | None:
    """Vectors of short texts such as topics, (n, dimension) float32; None without an encoder.

    The last `MOST_CACHED` texts are remembered, so that a page encodes a reader's topics only once.

    kind  None as well if the encoder makes another one
    """
    encoder = current_encoder()
    if isinstance(encoder, NoEncoder):
        return None
    if kind not in {None, Kind(encoder.description.identity, encoder.dimension)}:
        return None
    keys = [(encoder.description.identity, text[:MAX_CHARACTERS]) for text in texts]
    with _cache_lock:
        vectors = {key: _cache[key] for key in keys if key in _cache}
    missing = list(dict.fromkeys(key for key in keys if key not in vectors))
    try:
        vectors |= zip(missing, encoder.encode([text for _, text in missing]), strict=True)
    except DamagedEncoder as error:
        log.error("topics are compared by words alone: %s", error)
        return None
    _remember(vectors)
    return _stack([vectors[key] for key in keys], encoder)


def _remember(vectors: dict[tuple[str, str], FloatArray]) -> None:
    with _cache_lock:
        for key, vector in vectors.items():
            _cache[key] = vector
            _cache.move_to_end(key)
        while len(_cache) > MOST_CACHED:
            _cache.popitem(last=False)


def _stack(vectors: Sequence[FloatArray], encoder: Encoder) -> FloatArray:
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), encoder.dimension)
