"""Distribute model files between machines.

The storage `models` has one archive per model, which is unpacked into this machine's folder. The archive is uploaded
before its digest is written to the model's row. A machine without the folder downloads the archive once, however many
processes it has, and moves the unpacked folder into place.
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

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages

from recommender.engine.storage import MANIFEST, DamagedModel, mapped_file
from recommender.models import TrainedModel

BLOCK = 1 << 20  # bytes read at a time
COMPRESSION = 1  # of gzip, the fastest: numbers of a model leave little to gain, its row numbers and terms half
YOUNG_SECONDS = 3600.0  # younger files without a row may still be being written


def storage() -> Storage:
    """The storage of the archives, which every machine reaches."""
    return storages["models"]


def folder_of(version: str) -> Path:
    """The folder of a model on this machine, whether it exists or not."""
    return Path(settings.MODEL_DIR) / version


def archive_name(version: str) -> str:
    """The name of a model's archive in the storage.

    It says nothing of compression, so that older archives, which are not compressed, have the same name.
    """
    return f"{version}.tar"


def is_local(version: str) -> bool:
    """Whether the model's folder is on this machine."""
    return (folder_of(version) / MANIFEST).is_file()


def upload(version: str) -> str:
    """Pack and compress the folder of a model and upload it.

    Returns the SHA-256 of the archive, as it was read back. Raises OSError if the storage did not store it whole.
    """
    with _temporary_file() as packed:
        with tarfile.open(packed, "w:gz", compresslevel=COMPRESSION) as archive:
            archive.add(folder_of(version), arcname=version)
        return upload_archive(version, packed)


def upload_archive(version: str, packed: Path) -> str:
    """Upload an archive in place of an older one; returns its SHA-256.

    It is read back. Raises OSError as `upload`.
    """
    name = archive_name(version)
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        storage().delete(name)
        stored_name = storage().save(name, File(stream, name))
    stored = hashlib.sha256()
    if stored_name == name:
        with storage().open(name) as source:
            while block := source.read(BLOCK):
                stored.update(block)
    if stored.hexdigest() != digest:
        storage().delete(stored_name)
        raise OSError(f"the model storage did not store {name} completely; check its free space")
    return digest


def ensure_local(version: str, digest: str, *, anew: bool = False) -> None:
    """Download a model to this machine unless it is here.

    Other processes of this machine wait meanwhile.

    digest  of the archive, from the model's row; empty for a model that was never uploaded
    anew    also if the folder is here, because it is damaged

    Raises DamagedModel if the archive is missing or altered.
    """
    models = Path(settings.MODEL_DIR)
    models.parent.mkdir(parents=True, exist_ok=True)
    with models.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the process ends, however it ends
        if is_local(version) and not anew:
            return
        if not digest:
            raise DamagedModel(f"{version}: its files are not on this machine, and it has no archive")
        with _temporary_file() as packed:
            download_archive(version, digest, packed)
            unpacked = packed.with_suffix("")
            try:
                with tarfile.open(packed) as archive:
                    archive.extractall(unpacked, filter="data")
                shutil.rmtree(folder_of(version), ignore_errors=True)
                os.rename(unpacked / version, folder_of(version))  # the folder appears whole
            finally:
                shutil.rmtree(unpacked, ignore_errors=True)


def download_archive(version: str, digest: str, packed: Path) -> None:
    """Copy a model's archive from the storage to a file.

    Raises DamagedModel if it is missing or altered.
    """
    received = hashlib.sha256()
    try:
        with storage().open(archive_name(version)) as source, packed.open("wb") as target:
            while block := source.read(BLOCK):
                received.update(block)
                target.write(block)
    except FileNotFoundError:
        raise DamagedModel(f"{version}: its archive is not in the model storage") from None
    if received.hexdigest() != digest:
        raise DamagedModel(f"{version}: its archive was changed after it was written (checksum differs)")


def remove(version: str) -> None:
    """Delete a model's files from this machine and from the storage."""
    shutil.rmtree(folder_of(version), ignore_errors=True)
    mapped_file(folder_of(version)).unlink(missing_ok=True)
    storage().delete(archive_name(version))


def prune(keep: set[str]) -> None:
    """Delete the archives of all other models from the storage.

    A model with a row is finished, and its archive is deleted at once. One without a row may still be being written
    until it is `YOUNG_SECONDS` old.
    """
    try:
        names = storage().listdir("")[1]
    except FileNotFoundError:  # nothing was ever stored
        return
    versions = {name.removesuffix(".tar"): name for name in names}
    finished = _with_row(versions)
    for version, name in versions.items():
        if version not in keep and (version in finished or seconds_since_upload(name) > YOUNG_SECONDS):
            storage().delete(name)


def prune_folder(keep: set[str]) -> None:
    """Delete the files of all other models from this machine.

    By the same rule as `prune`.
    """
    for mapped in mapped_file(folder_of("any")).parent.glob("*"):
        if mapped.name not in keep:
            mapped.unlink(missing_ok=True)
    entries = list(Path(settings.MODEL_DIR).glob("*"))
    finished = _with_row(entry.name for entry in entries)
    for entry in entries:
        if entry.name in keep:
            continue
        try:
            is_young = time.time() - entry.stat().st_mtime < YOUNG_SECONDS
        except FileNotFoundError:  # another process has deleted it
            continue
        if is_young and entry.name not in finished:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def seconds_since_upload(name: str) -> float:
    """The age of an archive.

    Returns 0 for one that another process has just deleted.
    """
    try:
        return time.time() - storage().get_modified_time(name).timestamp()
    except Exception:  # FileNotFoundError from a folder or the table, botocore's ClientError from S3
        if storage().exists(name):
            raise
        return 0.0


@contextmanager
def _temporary_file() -> Iterator[Path]:
    """A path beside the models that is deleted afterwards."""
    file = Path(settings.MODEL_DIR) / f".{secrets.token_hex(8)}.tar"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _with_row(versions: Iterable[str]) -> set[str]:
    """Those whose training has ended: a model's row is written after its files."""
    return set(TrainedModel.objects.filter(version__in=list(versions)).values_list("version", flat=True))
