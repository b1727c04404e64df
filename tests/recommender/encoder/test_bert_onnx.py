"""The conversion gives the vectors of a BERT that is written out here, and refuses other files."""

import json

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load_file
from scipy.special import erf

from recommender.encoder.bert_onnx import NotConvertible, convert

from . import tiny


def plain_bert(weights, ids, heads=tiny.HEADS):
    """The last hidden state of one text, (tokens, d), as in Devlin et al. 2019."""

    def linear(values, name):
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normalise(values, name):
        centred = values - values.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def attend(values, layer):
        query, key, value = (linear(values, f"{layer}.attention.self.{name}") for name in ("query", "key", "value"))
        parts = []
        for q, k, v in zip(*(np.split(array, heads, axis=1) for array in (query, key, value)), strict=True):
            weight = np.exp(q @ k.T / np.sqrt(q.shape[1]))
            parts.append(weight / weight.sum(axis=1, keepdims=True) @ v)
        return np.hstack(parts)

    values = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.token_type_embeddings.weight"][0]
    values = normalise(values + weights["embeddings.position_embeddings.weight"][: len(ids)], "embeddings.LayerNorm")
    for number in range(tiny.LAYERS):
        layer = f"encoder.layer.{number}"
        attended = linear(attend(values, layer), f"{layer}.attention.output.dense")
        values = normalise(values + attended, f"{layer}.attention.output.LayerNorm")
        wide = linear(values, f"{layer}.intermediate.dense")
        wide = wide * (1 + erf(wide / np.sqrt(2))) / 2
        values = normalise(values + linear(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return values


def test_the_converted_model_computes_what_bert_does_with_and_without_padding(tmp_path):
    folder = tiny.write_originals(tmp_path)
    convert(folder, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    ids = np.array([[2, 6, 8, 9, 3], [2, 11, 3, 0, 0]])
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    [states] = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})
    weights = load_file(folder / "model.safetensors")
    assert states[0] == pytest.approx(plain_bert(weights, [2, 6, 8, 9, 3]), abs=1e-4)
    assert states[1][:3] == pytest.approx(plain_bert(weights, [2, 11, 3]), abs=1e-4)


def test_truncated_weights_are_refused_by_name(tmp_path):
    file = tiny.write_originals(tmp_path) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(NotConvertible, match=r"model\.safetensors"):
        convert(tmp_path, tmp_path / "model.onnx")


def test_weights_of_fewer_layers_than_described_are_refused(tmp_path):
    folder = tiny.write_originals(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(NotConvertible, match=r"encoder\.layer\.2"):
        convert(folder, tmp_path / "model.onnx")


@pytest.mark.parametrize("content", ["", "{}", '{"model_type": "mpnet", "hidden_act": "gelu"}', "[1]"])
def test_another_architecture_is_refused_by_name(tmp_path, content):
    (tiny.write_originals(tmp_path) / "config.json").write_text(content)
    with pytest.raises(NotConvertible, match=r"config\.json"):
        convert(tmp_path, tmp_path / "model.onnx")
