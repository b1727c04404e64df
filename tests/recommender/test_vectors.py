"""Stored vectors: new and changed papers are encoded, and no array mixes two encoders."""

import json
import threading
from datetime import timedelta

import numpy as np
import pytest

from recommender import vectors
from recommender.encoder.bert_onnx import convert
from recommender.engine.encoder import Encoder, text_to_encode
from recommender.models import Paper, PaperSource, PaperVector
from recommender.vectors import encode_papers, encode_texts, papers_without_vectors, vectors_of
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY

TEXTS = {"language model": "a diffusion model", "protein": "", "the graph": "graph with protein", "量子": ""}


@pytest.fixture(autouse=True)
def encoder(settings, tmp_path):
    """A tiny encoder, which nothing has been encoded by."""
    return use(settings, tmp_path / "tiny")


def use(settings, folder, **options):
    settings.ENCODER = tiny.write_originals(folder, **options)
    convert(folder, folder / "model.onnx")
    return vectors.current_encoder()


@pytest.fixture
def papers(db):
    return Paper.objects.bulk_create(
        Paper(public_id=f"pb.{title}", day=FIRST_DAY, title=title, abstract=abstract, source=PaperSource.MEMBER)
        for title, abstract in TEXTS.items()
    )


def pks_of(papers):
    return np.array([paper.pk for paper in papers])


def count_encoded(monkeypatch):
    """Record the texts that are encoded from now on."""
    encoded, encode = [], Encoder.encode
    monkeypatch.setattr(Encoder, "encode", lambda self, texts, **options: encoded.extend(texts) or encode(self, texts))
    return encoded


def test_vectors_are_those_of_title_and_abstract_in_the_order_asked(papers, encoder):
    assert encode_papers(list(pks_of(papers))) == 4
    order = [2, 0, 1, 2]
    expected = encoder.encode([text_to_encode(*list(TEXTS.items())[number]) for number in order])
    read = vectors_of(pks_of(papers)[order])
    assert read.dtype == np.float32
    assert read == pytest.approx(expected, abs=1e-3)
    assert np.linalg.norm(read, axis=1) == pytest.approx(1, abs=2e-3)


def test_a_text_without_a_known_word_has_a_vector_of_zeros_and_is_not_encoded_again(papers):
    encode_papers(list(pks_of(papers)))
    assert not vectors_of(pks_of(papers)[3:]).any()
    assert not papers_without_vectors().exists()


def test_a_paper_without_a_vector_has_zeros_beside_those_that_have_one(papers):
    encode_papers([papers[0].pk])
    read = vectors_of(np.array([papers[1].pk, papers[0].pk, 10**9]))
    assert read.any(axis=1).tolist() == [False, True, False]
    assert vectors_of(pks_of(papers[1:2])).shape == (1, 8)


def test_more_papers_than_one_query_reads(papers, monkeypatch, django_assert_num_queries):
    encode_papers(list(pks_of(papers)))
    whole = vectors_of(pks_of(papers))
    monkeypatch.setattr(vectors, "READ", 3)
    with django_assert_num_queries(2):
        assert np.array_equal(vectors_of(pks_of(papers)), whole)


def test_no_papers_have_no_rows(papers):
    encode_papers([papers[0].pk])
    assert vectors_of(np.zeros(0, dtype=np.int64)).shape == (0, 8)
    assert encode_papers([]) == 0


def test_without_any_vector_there_is_no_array(papers):
    assert vectors_of(pks_of(papers)) is None


def test_without_an_encoder_nothing_is_missing_and_nothing_is_read(papers, settings):
    encode_papers([papers[0].pk])
    settings.ENCODER = None
    assert vectors_of(pks_of(papers)) is None
    assert not papers_without_vectors().exists()
    assert encode_papers(list(pks_of(papers))) == 0
    assert encode_texts(["graph"]) is None


def describe_as(encoder_folder, dimension):
    """Let the encoder's description, under the same name and version, have another dimension."""
    config = json.loads((encoder_folder / "config.json").read_text())
    (encoder_folder / "config.json").write_text(json.dumps(config | {"hidden_size": dimension}))


def test_stored_vectors_of_another_dimension_are_not_read_and_are_made_again(papers, settings):
    encode_papers(list(pks_of(papers)))
    identity = vectors.encoder_identity()
    describe_as(settings.ENCODER, 16)
    assert vectors.encoder_identity() == identity
    assert not vectors_of(pks_of(papers)).any()
    assert papers_without_vectors().count() == 4
    describe_as(settings.ENCODER, 8)
    assert vectors_of(pks_of(papers)).any()
    assert papers_without_vectors().count() == 0


def test_only_vectors_of_the_kind_requested_are_read(papers, encoder):
    encode_papers(list(pks_of(papers)))
    kind = vectors.current_kind()
    assert kind == vectors.Kind(encoder.description.identity, 8)
    assert vectors_of(pks_of(papers), kind) is not None
    assert encode_texts(["graph"], kind) is not None
    for other in (vectors.Kind("other@1", 8), vectors.Kind(kind.encoder, 16)):
        assert vectors_of(pks_of(papers), other) is None
        assert encode_texts(["graph"], other) is None


