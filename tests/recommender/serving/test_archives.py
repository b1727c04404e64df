"""Archives of models: stored whole, brought once, checked, taken anew where the folder is damaged, pruned by rule."""

import os
import shutil
import tarfile
from threading import Event, Thread

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage, storages

from recommender.engine.storage import DamagedModel, load, mapped_file, save
from recommender.models import TrainedModel
from recommender.serving import archives, model_cache
from recommender.serving.archives import (
    archive_name,
    ensure_local,
    folder_of,
    is_local,
    prune,
    prune_folder,
    remove,
    upload,
    upload_archive,
)
from recommender.serving.model_cache import Served, Unavailable, current
from tests.recommender.planted import publish
from tests.threads import all_at_once

FOLDER = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
DATABASE = {"BACKEND": "recommender.serving.database_storage.DatabaseStorage"}


@pytest.fixture
def store(settings, tmp_path, model_dir):
    settings.STORAGES = settings.STORAGES | {"models": FOLDER | {"OPTIONS": {"location": tmp_path / "archives"}}}
    return storages["models"]


@pytest.fixture
def kept(store, model):
    """A model that is here and in the storage: its name and the digest of its archive."""
    save(model, folder_of("one"))
    return "one", upload("one")


def lose_the_folder(version):
    shutil.rmtree(folder_of(version))


