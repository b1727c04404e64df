"""The archives of models in object storage: django-storages and boto3 against an S3 server on this machine."""

import shutil

import boto3
import pytest
from botocore.exceptions import BotoCoreError
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from recommender.engine.storage import DamagedModel, load, save
from recommender.models import TrainedModel
from recommender.serving import archives, model_cache
from recommender.serving.archives import archive_name, ensure_local, folder_of, prune, upload
from recommender.serving.model_cache import Served, Unavailable, current
from tests.recommender.planted import publish

BUCKET = "models"
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def server():
    """An S3 server with an empty bucket."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server, settings, model_dir):
    """The bucket, which is the storage of models; empty."""
    there = boto3.resource("s3", endpoint_url=server, **KEYS).Bucket(BUCKET)
    there.create()
    there.objects.delete()
    use(settings, server)
    return there


def use(settings, endpoint):
    options = {
        "bucket_name": BUCKET, "endpoint_url": endpoint, "access_key": "key", "secret_key": "secret",
        "region_name": "us-east-1",
    }  # fmt: skip
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"models": s3}
    assert storages["models"].bucket_name == BUCKET


def lose_the_folder(version):
    shutil.rmtree(folder_of(version))


def names(bucket):
    return sorted(entry.key for entry in bucket.objects.all())


def test_a_model_is_the_same_after_upload_and_download(bucket, model):
    save(model, folder_of("one"))
    digest = upload("one")
    assert names(bucket) == [archive_name("one")]
    lose_the_folder("one")
    ensure_local("one", digest)
    assert (load(folder_of("one")).embeddings == model.embeddings).all()


def test_what_had_the_name_before_gives_way(bucket, model):
    bucket.put_object(Key=archive_name("one"), Body=b"older")
    save(model, folder_of("one"))
    ensure_local("one", upload("one"), anew=True)
    assert names(bucket) == [archive_name("one")]


def test_a_missing_archive_is_a_damaged_model(bucket):
    with pytest.raises(DamagedModel, match="one: its archive is not in the model storage"):
        ensure_local("one", "0" * 64)


def test_an_altered_archive_is_refused_and_leaves_nothing_behind(bucket, model, model_dir):
    save(model, folder_of("one"))
    digest = upload("one")
    lose_the_folder("one")
    bucket.put_object(Key=archive_name("one"), Body=b"altered")
    with pytest.raises(DamagedModel, match="checksum differs"):
        ensure_local("one", digest)
    assert list(model_dir.iterdir()) == []


def test_pruning_leaves_models_to_keep_and_young_ones(db, bucket, model, monkeypatch):
    for name in ("one", "old"):
        save(model, folder_of(name))
        upload(name)
    prune({"one"})
    assert names(bucket) == ["old.tar", "one.tar"]
    monkeypatch.setattr(archives, "YOUNG_SECONDS", -1.0)
    prune({"one"})
    assert names(bucket) == ["one.tar"]


def test_an_archive_that_was_just_deleted_has_no_age(bucket):
    assert archives.seconds_since_upload("gone.tar") == 0.0


def test_a_promoted_model_serves_on_a_machine_that_has_only_the_bucket(bucket, model, db):
    row = publish(model).row
    TrainedModel.objects.filter(pk=row.pk).update(archive_digest=upload(row.version))
    lose_the_folder(row.version)
    model_cache.clear()
    served = current(wait=True)
    assert isinstance(served, Served)
    assert (served.model.embeddings == model.embeddings).all()


def test_without_an_answer_from_the_storage_there_is_no_model_and_no_error(bucket, model, db, settings):
    row = publish(model).row
    TrainedModel.objects.filter(pk=row.pk).update(archive_digest=upload(row.version))
    lose_the_folder(row.version)
    model_cache.clear()
    use(settings, "http://127.0.0.1:9")
    assert isinstance(current(wait=True), Unavailable)
    assert not model_cache.is_lost(row.version)


def test_a_model_that_the_storage_did_not_take_is_an_error(bucket, model, settings):
    save(model, folder_of("one"))
    use(settings, "http://127.0.0.1:9")
    with pytest.raises(BotoCoreError, match="Could not connect"):
        upload("one")
