"""Types of the options of `manage.py evaluate`: each checks its text before hours of work, not after."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from .tasks import ALL, FEW, KNOWN, MANY, Reveal

OFF = "off"


def reveals(text: str) -> list[Reveal]:
    """`0,5,all` -> [0, 5, "all"]."""
    words = text.split(",")
    names = (ALL, KNOWN, FEW, MANY)
    if bad := [word for word in words if word not in names and not (word.isascii() and word.isdigit())]:
        raise ArgumentTypeError(f"{bad[0]!r}: must be a number of votes, {ALL}, {KNOWN}, {FEW} or {MANY}")
    return list(dict.fromkeys(word if word in names else int(word) for word in words))


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise ArgumentTypeError(f"{text!r}: must be a whole number from {least}")
        return int(text)

    return number


def new_file(text: str) -> Path:
    """Parse a path that can be written.

    It is checked before hours of work, not after.
    """
    file = Path(text)
    if file.is_dir() or not file.parent.is_dir():
        raise ArgumentTypeError(f"{text!r}: must be a file in an existing folder")
    return file


def encoder(text: str) -> Path | str:
    """`off`, or the folder of an encoder."""
    if text == OFF:
        return text
    if not Path(text).is_dir():
        raise ArgumentTypeError(f"{text!r}: must be the folder of an encoder, or {OFF}")
    return Path(text)


def new_folder(text: str) -> Path:
    folder = Path(text)
    if not folder.parent.is_dir() or (folder.exists() and not folder.is_dir()):
        raise ArgumentTypeError(f"{text!r}: must be a folder, or a new one in an existing folder")
    return folder
