"""A site whose encoder is damaged, gone or another one: everything is served, by words where vectors do not fit."""

import io
import json
import math
import shutil

import numpy as np
import pytest
from django.core.management import call_command

from recommender import interests, votes
from recommender.encoder.bert_onnx import convert
from recommender.engine.encoder import DamagedEncoder, Encoder
from recommender.models import NightStep, Paper, PaperVector
from recommender.night import encode
from recommender.ranking.candidates import rows_of_papers
from recommender.serving import model_cache
from recommender.vectors import encode_papers, encoder_identity
from tests.recommender.encoder import tiny

from .planting import DAY, paper, plant, train

TOPIC = "graph diffusion"
NAMELESS = '{"name": null, "version": "1", "dimension": 8, "files": {}}'


def write_encoder(folder, **options):
    shutil.rmtree(folder, ignore_errors=True)
    convert(tiny.write_originals(folder, **options), folder / "model.onnx")


def truncate(folder):
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content[: len(content) // 2])


def describe_as_wider(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))


BROKEN = {
    "gone": shutil.rmtree,
    "truncated": truncate,
    "empty": lambda folder: (folder / "model.onnx").write_bytes(b""),
    "described with another dimension": describe_as_wider,
    "with a manifest without a name": lambda folder: (folder / "encoder.json").write_text(NAMELESS),
}
OTHERS = {
    "another": lambda folder: write_encoder(folder, seed=2),
    "another of another dimension": lambda folder: write_encoder(folder, dimension=16),
}


@pytest.fixture
def folder(settings, tmp_path):
    settings.ENCODER = tmp_path / "tiny"
    write_encoder(settings.ENCODER)
    return settings.ENCODER


@pytest.fixture
def site(folder, ada):
    """A model with vectors serves, ada has a vote and a topic, and a paper of today has come since."""
    graphs, _ = plant()
    encode_papers([one.pk for one in Paper.objects.all()])
    train()
    votes.cast(ada, graphs[10], 1)
    interests.add(ada, "topic", TOPIC)
    new = paper("2607.90001", title="A diffusion model of the protein graph")
    encode_papers([new.pk])
    served = model_cache.current(wait=True)
    assert served.model.encoder == encoder_identity()
    assert vector_columns(new).any()
    return new


@pytest.fixture
def ada_client(client_of, ada):
    return client_of(ada)


def vector_columns(one):
    """What the serving model takes from the paper's stored vector."""
    model = model_cache.current(wait=True).model
    return rows_of_papers(model, np.array([one.pk])).dense[:, model.embeddings.shape[1] :]


def assert_everything_is_served(ada_client, ada_api, new, mode="hybrid"):
    pages = ["/", f"/day/{DAY}/", f"/week/{DAY:%G-W%V}/", f"/search/?q={TOPIC}&sort=mine", new.get_absolute_url()]
    for page in [*pages, "/taste/", "/welcome/papers/", "/status/"]:
        assert ada_client.get(page).status_code == 200, page
    feed = ada_api.get("/api/v1/me/feed/").json()
    assert feed["mode"] == mode
    assert new.public_id in [result["paper"]["id"] for result in feed["results"]]
    assert all(math.isfinite(result["score"]) for result in feed["results"])
    similar = ada_api.get(f"/api/v1/papers/{new.public_id}/similar/")
    assert similar.status_code == 200
    assert similar.json()["results"]


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_everything_is_served_while_the_encoder_is_broken(site, folder, ada_client, ada_api, damage):
    damage(folder)
    assert_everything_is_served(ada_client, ada_api, site)


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_a_model_takes_nothing_from_vectors_of_another_encoder(site, folder, ada_client, ada_api, change):
    change(folder)
    assert_everything_is_served(ada_client, ada_api, site)
    call_command("encoder", "encode")
    assert set(PaperVector.objects.values_list("encoder", flat=True)) == {encoder_identity()}
    assert not vector_columns(site).any()
    assert_everything_is_served(ada_client, ada_api, site)


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_the_night_after_a_change_encodes_all_and_trains_on_the_new_vectors_alone(site, folder, change):
    change(folder)
    call_command("night", "--day", str(DAY), "--again", stdout=io.StringIO())
    assert NightStep.objects.get(step="encode").summary["papers"] == Paper.objects.count()
    served = model_cache.current(wait=True)
    assert served.model.encoder == encoder_identity()
    assert served.model.is_finite()
    assert vector_columns(site).any()


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN)
def test_a_night_with_a_broken_encoder_ends_with_a_model_of_words(site, folder, ada_client, ada_api, damage):
    damage(folder)
    call_command("night", "--day", str(DAY), "--again", stdout=io.StringIO())
    assert NightStep.objects.get(step="rank").summary["rankings"] == 9
    skipped = NightStep.objects.get(step="encode").summary["skipped"]
    assert skipped in {"the encoder has not been fetched", "the encoder is damaged; see manage.py encoder status"}
    assert model_cache.current(wait=True).model.is_finite()
    assert_everything_is_served(ada_client, ada_api, site, mode="content")  # too few readers to judge a hybrid


ODD = {
    "without an abstract": ("A diffusion model", ""),
    "in another script": ("大规模语言模型的推理", "我们研究语言模型。" * 200),
    "of ten megabytes": ("A long one", "diffusion model " * 650_000),
    "of blanks": ("🎉🎉", "  \n "),
}


@pytest.mark.parametrize(("title", "abstract"), ODD.values(), ids=ODD)
def test_a_paper_with_an_odd_text_is_encoded_and_served(site, ada_client, ada_api, title, abstract):
    odd = paper("2607.90002", title=title, abstract=abstract)
    call_command("encoder", "encode", stdout=io.StringIO())
    assert PaperVector.objects.filter(paper=odd).exists()
    feed = ada_api.get("/api/v1/me/feed/").json()
    assert odd.public_id in [result["paper"]["id"] for result in feed["results"]]
    assert all(math.isfinite(result["score"]) for result in feed["results"])
    assert ada_client.get(odd.get_absolute_url()).status_code == 200
    assert ada_api.get(f"/api/v1/papers/{odd.public_id}/similar/").status_code == 200


def test_an_encoder_that_fails_while_it_encodes_does_not_end_the_night(site, monkeypatch):
    def fail(self, texts, **options):
        raise DamagedEncoder("model.onnx of tiny failed: out of memory")

    Paper.objects.filter(pk=site.pk).update(title="Another diffusion graph")
    PaperVector.objects.filter(paper=site).delete()
    monkeypatch.setattr(Encoder, "encode", fail)
    call_command("night", "--day", str(DAY), "--again", stdout=io.StringIO())
    assert NightStep.objects.get(step="encode").summary["failed"] == {
        f"encode:{site.pk // encode.PART}": "model.onnx of tiny failed: out of memory"
    }
    assert NightStep.objects.get(step="train").summary["encoding_failed"] == "model.onnx of tiny failed: out of memory"
    assert model_cache.current(wait=True).model.encoder == encoder_identity()
    assert not vector_columns(site).any()
