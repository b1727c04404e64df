"""How long work took, told to whoever measures; nobody does unless metrics are switched on."""

from collections.abc import Callable

Listener = Callable[[str, float], None]

_listeners: list[Listener] = []


def on_ranking(listener: Listener) -> None:
    """Tell `listener` the mode of each ranking from now on, and the seconds that it took."""
    if listener not in _listeners:
        _listeners.append(listener)


def ranked(mode: str, seconds: float) -> None:
    for listener in _listeners:
        listener(mode, seconds)
