"""Progress bars for commands; silent without a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from .engine.data import Report


class FileProgress:
    """A bar over the bytes of a file."""

    def __init__(self, path: Path) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), disable=not Console(stderr=True).is_terminal)
        size = path.stat().st_size if path.is_file() else None
        self._task = self._progress.add_task(path.name, total=size)

    def at(self, position: int) -> None:
        """Move the bar to this byte."""
        self._progress.update(self._task, completed=position)

    def __enter__(self) -> "FileProgress":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def counter(description: str, total: int) -> Progress:
    """A bar over `total` things.

    Use it in a `with` statement and call `advance(task_ids[0])` for each.
    """
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip
    progress.add_task(description, total=total)
    return progress


@contextmanager
def activity(description: str) -> Iterator[Report]:
    """A line that says what is being done now.

    The yielded function replaces it by the next one.
    """
    with Console(stderr=True).status(description) as status:
        yield lambda line: status.update(escape(line))
