"""The file of a backup: a zip whose last entry, the manifest, holds the SHA-256 of all the others."""

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
    """The file is no whole backup, or not one for this place; the message says why and what to do."""


class Writer:
    """Entries are added one after the other; their digests are remembered."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file
        self.digests: dict[str, str] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        found = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as entry:
            for block in blocks:
                found.update(block)
                entry.write(block)
        self.digests[name] = found.hexdigest()

    def close(self, said: dict[str, Any]) -> None:
        """Write the manifest, which ends the backup."""
        manifest = {"format": FORMAT, "sha256": self.digests} | said
        self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))


@contextmanager
def create_backup(file: Path) -> Iterator[Writer]:
    """A backup that only its owner may read, and that has its name when it is whole.

    Raises FileExistsError when something has that name already.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists; a backup overwrites nothing")
    aside = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield Writer(archive)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(aside, file)  # unlike a rename it never replaces what came there meanwhile
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def open_backup(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The entries and the manifest, after every byte was checked. Raises WrongBackup."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            for name, digest in manifest["sha256"].items():
                _check(archive, name, digest, file)
            yield archive, manifest
    except FileNotFoundError:
        raise WrongBackup(f"{file} is not there") from None
    except zipfile.BadZipFile as error:
        raise WrongBackup(f"{file} is no whole backup: {error}") from error


def blocks_of(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as entry:
        while block := entry.read(BLOCK):
            yield block


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise WrongBackup(f"{file} is no whole backup: it has no {MANIFEST}")
    manifest = json.loads(archive.read(MANIFEST))
    if manifest.get("format") != FORMAT:
        raise WrongBackup(f"{file} has format {manifest.get('format')}; this version restores format {FORMAT}")
    return dict(manifest)


def _check(archive: zipfile.ZipFile, name: str, digest: str, file: Path) -> None:
    if name not in archive.namelist():
        raise WrongBackup(f"{file} is no whole backup: {name} is missing")
    found = hashlib.sha256()
    for block in blocks_of(archive, name):
        found.update(block)
    if found.hexdigest() != digest:
        raise WrongBackup(f"{file}: {name} is not as it was written (checksum differs)")
