"""Files in a table: what goes in comes out, in parts, and nothing half-stored is there."""

import pytest
from django.core.files.base import ContentFile, File

from recommender.engine.storage import load, save
from recommender.models import ModelPart
from recommender.serving import database_storage
from recommender.serving.archives import ensure_local, folder_of, upload
from recommender.serving.database_storage import DatabaseStorage
from recommender.serving.model_cache import current
from tests.recommender.planted import publish
from tests.threads import commits

from .test_archives import DATABASE, lose_the_folder


@pytest.fixture
def storage(db, monkeypatch):
    """Four bytes to a part."""
    monkeypatch.setattr(database_storage, "PART", 4)
    return DatabaseStorage()


@pytest.mark.parametrize("content", [b"a", b"abcd", b"abcdefghi", bytes(range(256))])
def test_what_is_saved_is_read_back(storage, content):
    assert storage.save("one.tar", ContentFile(content)) == "one.tar"
    assert storage.open("one.tar").read() == content
    assert (storage.size("one.tar"), ModelPart.objects.count()) == (len(content), -(-len(content) // 4))


def test_it_is_read_in_steps_of_any_size(storage):
    storage.save("one.tar", ContentFile(b"abcdefghi"))
    with storage.open("one.tar") as file:
        assert [file.read(3), file.read(5), file.read(100), file.read(1)] == [b"abc", b"defgh", b"i", b""]


class Breaking(File):
    def chunks(self, chunk_size=None):
        yield b"abcd"
        raise OSError("the disk is gone")


def test_a_file_that_breaks_off_is_not_there(storage):
    with pytest.raises(OSError, match="the disk is gone"):
        storage.save("one.tar", Breaking(None, "one.tar"))
    assert not storage.exists("one.tar")


def test_what_is_deleted_is_gone_and_the_others_stay(storage):
    for name in ("one.tar", "two.tar"):
        storage.save(name, ContentFile(b"abcdef"))
    storage.delete("one.tar")
    assert storage.listdir("") == ([], ["two.tar"])


@pytest.mark.parametrize("ask", ["open", "size", "get_modified_time"])
def test_a_file_that_is_not_there_is_said_not_to_be(storage, ask):
    with pytest.raises(FileNotFoundError, match="none is not in the database"):
        getattr(storage, ask)("none")


def test_a_stored_file_is_not_written_to(storage):
    storage.save("one.tar", ContentFile(b"a"))
    with pytest.raises(ValueError, match="written whole by save"):
        storage.open("one.tar", "wb")


@commits
def test_a_model_stored_in_the_database_serves(settings, model_dir, model):
    settings.STORAGES = settings.STORAGES | {"models": DATABASE}
    served = publish(model)
    served.row.archive_digest = upload(served.row.version)
    served.row.save()
    lose_the_folder(served.row.version)
    assert current().row == served.row
    assert (load(folder_of(served.row.version)).prior == model.prior).all()


def test_two_models_do_not_mix(settings, db, model_dir, model):
    settings.STORAGES = settings.STORAGES | {"models": DATABASE}
    save(model, folder_of("one"))
    save(model, folder_of("two"))
    digests = {name: upload(name) for name in ("one", "two")}
    for name, digest in digests.items():
        lose_the_folder(name)
        ensure_local(name, digest)
    assert (load(folder_of("one")).prior == load(folder_of("two")).prior).all()
