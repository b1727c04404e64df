"""The model that answers: the newest whole one, however the others are broken."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from recommender.engine.storage import MANIFEST
from recommender.models import TrainedModel
from recommender.serving import model_cache
from recommender.serving.model_cache import Served, Unavailable, current, folder_of, get_model
from tests.recommender.planted import publish


@pytest.fixture
def two(db, model_dir, model):
    """An older and a newer promoted model."""
    older = publish(model, promoted_at=datetime.now(UTC) - timedelta(days=1))
    return older, publish(model)


def cut(folder):
    file = folder / "terms.json"
    file.write_bytes(file.read_bytes()[:-10])


def flip(folder):
    file = folder / "rows.data.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))


def lose(folder):
    (folder / "idf.npy").unlink()


def other_format(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 99}))


def test_without_a_model_the_reader_is_told(db, model_dir):
    assert current() == Unavailable("No model has been trained yet.")


def test_the_model_promoted_last_is_served(two):
    assert current().row == two[1].row


def test_a_model_comes_into_service_with_all_made_that_a_first_request_would_wait_for(two):
    assert {"projected", "projected_prior", "by_term", "text_lengths"} <= set(vars(current().model))


@pytest.mark.parametrize("state", ["candidate", "refused"])
def test_a_model_that_was_not_promoted_is_not_served(two, model, state):
    publish(model, state=state)
    assert current().row == two[1].row


def test_a_folder_without_a_row_is_not_served(two):
    shutil.copytree(folder_of(two[1].row.version), folder_of("9999-stray"))
    assert current().row == two[1].row


@pytest.mark.parametrize("damage", [cut, flip, lose, other_format, shutil.rmtree])
def test_a_damaged_model_gives_way_to_the_one_before_and_the_log_says_why(two, damage, caplog):
    damage(folder_of(two[1].row.version))
    assert current().row == two[0].row
    assert two[1].row.version in caplog.text


def test_when_all_are_damaged_the_reader_is_told(two):
    for served in two:
        cut(folder_of(served.row.version))
    assert current() == Unavailable("The trained model cannot be read at the moment.")


def test_a_damaged_model_is_looked_at_again_after_a_while(two, monkeypatch):
    folder = folder_of(two[1].row.version)
    (folder / MANIFEST).rename(folder / "aside")
    assert current().row == two[0].row
    (folder / "aside").rename(folder / MANIFEST)
    assert current().row == two[0].row
    monkeypatch.setattr(model_cache, "RETRY_SECONDS", 0.0)
    assert current().row == two[1].row


def test_a_model_is_read_once(two):
    assert current().model is current().model


def test_a_model_in_use_survives_damage_to_its_files(two):
    """What is loaded is a copy in memory: a file cut short below it would kill the process otherwise."""
    model = current().model
    before = model.rows.toarray().copy()
    folder = folder_of(two[1].row.version)
    for file in folder.iterdir():
        os.truncate(file, 0)
    assert (model.rows.toarray() == before).all()
    assert isinstance(current(), Served)


def test_one_that_is_not_there_is_no_model(db, model_dir):
    assert get_model("nowhere") is None


def test_a_new_promotion_takes_over_at_once(two, model):
    current()
    newest = publish(model)
    assert current().row == newest.row
    TrainedModel.objects.filter(pk=newest.row.pk).update(state="refused")
    assert current().row == two[1].row
