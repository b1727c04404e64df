"""The encoder: rows of length 1, whatever else is in the batch; damaged files are refused by name."""

import json
import shutil

import numpy as np
import pytest

from recommender.encoder.bert_onnx import convert
from recommender.engine import encoder as module
from recommender.engine.encoder import DamagedEncoder, describe_encoder, load_encoder, text_to_encode
from tests.recommender.encoder import tiny

TITLES = ["Language model", "a protein graph with the diffusion of a graph", "diffusion", "of the the the the model"]


def equal_in_float16(left, right):
    """Whether numbers agree to the last place of float16: where one lies between two, either may be stored."""
    left, right = left.astype(np.float16), right.astype(np.float16)
    return (np.abs(left - right) <= np.spacing(np.maximum(np.abs(left), np.abs(right)))).all()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tiny.write_originals(tmp_path_factory.mktemp("tiny"))
    convert(folder, folder / "model.onnx")
    return folder


@pytest.fixture
def folder(original, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(original, tmp_path / "tiny")


@pytest.fixture
def small(original):
    return load_encoder(original)


def test_each_row_has_length_one(small):
    vectors = small.encode(TITLES)
    assert vectors.shape == (4, 8)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4))


def test_a_row_is_the_mean_over_the_tokens(small):
    """Checked against the model's own output for one text without padding."""
    ids = np.array([[2, 8, 9, 3]])
    ones, zeros = np.ones_like(ids), np.zeros_like(ids)
    [states] = small._session.run(None, {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros})
    mean = states[0].mean(axis=0)
    assert small.encode(["language model"])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


def test_pooling_of_the_first_token_is_read_from_the_folder(folder, small):
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    first = load_encoder(folder).encode(TITLES)
    assert np.abs(first - small.encode(TITLES)).max() > 0.01
    assert np.linalg.norm(first, axis=1) == pytest.approx(np.ones(4))


def test_neither_order_nor_batch_changes_a_row(small):
    texts = TITLES * 100 + ["graph " * 250, "the"]
    vectors = small.encode(texts)
    assert equal_in_float16(vectors[::-1], small.encode(texts[::-1]))
    assert equal_in_float16(vectors[:4], np.vstack([small.encode([text]) for text in TITLES]))


@pytest.mark.parametrize("text", ["", "   \n\t", "\x00", "xylophone quux", "зебра", "\ud800"])
def test_a_text_without_a_known_token_is_a_row_of_zeros(small, text):
    assert not small.encode([text, "graph"])[0].any()
    assert small.encode([text, "graph"])[1].any()


def test_a_text_of_ten_megabytes_costs_its_first_characters_only(small, monkeypatch):
    class Counting:
        lengths: list[int] = []

        def encode(self, text):
            self.lengths.append(len(text))
            return tokenizer.encode(text)

    tokenizer = small._tokenizer
    monkeypatch.setattr(small, "_tokenizer", Counting())
    text = "diffusion model " * 655_360
    assert (small.encode([text]) == small.encode([text[: module.MAX_CHARACTERS]])).all()
    assert max(Counting.lengths) <= module.MAX_CHARACTERS


def test_only_the_first_tokens_count(small):
    start = "graph " * (module.MAX_TOKENS - 2)
    assert (small.encode([start + "protein"]) == small.encode([start])).all()
    assert (small.encode([start[:-6] + "protein"]) != small.encode([start])).any()


def test_several_threads_give_the_same_rows(small, monkeypatch):
    monkeypatch.setattr(module, "BATCH_TOKENS", 12)
    texts = [" ".join(tiny.WORDS[5 : 6 + number % 8]) for number in range(40)]
    assert np.array_equal(small.encode(texts, threads=4), small.encode(texts))


def test_batches_stay_under_their_limit_and_hold_every_row():
    lengths = dict(enumerate([1024, 5, 256, 256, 256, 256, 256, 2000]))
    batches = list(module._batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(8))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= module.BATCH_TOKENS


def test_no_texts_are_no_rows(small):
    assert small.encode([]).shape == (0, 8)


