"""Convert the weights of a BERT model from safetensors to ONNX, without PyTorch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors import SafetensorError
from safetensors.numpy import load_file

OPSET, IR_VERSION = 20, 9  # the first with Gelu; readable by onnxruntime 1.17 and newer
Weights = dict[str, npt.NDArray[np.float32]]


class NotConvertible(Exception):
    """The files are damaged, or not of a BERT model; the message names the file."""


def convert(folder: Path, target: Path) -> None:
    """Write `model.safetensors` of the folder to `target` in ONNX format.

    The model maps input_ids, attention_mask and token_type_ids, (texts, tokens) int64 each, to the last hidden state,
    (texts, tokens, hidden_size) float32. `config.json` describes the architecture: Devlin et al. 2019, with layer
    normalisation after each block and learned positions.

    Raises NotConvertible.
    """
    config, weights = _read_config(folder / "config.json"), _read_weights(folder / "model.safetensors")
    graph = _Graph(weights)
    try:
        _add_layers(graph, config)
    except KeyError as error:
        raise NotConvertible(f"{folder}: model.safetensors or config.json has no {error}") from error
    model = graph.model(config["hidden_size"])
    onnx.checker.check_model(model)
    onnx.save(model, target)


class _Graph:
    """An ONNX graph in the making; results are named by number."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, array: npt.ArrayLike) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its result."""
        output = f"result_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, values: str, name: str) -> str:
        transposed = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        return self.add("Add", self.add("MatMul", values, transposed), self.weight(f"{name}.bias"))

    def normalise(self, values: str, name: str, epsilon: float) -> str:
        parameters = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("LayerNormalization", values, *parameters, axis=-1, epsilon=epsilon)

    def model(self, hidden_size: int) -> onnx.ModelProto:
        """The finished model, whose output is the last result."""
        self._nodes.append(helper.make_node("Identity", [f"result_{len(self._nodes) - 1}"], ["last_hidden_state"]))
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        shape: list[str | int | None] = ["texts", "tokens", hidden_size]
        outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, list(self._constants.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _add_layers(graph: _Graph, config: dict[str, Any]) -> None:
    epsilon = config["layer_norm_eps"]
    values = graph.normalise(_embeddings(graph), "embeddings.LayerNorm", epsilon)
    bias = _attention_bias(graph)
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        attended = graph.linear(_attention(graph, values, layer, bias, config), f"{layer}.attention.output.dense")
        values = graph.normalise(graph.add("Add", attended, values), f"{layer}.attention.output.LayerNorm", epsilon)
        wide = graph.add("Gelu", graph.linear(values, f"{layer}.intermediate.dense"))
        narrow = graph.linear(wide, f"{layer}.output.dense")
        values = graph.normalise(graph.add("Add", narrow, values), f"{layer}.output.LayerNorm", epsilon)


def _embeddings(graph: _Graph) -> str:
    """The sum of the embeddings of tokens, types and positions."""
    words = graph.add("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    types = graph.add("Gather", graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    length = graph.add(
        "Slice", graph.add("Shape", "input_ids"), graph.constant("at_1", [1]), graph.constant("at_2", [2])
    )
    every = graph.weight("embeddings.position_embeddings.weight")
    places = graph.add("Slice", every, graph.constant("at_0", [0]), length, graph.constant("axis_0", [0]))
    return graph.add("Add", graph.add("Add", words, types), places)


def _attention_bias(graph: _Graph) -> str:
    """0 for tokens and -1e9 for padding, (texts, 1, 1, tokens), added before the softmax."""
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = graph.add("Unsqueeze", mask, graph.constant("axes_1_2", [1, 2]))
    missing = graph.add("Sub", mask, graph.constant("one", np.float32(1)))
    return graph.add("Mul", missing, graph.constant("large", np.float32(1e9)))


def _attention(graph: _Graph, values: str, layer: str, bias: str, config: dict[str, Any]) -> str:
    """Self-attention of all heads, before its output layer."""
    heads, hidden = config["num_attention_heads"], config["hidden_size"]
    apart, together = graph.constant("heads", [0, 0, heads, hidden // heads]), graph.constant("hidden", [0, 0, hidden])

    def projected(name: str, order: list[int]) -> str:
        linear = graph.linear(values, f"{layer}.attention.self.{name}")
        return graph.add("Transpose", graph.add("Reshape", linear, apart), perm=order)

    query, key, value = (
        projected("query", [0, 2, 1, 3]),
        projected("key", [0, 2, 3, 1]),
        projected("value", [0, 2, 1, 3]),
    )
    scale = graph.constant("scale", np.float32((hidden // heads) ** 0.5))
    scores = graph.add("Add", graph.add("Div", graph.add("MatMul", query, key), scale), bias)
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    return graph.add("Reshape", graph.add("Transpose", mixed, perm=[0, 2, 1, 3]), together)


def _read_config(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotConvertible(f"{file}: {error}") from error
    if not isinstance(config, dict):
        raise NotConvertible(f"{file}: not a JSON object")
    kind = config.get("model_type"), config.get("hidden_act"), config.get("position_embedding_type", "absolute")
    if kind != ("bert", "gelu", "absolute"):
        raise NotConvertible(f"{file}: {kind}, but only BERT with gelu and absolute positions can be converted")
    return config


def _read_weights(file: Path) -> Weights:
    try:
        arrays = load_file(file)
    except (OSError, SafetensorError) as error:
        raise NotConvertible(f"{file}: {error}") from error
    return {
        name.removeprefix("bert."): array.astype(np.float32)
        for name, array in arrays.items()
        if np.issubdtype(array.dtype, np.floating)
    }
