"""A content model for the time before any night has trained one.

It knows the newest papers and nobody's votes, so a reader's own votes and interests order a day from the first minute.
It is made in a moment, by the first request that needs it, and kept in the memory of the process.
"""

import hashlib
from threading import Lock

import numpy as np
from django.db.models import Count, Max

from accounts.models import User
from recommender.dataset import texts_of
from recommender.engine.data import Settings, votes_from_triples
from recommender.engine.features import terms_of
from recommender.engine.fit import fit
from recommender.models import Paper, PaperVector, TrainedModel
from recommender.vectors import current_kind, encoder_identity, vectors_of

from . import model_cache
from .arms import served_to, state_of
from .model_cache import Served, Unavailable

NEWEST = 1000  # papers that it is made from: about a second's work
# Of few papers and no votes, vectors as they are know more than with their directions weighed alike.
SETTINGS = Settings(rank=128, vector_weight=1.0, flat_vector_weight=0.0).content_only()

_lock = Lock()
_made: dict[str, Served] = {}  # the last one, by its version


def served_or_first(reader: User) -> Served | Unavailable:
    """The model that ranks for this reader: a trained one, or else the first model.

    Returns why neither does.
    """
    served = served_to(reader)
    if not isinstance(served, Unavailable):
        return served
    first = first_model()
    return first or served


def current_or_first() -> Served | Unavailable:
    """The same for nobody in particular: the serving model, or else the first model."""
    served = model_cache.current()
    return first_model() or served if isinstance(served, Unavailable) else served


def state_of_served_or_first(reader: User) -> str:
    """Identify the model that `served_or_first` gives, without reading or making one.

    Takes two queries.
    """
    return state_of(reader) or _version()


def first_model() -> Served | None:
    """The content model of the newest papers; None while they have no words.

    Its version names the state of the papers and their vectors: every process makes the same model of one version.
    """
    version = _version()
    with _lock:  # requests that need it at the same time wait for one to make it
        if version not in _made:
            _made.clear()
            served = _make(version)
            if served is None:
                return None
            _made[version] = served
        return _made[version]


def first_model_of(version: str) -> Served | None:
    """The first model of this version; None if the papers or their vectors have changed since."""
    if not version or version != _version():
        return None
    return first_model()


def clear() -> None:
    """Forget the model; the next request that needs one makes it again."""
    with _lock:
        _made.clear()


def _version() -> str:
    papers = Paper.objects.offered().aggregate(count=Count("pk"), last=Max("pk"), changed=Max("updated_at"))
    encoder = encoder_identity()
    encoded = PaperVector.objects.filter(encoder=encoder)
    vectors = encoded.aggregate(count=Count("pk"), last=Max("paper_updated_at")) if encoder else {}
    state = repr([sorted(papers.items()), encoder, sorted(vectors.items())])
    return "first-" + hashlib.sha256(state.encode()).hexdigest()[:24]


def _make(version: str) -> Served | None:
    newest = Paper.objects.offered().order_by("-day", "-pk").values_list("pk", flat=True)[:NEWEST]
    paper_ids = np.sort(np.array(list(newest), dtype=np.int64))
    texts = texts_of(paper_ids)
    if not any(map(terms_of, texts)):
        return None
    kind = current_kind()
    encoder, vectors = (kind.encoder, vectors_of(paper_ids, kind)) if kind else ("", None)
    model = fit(texts, paper_ids, votes_from_triples([], 0, len(texts)), SETTINGS, vectors=vectors, encoder=encoder)
    return Served(TrainedModel(version=version), model.warmed())
