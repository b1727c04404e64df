"""The encoder of a process: loaded once, by whichever thread comes first, and again when its files change."""

import shutil
import threading

import pytest

from recommender.encoder import current
from recommender.encoder.bert_onnx import convert
from recommender.encoder.current import NoEncoder, current_description, current_encoder
from recommender.engine.encoder import Encoder

from . import tiny


@pytest.fixture
def folder(tmp_path, settings):
    settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    return settings.ENCODER


def test_an_encoder_that_is_off_needs_no_remedy(settings):
    settings.ENCODER = None
    assert current_encoder() == current_description() == NoEncoder("PAPERBOY_ENCODER is off")


def test_an_encoder_that_is_missing_is_fetched_by_a_command(settings, tmp_path):
    settings.ENCODER = tmp_path / "nowhere"
    missing = current_encoder()
    assert isinstance(missing, NoEncoder)
    assert "nowhere does not exist" in missing.reason
    assert missing.remedy == "manage.py encoder fetch"


def test_it_is_there_without_a_restart_once_it_is_fetched(folder, settings, tmp_path):
    settings.ENCODER = tmp_path / "later"
    assert isinstance(current_encoder(), NoEncoder)
    shutil.copytree(folder, tmp_path / "later")
    assert isinstance(current_encoder(), Encoder)


def test_threads_that_come_together_load_it_once(folder, monkeypatch):
    loads, load_encoder = [], current.load_encoder
    monkeypatch.setattr(current, "load_encoder", lambda folder: loads.append(folder) or load_encoder(folder))
    encoders: list[object] = []
    threads = [threading.Thread(target=lambda: encoders.append(current_encoder())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len(set(map(id, encoders))) == 1


def test_changed_files_are_another_encoder(folder):
    before = current_encoder()
    assert current_encoder() is before
    other = tiny.write_originals(folder.with_name("other"), dimension=16)
    convert(other, other / "model.onnx")
    shutil.copytree(other, folder, dirs_exist_ok=True)
    after = current_encoder()
    assert isinstance(after, Encoder)
    assert after.dimension == 16
    assert current_description() == after.description


def test_a_damaged_encoder_is_logged_once_and_named(folder, caplog):
    (folder / "model.onnx").write_bytes(b"")
    for _ in range(3):
        damaged = current_encoder()
    assert isinstance(damaged, NoEncoder)
    assert damaged.is_damaged
    assert "model.onnx" in damaged.reason
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_description_needs_no_intact_weights(folder):
    """A web process reads stored vectors without loading what made them."""
    (folder / "model.onnx").write_bytes(b"not a model")
    assert not isinstance(current_description(), NoEncoder)
