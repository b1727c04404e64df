"""The pages of feeds that were made last, by their entity tags, in this process: an unchanged one is not made again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

MOST = 200  # pages, of some 50 kB each

_pages: OrderedDict[str, dict[str, Any]] = OrderedDict()
_lock = Lock()


def remembered(tag: str, make: Callable[[], dict[str, Any]], tag_now: Callable[[], str | None]) -> dict[str, Any]:
    """The page that this tag names, made if it is not known; nobody may change it.

    A page is kept only if its tag is the same after it was made: what changed meanwhile could change back, and the
    page would be found under a tag that it does not deserve.
    """
    with _lock:
        if tag in _pages:
            _pages.move_to_end(tag)
            return _pages[tag]
    page = make()
    if tag_now() == tag:
        with _lock:
            _pages[tag] = page
            while len(_pages) > MOST:
                _pages.popitem(last=False)
    return page
