"""The model that answers now, loaded once a process; a damaged one gives way to the one before it."""

import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings

from .engine.model import Model
from .engine.storage import DamagedModel, load
from .models import TrainedModel

log = logging.getLogger(__name__)
RETRY_SECONDS = 60.0
FALLBACKS = 3  # promoted models that are tried before giving up

_lock = Lock()
_damaged: dict[str, float] = {}


@dataclass(frozen=True)
class Served:
    """A promoted model with its row."""

    row: TrainedModel
    model: Model


@dataclass(frozen=True)
class Unavailable:
    """Why there is no model to serve, in words for the reader."""

    reason: str


def folder_of(version: str) -> Path:
    """Where the files of a model are."""
    return Path(settings.MODEL_DIR) / version


def current() -> Served | Unavailable:
    """The newest promoted model whose files are whole."""
    promoted = list(TrainedModel.objects.serving_order()[:FALLBACKS])
    if not promoted:
        return Unavailable("No model has been trained yet.")
    for row in promoted:
        model = whole(row.version)
        if model is not None:
            return Served(row, model)
    return Unavailable("The trained model cannot be read at the moment.")


def whole(version: str) -> Model | None:
    """The model, or None while it is damaged; a damaged one is looked at again after `RETRY_SECONDS`."""
    with _lock:
        if time.monotonic() - _damaged.get(version, -RETRY_SECONDS) < RETRY_SECONDS:
            return None
        try:
            return _load(str(folder_of(version)))
        except DamagedModel as error:
            _damaged[version] = time.monotonic()
            log.error("model not served: %s", error)
            return None


@lru_cache(maxsize=2)
def _load(folder: str) -> Model:
    return load(Path(folder))
