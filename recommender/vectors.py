"""Sentence vectors: those stored of papers, and of short texts on request.

All are from the encoder that this installation uses now. Vectors of another encoder stay in the table until their
papers are encoded again, and are never read.
"""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from .encoder.current import NoEncoder, current_description, current_encoder
from .engine.data import FloatArray, IdArray
from .engine.encoder import MAX_CHARACTERS, DamagedEncoder, Encoder, text_to_encode
from .models import Paper, PaperVector

log = logging.getLogger(__name__)
STORED = np.dtype("<f2")
READ = 2000  # vectors read by one query
MOST_CACHED = 4096  # texts, with 384 numbers each 6 MB
_cache: OrderedDict[tuple[str, str], FloatArray] = OrderedDict()
_cache_lock = Lock()


def vectors_of(paper_ids: IdArray) -> FloatArray | None:
    """The stored vectors of these papers, (n, dimension) float32, in this order.

    Each has length 1, up to the rounding of float16. A paper without a vector has zeros. None if there is no encoder,
    or no paper at all has a vector of it.
    """
    encoder = current_description()
    if isinstance(encoder, NoEncoder):
        return None
    ids, rows = np.unique(paper_ids, return_inverse=True)
    vectors = np.zeros((len(ids), encoder.dimension), dtype=np.float32)
    stored = PaperVector.objects.filter(encoder=encoder.identity)
    count = 0
    for start in range(0, len(ids), READ):
        batch = stored.filter(paper__in=ids[start : start + READ].tolist()).values_list("paper", "vector")
        content = {pk: bytes(vector) for pk, vector in batch if len(vector) == encoder.dimension * STORED.itemsize}
        if content:
            numbers = np.frombuffer(b"".join(content.values()), STORED).reshape(len(content), encoder.dimension)
            vectors[np.searchsorted(ids, list(content))] = numbers
        count += len(content)
    if not count and not stored.exists():
        return None
    return vectors if np.array_equal(ids, paper_ids) else vectors[rows]


def encoder_identity() -> str:
    """The name and version of the encoder of this installation; empty without one."""
    encoder = current_description()
    return "" if isinstance(encoder, NoEncoder) else encoder.identity


def count_of_vectors() -> Count:
    """How many of the papers have a vector of their present text; to aggregate over papers.

    With the time of the papers' last change it tells whether any vector may have changed.
    """
    return Count("vector", filter=Q(vector__encoder=encoder_identity(), vector__paper_updated_at=F("updated_at")))


def papers_without_vectors() -> QuerySet[Paper]:
    """The papers to encode: new ones, those changed since, and those encoded by another encoder.

    None without an encoder.
    """
    encoder = current_description()
    if isinstance(encoder, NoEncoder):
        return Paper.objects.none()
    own = PaperVector.objects.filter(paper=OuterRef("pk"), encoder=encoder.identity)
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


def encode_texts(texts: Sequence[str]) -> FloatArray | None:
    """Vectors of short texts such as topics, (n, dimension) float32; None without an encoder.

    The last `MOST_CACHED` texts are remembered, so that a page encodes a reader's topics only once.
    """
    encoder = current_encoder()
    if isinstance(encoder, NoEncoder):
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
