"""The serving model in memory, once per process.

While a newer one loads, or if it is damaged, the previous one serves. The newest promotion is found by one query. A
model that is not in memory is downloaded and loaded by a thread; the first request that needs it waits a moment, the
others use the previous model.
"""

import logging
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, Thread

from django.db import Error, connection

from recommender.engine.model import Model
from recommender.engine.storage import DamagedModel, load
from recommender.models import Experiment, ModelState, Ranking, TrainedModel

from . import archives
from .archives import folder_of

log = logging.getLogger(__name__)
RETRY_SECONDS = 60.0  # until a damaged model is tried again
PATIENCE_SECONDS = 2.0  # how long the first request for a new model waits for it
COLD_SECONDS = 10.0  # how long every request waits while no other model is in memory
WATCH_SECONDS = 3.0  # between two looks for a new model
FALLBACKS = 3  # promoted models that are tried before giving up
UNPACKED = 2  # promoted models that stay unpacked on a machine: the serving one and the one before it
IN_MEMORY = 2  # models in memory, beside the challenger of an experiment

_lock = Lock()
_damaged: dict[str, float] = {}  # when damage was seen, by folder
_lost: set[str] = set()  # folders of models that are damaged or missing everywhere
_challenger = ""  # folder of the model last requested as a challenger
_models: OrderedDict[str, Future[Model]] = OrderedDict()  # by folder, the last used last
_loader = ThreadPoolExecutor(1, "model")


@dataclass(frozen=True)
class Served:
    """A serving model with its row.

    If it serves in an arm of an experiment, the arm.
    """

    row: TrainedModel
    model: Model
    experiment: Experiment | None = None
    arm: str = ""

    @property
    def is_trained(self) -> bool:
        """Whether a night has trained it; if not, it is the first model, which no table has."""
        return self.row.pk is not None

    @property
    def mode(self) -> Ranking.Mode:
        """How the model ranks by votes.

        With what it learned from other readers, or by content alone.
        """
        return Ranking.Mode.HYBRID if self.model.settings.learns_from_others else Ranking.Mode.CONTENT

    @property
    def state(self) -> str:
        """Identifies the model and the arm.

        A ranking made under another state is stale.
        """
        return f"{self.row.version}|{self.experiment.public_id}|{self.arm}" if self.experiment else self.row.version


@dataclass(frozen=True)
class Unavailable:
    """Why no model serves, as a sentence for the reader."""

    reason: str


def current(*, wait: bool = False) -> Served | Unavailable:
    """The newest promoted model that can be loaded.

    With `wait`, waits however long loading takes.
    """
    promoted = list(TrainedModel.objects.serving_order()[:FALLBACKS])
    if not promoted:
        return Unavailable("No model has been trained yet.")
    for row in promoted:
        model = get_model(row.version, row.archive_digest, wait=wait)
        if model is not None:
            return Served(row, model)
    return Unavailable("The trained model cannot be read at the moment.")


def get_model(version: str, digest: str = "", *, wait: bool = False, is_challenger: bool = False) -> Model | None:
    """The model, or None while it is loading or damaged.

    A damaged one is tried again after `RETRY_SECONDS`.

    digest         of its archive, if it has one: a model missing or damaged on this machine is downloaded again
    is_challenger  keep it in memory beside the serving models instead of in place of one
    """
    global _challenger  # noqa: PLW0603 - one per process
    name = str(folder_of(version))
    with _lock:
        if time.monotonic() - _damaged.get(name, -RETRY_SECONDS) < RETRY_SECONDS:
            return None
        _challenger = name if is_challenger else _challenger
        is_new = name not in _models
        if is_new:
            _models[name] = _loader.submit(_load, version, digest)
        _models.move_to_end(name)
        while len(_models) > IN_MEMORY + (_challenger in _models):
            _models.popitem(last=False)
        future = _models[name]
        has_another = any(other.done() for other_name, other in _models.items() if other_name != name)
    patience = COLD_SECONDS if not has_another else PATIENCE_SECONDS if is_new else 0.0
    try:
        error = future.exception(None if wait else patience)
    except TimeoutError:
        return None
    if error is None:
        return future.result()
    with _lock:
        is_first = _models.pop(name, None) is not None  # of the requests that waited for it
        if is_first:
            _damaged[name] = time.monotonic()
            if isinstance(error, DamagedModel):
                _lost.add(name)
    if is_first:
        log.error("model %s not served: %s: %s", version, type(error).__name__, error)
    return None


def versions_to_keep(promoted: int = FALLBACKS) -> set[str]:
    """Models whose files are kept.

    The newest, the candidates, a running challenger, and the last `promoted` ones. The newest is kept even if it was
    refused: an operator may overrule that.
    """
    keep = set(TrainedModel.objects.serving_order().values_list("version", flat=True)[:promoted])
    keep |= set(Experiment.objects.filter(is_running=True).values_list("challenger__version", flat=True))
    keep |= set(TrainedModel.objects.filter(state=ModelState.CANDIDATE).values_list("version", flat=True))
    return keep | set(TrainedModel.objects.values_list("version", flat=True)[:1])


def versions_on_this_machine() -> set[str]:
    """Models that stay unpacked on this machine.

    Fewer promoted ones than `versions_to_keep`, whose archives can be downloaded.
    """
    unarchived = TrainedModel.objects.filter(version__in=versions_to_keep(), archive_digest="")
    return versions_to_keep(UNPACKED) | set(unarchived.values_list("version", flat=True))


def is_in_memory(model: Model) -> bool:
    """Whether this process holds this very object."""
    with _lock:
        futures = list(_models.values())
    return any(one.done() and one.exception() is None and one.result() is model for one in futures)


def is_lost(version: str) -> bool:
    """Whether the model is damaged or missing everywhere.

    That is, on this machine and in the storage.
    """
    return str(folder_of(version)) in _lost


def clear() -> None:
    """Drop all models and all records of damage."""
    with _lock:
        _models.clear()
        _damaged.clear()
        _lost.clear()


def start_watching() -> None:
    """Look for a new model every few seconds in a thread.

    It is then loaded before a request needs it.
    """
    Thread(target=_watch, name="model watch", daemon=True).start()


def _load(version: str, digest: str) -> Model:
    """Download the model if necessary and load it.

    A damaged folder is downloaded again once.
    """
    try:
        archives.ensure_local(version, digest)
        try:
            return load(folder_of(version)).warmed()
        except DamagedModel as damage:
            if not digest:
                raise
            log.error("downloading a damaged model again: %s", damage)
        archives.ensure_local(version, digest, anew=True)
        return load(folder_of(version)).warmed()
    finally:
        connection.close()


def _watch() -> None:
    """Load each new model and delete superfluous files.

    The files are those of this machine.
    """
    latest = ""
    while True:
        try:
            served = current()
            if isinstance(served, Served) and served.row.version != latest:
                archives.prune_folder(versions_on_this_machine())
                latest = served.row.version
        except (Error, OSError) as error:
            log.warning("could not look for a new model: %s", error)
        finally:
            connection.close()
        time.sleep(WATCH_SECONDS)
