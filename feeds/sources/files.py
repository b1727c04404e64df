"""Opening a file of papers: which reader its name asks for."""

from collections.abc import Callable, Iterator
from pathlib import Path

from recommender.textfiles import Told, WrongFile, lines_of

from . import jsonl, saved_page
from .records import Rows

READERS: dict[str, Callable[[Iterator[str]], Rows]] = {
    ".jsonl": jsonl.read,
    ".jsonl.gz": jsonl.read,
    ".txt": saved_page.read,
}


def open_papers(path: Path, told: Told = lambda position: None) -> Rows:
    """The records of a file, read as they are asked for.

    told  is given the position in the file, in bytes, from time to time

    Raises WrongFile when the name has no known ending, or the first lines are not what it says.
    """
    ending = next((ending for ending in sorted(READERS, key=len, reverse=True) if path.name.endswith(ending)), None)
    if ending is None:
        raise WrongFile(f"{path.name}: no reader for this ending; known are {', '.join(READERS)}")
    return READERS[ending](lines_of(path, told))