def alter(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def published(model, **columns):
    """A promoted model that is in the storage, and on this machine."""
    served = publish(model, **columns)
    TrainedModel.objects.filter(pk=served.row.pk).update(archive_digest=upload(served.row.version))
    return served.row


def test_an_uploaded_model_is_the_same_after_the_download(kept, model):
    lose_the_folder("one")
    ensure_local(*kept)
    assert (load(folder_of("one")).embeddings == model.embeddings).all()


def test_an_archive_has_no_room_for_zeros(store, model_dir):
    """Archives are compressed."""
    folder_of("one").mkdir(parents=True)
    np.save(folder_of("one") / "inverse.npy", np.zeros(1_000_000, dtype=np.float32))
    upload("one")
    assert store.size(archive_name("one")) < 100_000


def test_an_archive_from_before_they_were_compressed_is_still_read(store, model):
    save(model, folder_of("one"))
    packed = folder_of("one").with_suffix(".tar")
    with tarfile.open(packed, "w") as archive:
        archive.add(folder_of("one"), arcname="one")
    digest = upload_archive("one", packed)
    lose_the_folder("one")
    ensure_local("one", digest)
    assert (load(folder_of("one")).embeddings == model.embeddings).all()


def test_a_local_model_is_not_downloaded_again(kept, store):
    before = folder_of("one").stat().st_mtime_ns
    store.delete(archive_name("one"))
    ensure_local(*kept)
    assert folder_of("one").stat().st_mtime_ns == before


def test_a_missing_archive_is_a_damaged_model(kept, store):
    lose_the_folder("one")
    store.delete(archive_name("one"))
    with pytest.raises(DamagedModel, match="one: its archive is not in the model storage"):
        ensure_local(*kept)


def test_a_model_from_before_there_were_archives_is_only_where_it_was_trained(store):
    with pytest.raises(DamagedModel, match="not on this machine, and it has no archive"):
        ensure_local("old", "")


def test_an_altered_archive_is_refused_and_leaves_nothing_behind(kept, store, model_dir):
    lose_the_folder("one")
    alter(store.base_location / archive_name("one"))
    with pytest.raises(DamagedModel, match="checksum differs"):
        ensure_local(*kept)
    assert list(model_dir.iterdir()) == []


class Shortening(FileSystemStorage):
    """A storage that loses the end of what it is given, as one without space may."""

    def _save(self, name, content):
        stored = super()._save(name, content)
        os.truncate(self.path(stored), 100)
        return stored


def test_an_incomplete_upload_is_noticed_before_the_row_is_saved(store, settings, tmp_path, model):
    options = {"location": tmp_path / "half"}
    backend = f"{__name__}.Shortening"
    settings.STORAGES = settings.STORAGES | {"models": {"BACKEND": backend, "OPTIONS": options}}
    save(model, folder_of("one"))
    with pytest.raises(OSError, match=r"did not store one\.tar completely"):
        upload("one")
    assert list((tmp_path / "half").iterdir()) == []


def test_one_of_many_processes_brings_it(kept, monkeypatch):
    """The real fetch, counted."""
    lose_the_folder("one")
    fetched, fetch = [], archives.download_archive
    monkeypatch.setattr(archives, "download_archive", lambda *given: (fetched.append(given), fetch(*given)))
    assert all_at_once(*[lambda: ensure_local(*kept)] * 4) == [None] * 4
    assert (len(fetched), is_local("one")) == (1, True)


def test_pruning_leaves_models_to_keep_and_young_ones(db, kept, store, model_dir, model):
    for name in ("old", "young"):
        save(model, folder_of(name))
        upload(name)
    for file in (folder_of("one"), folder_of("old"), *(store.base_location / f"{name}.tar" for name in ("one", "old"))):
        os.utime(file, (0, 0))
    prune({"one"})
    prune_folder({"one"})
    assert sorted(file.name for file in model_dir.iterdir()) == ["one", "young"]
    assert sorted(store.listdir("")[1]) == ["one.tar", "young.tar"]


def test_pruning_removes_a_finished_model_however_young_it_is(db, store, model_dir, model):
    """Its row is written after its files, so that nobody is still making them."""
    version = published(model).version
    prune(set())
    prune_folder(set())
    assert not (model_dir / version).exists()
    assert not store.exists(archive_name(version))


def test_the_mapped_file_of_a_model_goes_with_its_files(db, store, model_dir, model):
    for version in ("kept", "old", "removed"):
        save(model, folder_of(version))
        load(folder_of(version))
    mapped = mapped_file(folder_of("kept")).parent
    prune_folder({"kept", "removed"})
    assert sorted(file.name for file in mapped.iterdir()) == ["kept", "removed"]
    remove("removed")
    assert [file.name for file in mapped.iterdir()] == ["kept"]


def test_a_removed_model_is_deleted_here_and_in_the_storage(kept, store, model_dir):
    remove("one")
    assert not (model_dir / "one").exists()
    assert not store.exists("one.tar")


def test_a_model_that_only_the_storage_has_is_served(db, store, model):
    row = published(model)
    lose_the_folder(row.version)
    assert current().row == row


def test_damaged_files_are_downloaded_again(db, store, model, caplog):
    row = published(model)
    alter(folder_of(row.version) / "rows.data.npy")
    assert current().row == row
    assert "downloading a damaged model again" in caplog.text
    load(folder_of(row.version))


def test_a_damaged_model_with_a_damaged_archive_is_not_served(db, store, model):
    row = published(model)
    lose_the_folder(row.version)
    alter(store.base_location / archive_name(row.version))
    assert isinstance(current(), Unavailable)


@pytest.fixture
def slow(store, monkeypatch):
    """A storage that returns nothing until the event is set, and requests that do not wait."""
    go, fetch = Event(), archives.download_archive
    monkeypatch.setattr(archives, "download_archive", lambda *given: (go.wait(20), fetch(*given)))
    monkeypatch.setattr(model_cache, "PATIENCE_SECONDS", 0.01)
    yield go
    go.set()


def test_the_old_model_serves_while_the_new_one_is_on_its_way(db, slow, model):
    older = published(model)
    assert current(wait=True).row == older
    newer = published(model)
    lose_the_folder(newer.version)
    assert [current().row, current().row] == [older, older]
    slow.set()
    assert current(wait=True).row == newer
    assert current().row == newer


def test_without_any_model_in_memory_the_reader_is_told(db, slow, model, monkeypatch):
    monkeypatch.setattr(model_cache, "COLD_SECONDS", 0.01)
    row = published(model)
    lose_the_folder(row.version)
    assert isinstance(current(), Unavailable)
    Thread(target=slow.set).start()
    assert isinstance(current(wait=True), Served)
