"""A BERT encoder of a few numbers, in the form in which model hubs have encoders."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = "[PAD] [UNK] [CLS] [SEP] . a diffusion graph language model of protein the with".split()
LAYERS, HEADS, POSITIONS = 2, 2, 300


def write_originals(folder: Path, *, dimension: int = 8, seed: int = 1, words: list[str] = WORDS) -> Path:
    """model.safetensors, config.json and tokenizer.json of an encoder with random weights."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": dimension, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "layer_norm_eps": 1e-12,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    save_file(random_weights(dimension, seed, len(words)), folder / "model.safetensors")
    write_tokenizer(folder, words)
    return folder


def random_weights(dimension: int, seed: int, n_words: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    shapes = {
        "embeddings.word_embeddings.weight": (n_words, dimension),
        "embeddings.position_embeddings.weight": (POSITIONS, dimension),
        "embeddings.token_type_embeddings.weight": (2, dimension),
    }
    normalised, linear = ["embeddings.LayerNorm"], {}
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        linear |= {f"{layer}.attention.self.{name}": (dimension, dimension) for name in ("query", "key", "value")}
        linear |= {
            f"{layer}.attention.output.dense": (dimension, dimension),
            f"{layer}.intermediate.dense": (2 * dimension, dimension),
            f"{layer}.output.dense": (dimension, 2 * dimension),
        }
        normalised += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in normalised:
        shapes |= {f"{name}.weight": (dimension,), f"{name}.bias": (dimension,)}
    return {name: draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_tokenizer(folder: Path, words: list[str] = WORDS) -> None:
    tokenizer = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", words.index("[SEP]")), ("[CLS]", words.index("[CLS]"))
    )
    tokenizer.save(str(folder / "tokenizer.json"))
