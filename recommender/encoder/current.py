"""The encoder that this process uses: PAPERBOY_ENCODER, loaded once when it is first needed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

from django.conf import settings

from recommender.engine.encoder import FILES, DamagedEncoder, Description, Encoder, describe_encoder, load_encoder

log = logging.getLogger(__name__)
FETCH = "manage.py encoder fetch"
_lock = Lock()


@dataclass(frozen=True)
class NoEncoder:
    """Why there is no encoder; papers are then compared by words alone.

    remedy  empty if it is off on purpose
    """

    reason: str
    remedy: str = ""
    is_damaged: bool = False

    @property
    def public_reason(self) -> str:
        """The reason without paths of this machine."""
        if self.is_damaged:
            return "the encoder is damaged; see manage.py encoder status"
        return "the encoder has not been fetched" if self.remedy else self.reason


_Files = tuple[tuple[str, int, int], ...]  # path, size and time of change
_described: dict[_Files, Description | NoEncoder] = {}
_loaded: dict[_Files, Encoder | NoEncoder] = {}
_Made = TypeVar("_Made", Description, Encoder)


def current_description() -> Description | NoEncoder:
    """Which encoder this installation uses, without loading its weights."""
    return _current(_described, describe_encoder)


def current_encoder() -> Encoder | NoEncoder:
    """The encoder, loaded when it is first needed or after its files have changed."""
    return _current(_loaded, load_encoder)


def _current(made: dict[_Files, _Made | NoEncoder], make: Callable[[Path], _Made]) -> _Made | NoEncoder:
    """What `make` makes of the encoder's folder, remembered in `made` as long as the files are the same."""
    folder = settings.ENCODER
    if folder is None:
        return NoEncoder("PAPERBOY_ENCODER is off")
    if not folder.is_dir():
        return NoEncoder(f"the encoder has not been fetched: {folder} does not exist", FETCH)
    files = _files(folder)
    with _lock:
        if files not in made:
            made.clear()
            try:
                made[files] = make(folder)
            except DamagedEncoder as error:
                log.error("the encoder cannot be used: %s", error)
                made[files] = NoEncoder(str(error), f"{FETCH}, or correct PAPERBOY_ENCODER", is_damaged=True)
        return made[files]


def _files(folder: Path) -> _Files:
    """What tells whether files have changed."""
    states = []
    for file in (folder / name for name in FILES):
        try:
            state = file.stat()
        except OSError:
            continue
        states.append((str(file), state.st_size, state.st_mtime_ns))
    return tuple(states)
