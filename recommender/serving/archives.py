"""The files of models between machines: one archive each in the storage `models`, unpacked into this machine's folder.

A model's row holds the digest of its archive, which is written before the row says so. A machine that lacks the folder
fetches the archive once, whatever the number of its processes, and moves the unpacked folder into place.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages

from recommender.engine.storage import MANIFEST, DamagedModel
from recommender.models import TrainedModel

BLOCK = 1 << 20  # bytes read at a time
YOUNG_SECONDS = 3600.0  # what is younger may be in the making, and is no leftover


def storage() -> Storage:
    """Where the archives are, which every machine reaches."""
    return storages["models"]


def folder_of(version: str) -> Path:
    """Where the files of a model are on this machine, if they are."""
    return Path(settings.MODEL_DIR) / version


def archive_name(version: str) -> str:
    """The name of a model's archive in the storage."""
    return f"{version}.tar"


def is_local(version: str) -> bool:
    return (folder_of(version) / MANIFEST).is_file()


def upload(version: str) -> str:
    """Put the folder of a model into the storage; returns the SHA-256 of the archive, as it was read back.

    Raises OSError when the storage did not take it whole.
    """
    with _aside() as packed:
        with tarfile.open(packed, "w") as archive:
            archive.add(folder_of(version), arcname=version)
        digest = upload_archive(version, packed)
    return digest


def upload_archive(version: str, packed: Path) -> str:
    """Put an archive into the storage and read it back; returns its SHA-256. What had its name before is gone."""
    name = archive_name(version)
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        storage().delete(name)
        stored = storage().save(name, File(stream, name))
    if stored != name or _digest(name) != digest:
        storage().delete(stored)
        raise OSError(f"the storage of models did not take {name} whole; look at its free space")
    return digest


def ensure_local(version: str, digest: str, *, anew: bool = False) -> None:
    """Bring a model to this machine, unless it is here; one process at a time, the others wait and find it.

    digest  of the archive, from the model's row; empty for a model that was never put into the storage
    anew    also where the folder is here, since it is damaged

    Raises DamagedModel when the archive is missing or not as it was written.
    """
    with _one_at_a_time():
        if is_local(version) and not anew:
            return
        if not digest:
            raise DamagedModel(f"{version}: its files are not on this machine, and it has no archive")
        with _aside() as packed:
            download_archive(version, digest, packed)
            _unpack(version, packed)


def download_archive(version: str, digest: str, packed: Path) -> None:
    """Copy a model's archive out of the storage into a file. Raises DamagedModel when it is not as it was written."""
    found = hashlib.sha256()
    try:
        with storage().open(archive_name(version)) as source, packed.open("wb") as target:
            for block in _blocks(source):
                found.update(block)
                target.write(block)
    except FileNotFoundError:
        raise DamagedModel(f"{version}: its archive is not in the storage of models") from None
    if found.hexdigest() != digest:
        raise DamagedModel(f"{version}: its archive is not as it was written (checksum differs)")


def remove(version: str) -> None:
    """Remove a model from this machine and from the storage."""
    shutil.rmtree(folder_of(version), ignore_errors=True)
    storage().delete(archive_name(version))


def prune(kept: set[str]) -> None:
    """Remove the archives of all models but these from the storage, save for one that is being made.

    A model that has a row is finished: its archive goes at once. One without a row may be in the making until it is
    `YOUNG_SECONDS` old.
    """
    versions = {name.removesuffix(".tar"): name for name in _names()}
    finished = _with_row(versions)
    for version, name in versions.items():
        if version not in kept and (version in finished or _stored_for(name) > YOUNG_SECONDS):
            storage().delete(name)


def prune_folder(kept: set[str]) -> None:
    """Remove the files of all models but these from this machine, by the same rule as `prune`."""
    entries = list(Path(settings.MODEL_DIR).glob("*"))
    finished = _with_row(entry.name for entry in entries)
    for entry in entries:
        if entry.name not in kept and (entry.name in finished or not _is_young(entry)):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold this machine's lock; it ends with the process, however that ends."""
    folder = Path(settings.MODEL_DIR)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _aside() -> Iterator[Path]:
    """The name of a file that is gone afterwards."""
    file = Path(settings.MODEL_DIR) / f".{secrets.token_hex(8)}.tar"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _unpack(version: str, packed: Path) -> None:
    """The folder appears whole; a damaged one of the same name gives way."""
    aside = packed.with_suffix("")
    try:
        with tarfile.open(packed) as archive:
            archive.extractall(aside, filter="data")
        shutil.rmtree(folder_of(version), ignore_errors=True)
        os.rename(aside / version, folder_of(version))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _digest(name: str) -> str:
    found = hashlib.sha256()
    with storage().open(name) as source:
        for block in _blocks(source):
            found.update(block)
    return found.hexdigest()


def _blocks(source: IO[bytes] | File) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def _with_row(versions: Iterable[str]) -> set[str]:
    """Those whose training has ended: their row is written after their files."""
    return set(TrainedModel.objects.filter(version__in=list(versions)).values_list("version", flat=True))


def _names() -> list[str]:
    """What is in the storage; a folder that nothing was put into yet is not there."""
    try:
        return list(storage().listdir("")[1])
    except FileNotFoundError:
        return []


def _stored_for(name: str) -> float:
    """Seconds since an archive was stored; none for one that has just gone, which each storage says in its own way."""
    try:
        return time.time() - storage().get_modified_time(name).timestamp()
    except Exception:
        if storage().exists(name):
            raise
        return 0.0


def _is_young(entry: Path) -> bool:
    """Being written by a run that has no row yet, or gone meanwhile."""
    try:
        return time.time() - entry.stat().st_mtime < YOUNG_SECONDS
    except FileNotFoundError:
        return True
