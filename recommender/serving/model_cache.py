"""The model that answers now, in memory once a process; while a newer one comes, or is damaged, the one before it does.

The newest promotion is one query. A model that is not in memory is brought to this machine and read by a thread of its
own; the request that was first to want it waits a moment, the others are served by the one before.
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
RETRY_SECONDS = 60.0  # until a damaged model is looked at again
PATIENCE_SECONDS = 2.0  # that the first request for a new model waits for it
COLD_SECONDS = 10.0  # that every request waits while there is no other model in memory
WATCH_SECONDS = 3.0
FALLBACKS = 3  # promoted models that are tried before giving up
UNPACKED = 2  # of them, that stay unpacked on a machine: the one that serves and the one before it
IN_MEMORY = 2  # and an experiment's challenger

_lock = Lock()
_damaged: dict[str, float] = {}
_lost: set[str] = set()  # folders whose model can be had from nowhere
_challenger = ""  # the folder last asked for as such
_models: OrderedDict[str, Future[Model]] = OrderedDict()  # by folder, the last used last
_reader = ThreadPoolExecutor(1, "model")


@dataclass(frozen=True)
class Served:
    """A model with its row, and the arm of an experiment that it serves as, if any."""

    row: TrainedModel
    model: Model
    experiment: Experiment | None = None
    arm: str = ""

    @property
    def mode(self) -> Ranking.Mode:
        """How the model ranks by a reader's votes: with what other readers' votes taught it, or by content alone."""
        return Ranking.Mode.HYBRID if self.model.settings.learns_from_others else Ranking.Mode.CONTENT

    @property
    def state(self) -> str:
        """Names the model and the arm; where either is another, rankings are made anew."""
        return f"{self.row.version}|{self.experiment.public_id}|{self.arm}" if self.experiment else self.row.version


@dataclass(frozen=True)
class Unavailable:
    """Why there is no model to serve, in words for the reader."""

    reason: str


def current(*, wait: bool = False) -> Served | Unavailable:
    """The newest promoted model that is whole and here; with `wait`, however long it takes to come here."""
    promoted = list(TrainedModel.objects.serving_order()[:FALLBACKS])
    if not promoted:
        return Unavailable("No model has been trained yet.")
    for row in promoted:
        model = get_model(row.version, row.archive_digest, wait=wait)
        if model is not None:
            return Served(row, model)
    return Unavailable("The trained model cannot be read at the moment.")


def get_model(version: str, digest: str = "", *, wait: bool = False, is_challenger: bool = False) -> Model | None:
    """The model, or None while it is on its way or damaged; then it is looked at again after `RETRY_SECONDS`.

    digest         of its archive, where it has one: a model missing or damaged on this machine is taken from there
    is_challenger  it is in memory beside those that serve, in nobody's place
    """
    global _challenger  # noqa: PLW0603 - the process has one
    name = str(folder_of(version))
    with _lock:
        if time.monotonic() - _damaged.get(name, -RETRY_SECONDS) < RETRY_SECONDS:
            return None
        _challenger = name if is_challenger else _challenger
        coming, patience = _ask_for(name, version, digest)
    try:
        error = coming.exception(None if wait else patience)
    except TimeoutError:
        return None
    if error is None:
        return coming.result()
    _note_damage(name, version, error)
    return None


def versions_to_keep(promoted: int = FALLBACKS) -> set[str]:
    """Models whose files stay: candidates, the last promoted ones, and the newest, which an operator may yet want."""
    kept = set(TrainedModel.objects.serving_order().values_list("version", flat=True)[:promoted])
    kept |= set(Experiment.objects.filter(is_running=True).values_list("challenger__version", flat=True))
    kept |= set(TrainedModel.objects.filter(state=ModelState.CANDIDATE).values_list("version", flat=True))
    return kept | set(TrainedModel.objects.values_list("version", flat=True)[:1])


def versions_on_this_machine() -> set[str]:
    """Models whose unpacked files stay here: of those promoted fewer than have archives, from which they come back."""
    unarchived = TrainedModel.objects.filter(version__in=versions_to_keep(), archive_digest="")
    return versions_to_keep(UNPACKED) | set(unarchived.values_list("version", flat=True))


def is_in_memory(model: Model) -> bool:
    """Whether this very model is one of those that this process holds."""
    with _lock:
        here = list(_models.values())
    return any(one.done() and one.exception() is None and one.result() is model for one in here)


def is_lost(version: str) -> bool:
    """Whether the model was looked for and is damaged or missing, on this machine and in the storage."""
    return str(folder_of(version)) in _lost


def clear() -> None:
    """Have nothing in memory, and no memory of damage."""
    with _lock:
        _models.clear()
        _damaged.clear()
        _lost.clear()


def start_watching() -> None:
    """Look for a new model every few seconds in a thread, so that it is here before a request wants it."""
    Thread(target=_watch, name="model watch", daemon=True).start()


def _ask_for(name: str, version: str, digest: str) -> tuple[Future[Model], float]:
    """The model, there or coming, and the seconds to wait for it."""
    is_new = name not in _models
    if is_new:
        _models[name] = _reader.submit(_bring_and_load, version, digest)
    _models.move_to_end(name)
    while len(_models) > IN_MEMORY + (_challenger in _models):
        _models.popitem(last=False)
    has_another = any(other.done() for other_name, other in _models.items() if other_name != name)
    return _models[name], COLD_SECONDS if not has_another else PATIENCE_SECONDS if is_new else 0.0


def _bring_and_load(version: str, digest: str) -> Model:
    try:
        archives.ensure_local(version, digest)
        try:
            return load(folder_of(version)).warmed()
        except DamagedModel as damage:
            if not digest:
                raise
            log.error("a damaged model is brought anew: %s", damage)
        archives.ensure_local(version, digest, anew=True)
        return load(folder_of(version)).warmed()
    finally:
        connection.close()


def _note_damage(name: str, version: str, error: BaseException) -> None:
    with _lock:
        if _models.pop(name, None) is None:
            return
        _damaged[name] = time.monotonic()
        if isinstance(error, DamagedModel):
            _lost.add(name)
    log.error("model %s not served: %s: %s", version, type(error).__name__, error)


def _watch() -> None:
    latest = ""
    while True:
        try:
            latest = _look(latest)
        except (Error, OSError) as error:
            log.warning("could not look for a new model: %s", error)
        finally:
            connection.close()
        time.sleep(WATCH_SECONDS)


def _look(latest: str) -> str:
    """Fetch the newest model; what it makes superfluous on this machine goes."""
    found = current()
    if isinstance(found, Unavailable) or found.row.version == latest:
        return latest
    archives.prune_folder(versions_on_this_machine())
    return found.row.version