def test_the_version_changes_with_the_weights_and_the_tokenizer(folder, tmp_path, original):
    before = describe_encoder(folder)
    assert describe_encoder(original).version == before.version
    other = tiny.write_originals(tmp_path / "other", seed=2)
    convert(other, folder / "model.onnx")
    after = describe_encoder(folder)
    tiny.write_tokenizer(folder, [*tiny.WORDS[:-1], "without"])
    assert len({before.version, after.version, describe_encoder(folder).version}) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [("1_Pooling/config.json", {"pooling_mode_cls_token": True}), ("sentence_bert_config.json", {"max_seq_length": 9})],
)
def test_the_version_changes_with_pooling_and_length_which_change_vectors(folder, name, content):
    before = describe_encoder(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    assert describe_encoder(folder).version != before.version


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DamagedEncoder, match=name):
        load_encoder(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff of something else", b"[1, 2]"])
def test_a_file_of_something_else_is_named(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(DamagedEncoder, match=name):
        load_encoder(folder)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_truncated_file_is_named(folder, name, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(DamagedEncoder, match=name):
        load_encoder(folder)


def test_a_model_of_another_dimension_than_described_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))
    with pytest.raises(DamagedEncoder, match=r"model\.onnx: its vectors have 8 numbers, not 16"):
        load_encoder(folder)


def test_a_tokenizer_of_a_larger_vocabulary_is_refused(folder):
    tiny.write_tokenizer(folder, [*tiny.WORDS, "another"])
    with pytest.raises(DamagedEncoder, match=r"model\.onnx and tokenizer\.json do not fit"):
        load_encoder(folder)


def test_weights_that_are_not_numbers_are_refused(folder, tmp_path):
    weights = tiny.random_weights(8, 1, len(tiny.WORDS))
    weights["encoder.layer.1.output.LayerNorm.bias"][3] = np.nan
    other = tiny.write_originals(tmp_path / "other")
    tiny.save_file(weights, other / "model.safetensors")
    convert(other, folder / "model.onnx")
    with pytest.raises(DamagedEncoder, match="not finite"):
        load_encoder(folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"files": {}}', '{"files": 3}', '{"files": {}, "colour": 1}'])
def test_a_damaged_manifest_is_named(folder, content):
    (folder / module.MANIFEST).write_text(content)
    with pytest.raises(DamagedEncoder, match=r"encoder\.json"):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("name", None), ("name", ""), ("version", 1), ("version", "1" * 17), ("model", "../model.onnx")],
        *[("dimension", "8"), ("dimension", 0), ("dimension", True), ("dimension", 10**9), ("max_tokens", 0)],
        *[("max_tokens", 10**6), ("pooling", "max")],
    ],
)
def test_a_value_that_no_manifest_has_is_named(folder, name, value):
    """A web process reads the manifest alone, without the weights that would not fit it."""
    manifest = {"name": "tiny", "version": "1", "dimension": 8, "files": {}}
    (folder / module.MANIFEST).write_text(json.dumps(manifest))
    assert describe_encoder(folder).identity == "tiny@1"
    (folder / module.MANIFEST).write_text(json.dumps(manifest | {name: value}))
    with pytest.raises(DamagedEncoder, match=rf"encoder\.json.*{name} is '"):
        describe_encoder(folder)


def test_a_file_outside_the_folder_is_no_file_of_a_manifest(folder):
    manifest = {"name": "tiny", "version": "1", "dimension": 8, "files": {"../passwords": "0" * 64}}
    (folder / module.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(DamagedEncoder, match="files are not those of an encoder"):
        load_encoder(folder)


def test_a_file_that_is_not_the_one_of_the_manifest_is_named(folder):
    description = {"name": "tiny", "version": "1", "dimension": 8}
    (folder / module.MANIFEST).write_text(json.dumps(description | {"files": {"tokenizer.json": "0" * 64}}))
    with pytest.raises(DamagedEncoder, match=r"tokenizer\.json: truncated or altered"):
        load_encoder(folder)


def test_a_paper_without_an_abstract_is_its_title():
    assert text_to_encode("Title", " ") == "Title"
    assert text_to_encode("Title", "Abstract.") == "Title. Abstract."


def test_real_weights_know_what_is_alike(encoder):
    texts = [
        "Diffusion language models",
        "Text generation by denoising diffusion",
        "A recipe for tomato soup",
        "Schnelle Suche in großen Graphen",
        "",
    ]
    vectors = encoder.encode(texts)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.5
    assert alike[0, 2] < 0.2
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1, 0])
    assert encoder.dimension == 384


def test_real_weights_give_the_same_bytes_in_any_batch(encoder):
    texts = [
        f"{title}: experiment {number}. " + "We study it in depth. " * number
        for number in range(12)
        for title in TITLES
    ]
    assert equal_in_float16(encoder.encode(texts), np.vstack([encoder.encode([text]) for text in texts]))
