"""The file format of backups: a zip with checksums.

The last entry, the manifest, has the SHA-256 of all other entries.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20  # bytes read at a time


class WrongBackup(Exception):
    """The file is damaged or does not fit this installation.

    The message says why and what to do.
    """


class Writer:
    """Adds entries to a backup and collects their digests."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file
        self.digests: dict[str, str] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as entry:
            for block in blocks:
                digest.update(block)
                entry.write(block)
        self.digests[name] = digest.hexdigest()

    def close(self, metadata: dict[str, Any]) -> None:
        """Write the manifest, which completes the backup."""
        manifest = {"format": FORMAT, "sha256": self.digests} | metadata
        self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))


@contextmanager
def create_backup(file: Path) -> Iterator[Writer]:
    """Write a backup that only its owner may read.

    It appears under its name when it is complete. Raises FileExistsError if the name is taken.
    """
    if file.exists():
        raise FileExistsError(f"{file} already exists; choose a new file name")
    partial = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield Writer(archive)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(partial, file)  # unlike a rename, this never replaces a file that was created meanwhile
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def open_backup(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """Open a backup and its manifest, after checking every byte. Raises WrongBackup."""
    try:
        with zipfile.ZipFile(file) as archive:
            if MANIFEST not in archive.namelist():
                raise WrongBackup(f"{file} is not a complete backup: it has no {MANIFEST}")
            manifest = dict(json.loads(archive.read(MANIFEST)))
            if manifest.get("format") != FORMAT:
                raise WrongBackup(f"{file} has format {manifest.get('format')}; this version restores format {FORMAT}")
            for name, sha256 in manifest["sha256"].items():
                if name not in archive.namelist():
                    raise WrongBackup(f"{file} is not a complete backup: {name} is missing")
                digest = hashlib.sha256()
                for block in entry_blocks(archive, name):
                    digest.update(block)
                if digest.hexdigest() != sha256:
                    raise WrongBackup(f"{file}: {name} is damaged (its checksum differs)")
            yield archive, manifest
    except FileNotFoundError:
        raise WrongBackup(f"{file} does not exist") from None
    except zipfile.BadZipFile as error:
        raise WrongBackup(f"{file} is not a complete backup: {error}") from error


def entry_blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as entry:
        while block := entry.read(BLOCK):
            yield block