def test_a_stored_vector_that_is_not_finite_counts_as_none(papers):
    encode_papers(list(pks_of(papers)))
    damaged = np.full(8, np.nan, dtype="<f2").tobytes()
    PaperVector.objects.filter(paper=papers[0]).update(vector=damaged)
    read = vectors_of(pks_of(papers))
    assert np.isfinite(read).all()
    assert read.any(axis=1).tolist() == [False, True, True, False]


def test_vectors_of_another_encoder_are_neither_read_nor_counted(papers, settings, tmp_path):
    """The second has another dimension; an array of both could not even be stored."""
    encode_papers(list(pks_of(papers)))
    other = use(settings, tmp_path / "other", dimension=16)
    assert vectors_of(pks_of(papers)) is None
    assert papers_without_vectors().count() == 4
    encode_papers([papers[0].pk])
    read = vectors_of(pks_of(papers))
    assert read.shape == (4, 16)
    assert read.any(axis=1).tolist() == [True, False, False, False]
    assert set(PaperVector.objects.values_list("encoder", flat=True)) > {other.description.identity}


def test_a_stored_vector_of_the_wrong_length_counts_as_none(papers):
    encode_papers(list(pks_of(papers[:2])))
    PaperVector.objects.filter(paper=papers[0]).update(vector=b"\0" * 6)
    assert vectors_of(pks_of(papers[:2])).any(axis=1).tolist() == [False, True]


def test_a_changed_text_is_encoded_again(papers):
    encode_papers(list(pks_of(papers)))
    before = vectors_of(pks_of(papers))
    papers[1].abstract, papers[1].updated_at = "of a language model", papers[1].updated_at + timedelta(seconds=1)
    papers[1].save()
    assert list(papers_without_vectors()) == [papers[1]]
    assert encode_papers([papers[1].pk]) == 1
    after = vectors_of(pks_of(papers))
    assert (after != before).any(axis=1).tolist() == [False, True, False, False]
    assert not papers_without_vectors().exists()


def test_a_paper_that_changed_otherwise_is_not_encoded_again(papers, monkeypatch):
    encode_papers(list(pks_of(papers)))
    papers[1].categories, papers[1].updated_at = ["cs.CL"], papers[1].updated_at + timedelta(seconds=1)
    papers[1].save()
    encoded = count_encoded(monkeypatch)
    assert encode_papers([papers[1].pk]) == 0
    assert encoded == []
    assert not papers_without_vectors().exists()


def test_topics_are_encoded_once(db, encoder, monkeypatch):
    topics = ["diffusion language model", "protein", "protein"]
    expected = encoder.encode(topics)
    encoded = count_encoded(monkeypatch)
    for _ in range(2):
        assert encode_texts(topics) == pytest.approx(expected, abs=1e-5)
    assert encoded == topics[:2]
    assert encode_texts([]).shape == (0, 8)


def test_the_remembered_topics_are_bounded(monkeypatch):
    monkeypatch.setattr(vectors, "MOST_CACHED", 3)
    monkeypatch.setattr(vectors, "_cache", vectors.OrderedDict())
    encode_texts(["graph", "a graph", "the graph"])
    encode_texts(["graph", "protein"])
    assert [text for _, text in vectors._cache] == ["the graph", "graph", "protein"]
    assert encode_texts(["model"] * 10).shape == (10, 8)
    assert len(vectors._cache) == 3


def test_a_topic_of_ten_megabytes_is_remembered_by_its_start(monkeypatch):
    monkeypatch.setattr(vectors, "_cache", vectors.OrderedDict())
    assert encode_texts(["graph " * 1_700_000]).shape == (1, 8)
    [(_, text)] = vectors._cache
    assert len(text) == 8192


def test_another_encoder_does_not_use_remembered_topics(settings, tmp_path):
    encode_texts(["graph"])
    other = use(settings, tmp_path / "other", dimension=16)
    assert encode_texts(["graph"]) == pytest.approx(other.encode(["graph"]), abs=1e-6)


def test_topics_without_a_known_word_are_zeros_not_nan():
    assert not encode_texts(["", "量子计算"]).any()


def test_an_encoder_that_fails_on_a_topic_leaves_the_words(monkeypatch, caplog):
    def fail(self, texts):
        raise vectors.DamagedEncoder("model.onnx of tiny failed")

    monkeypatch.setattr(Encoder, "encode", fail)
    assert encode_texts(["a topic never seen"]) is None
    assert "model.onnx of tiny failed" in caplog.text


def test_threads_encode_topics_at_once(encoder):
    topics, results = [f"graph {word}" for word in tiny.WORDS[5:]], []
    threads = [threading.Thread(target=lambda: results.append(encode_texts(topics))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(result == pytest.approx(encoder.encode(topics), abs=1e-4) for result in results)
