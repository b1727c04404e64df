"""How long rankings take.

There are listeners only if metrics are switched on.
"""

from collections.abc import Callable

Listener = Callable[[str, float], None]

_listeners: list[Listener] = []


def on_ranking(listener: Listener) -> None:
    """Call `listener` for each ranking from now on.

    It gets the mode and the seconds that the ranking took.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def ranked(mode: str, seconds: float) -> None:
    """Report a ranking to the listeners."""
    for listener in _listeners:
        listener(mode, seconds)
