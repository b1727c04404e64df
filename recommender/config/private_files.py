"""Keep the data folder readable by its owner alone: database, secret key, mails, models, messages and logs."""

import os
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_private(folder: Path) -> None:
    """Create the data folder, or close one that an earlier version left open, with everything in it.

    From then on nothing that this process creates can be read by other users.
    """
    os.umask(os.umask(0o077) | 0o077)
    folder.mkdir(parents=True, exist_ok=True)
    if is_private(folder) or folder.stat().st_uid != os.geteuid():
        return  # `doctor` reports a folder of somebody else
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            _remove_access(Path(parent, name))
    folder.chmod(FOLDER_MODE)  # last, so that an interrupted start is repeated


def is_private(folder: Path) -> bool:
    """Whether no other user can reach what is in the folder."""
    return not folder.stat().st_mode & 0o077


def _remove_access(path: Path) -> None:
    """Take access from all but the owner.

    Links are left alone, and so are files that another process has deleted or another user owns.
    """
    try:
        if not path.is_symlink() and not is_private(path):
            path.chmod(path.stat().st_mode & 0o700)
    except (FileNotFoundError, PermissionError):
        return
