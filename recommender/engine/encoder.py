"""A sentence encoder: texts in, rows of length 1 out.

It runs a transformer in ONNX format on one thread, without PyTorch. Where the files come from is not its concern.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from .data import FloatArray

MANIFEST = "encoder.json"
MODELS = ("model.onnx", "onnx/model.onnx")
POOLING, LENGTH = "1_Pooling/config.json", "sentence_bert_config.json"
FILES = (MANIFEST, *MODELS, "tokenizer.json", "config.json", POOLING, LENGTH)  # all that are read
MAX_TOKENS = 256
MAX_CHARACTERS = 8192  # read of a text: 256 tokens are rarely more than 1,500 characters of English
BATCH_TOKENS = 1024  # per run of the model. 4 abstracts or 60 titles; larger batches leave the processor's cache
MAX_DIMENSION = 16_384  # numbers in a vector
VERSION = 16  # characters of a version
MEAN, FIRST = "mean", "first"  # how the vectors of the tokens become one


class DamagedEncoder(Exception):
    """A file of an encoder is missing, truncated or of another encoder.

    The message names the file.
    """


@dataclass(frozen=True)
class Description:
    """What is known of an encoder before its weights are loaded.

    version  digest of what decides its vectors; encoders of the same name and version give the same vectors
    pooling  MEAN of the tokens' vectors or the FIRST token's
    digests  SHA-256 of each file, by its path in the folder; empty if the folder has no manifest
    """

    name: str
    version: str
    dimension: int
    pooling: str = MEAN
    max_tokens: int = MAX_TOKENS
    model: str = "model.onnx"
    digests: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> str:
        """Name and version, as stored beside vectors."""
        return f"{self.name[:80]}@{self.version}"


class Encoder:
    """A loaded encoder; safe to use from several threads."""

    def __init__(self, description: Description, tokenizer: Tokenizer, session: onnxruntime.InferenceSession) -> None:
        self.description = description
        self.name, self.version, self.dimension = description.name, description.version, description.dimension
        self._tokenizer, self._session = tokenizer, session
        self._inputs = [put.name for put in session.get_inputs()]
        self._unknown = next(
            (token for token in map(tokenizer.token_to_id, ("[UNK]", "<unk>")) if token is not None), None
        )

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> FloatArray:
        """Vectors of the texts, (n, dimension) float32, each of length 1.

        Only the first `MAX_CHARACTERS` characters and of these the first `max_tokens` tokens count. A text without a
        token that the encoder knows, such as an empty one, has a row of zeros. The other texts of the call do not
        affect a row, except by rounding that float16 does not show.

        threads  how many batches are encoded at a time

        Raises DamagedEncoder if the model fails or returns numbers that are not finite.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = {row: encoding.ids for row, encoding in enumerate(map(self._tokenize, texts)) if self._knows(encoding)}
        batches = list(_batches({row: len(ids) for row, ids in tokens.items()}))
        with ThreadPoolExecutor(threads) as pool:
            results = pool.map(lambda rows: self._run([tokens[row] for row in rows]), batches)
            for rows, result in zip(batches, results, strict=True):
                vectors[rows] = result
        return vectors

    def _tokenize(self, text: str) -> Encoding:
        """The tokens of the start of the text; surrogates without a partner become question marks."""
        start = " ".join(text[:MAX_CHARACTERS].split())
        return self._tokenizer.encode(start.encode("utf-8", "replace").decode())

    def _knows(self, encoding: Encoding) -> bool:
        """Whether any token but those that mark start and end is known."""
        own = zip(encoding.ids, encoding.special_tokens_mask, strict=True)
        return any(not special and token != self._unknown for token, special in own)

    def _run(self, tokens: Sequence[Sequence[int]]) -> FloatArray:
        """Vectors of texts by their token ids, (n, dimension)."""
        lengths = np.array([len(ids) for ids in tokens])
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.zeros(mask.shape, dtype=np.int64)
        ids[mask] = np.concatenate([np.asarray(row, dtype=np.int64) for row in tokens])
        inputs = {"input_ids": ids, "attention_mask": mask.astype(np.int64), "token_type_ids": np.zeros_like(ids)}
        try:
            output = self._session.run(None, {name: inputs[name] for name in self._inputs})[0]
        # onnxruntime raises several classes that share no base but Exception: InvalidArgument for an unknown token
        # (a tokenizer of another model), Fail, RuntimeException
        except Exception as error:
            raise DamagedEncoder(f"{self.description.model} of {self.name} failed: {_first_line(error)}") from error
        pooled = _pool(output, mask, self.description.pooling)
        lengths_of_vectors = np.linalg.norm(pooled, axis=1, keepdims=True)
        if not (np.isfinite(lengths_of_vectors) & (lengths_of_vectors > 0)).all():
            raise DamagedEncoder(
                f"{self.description.model} of {self.name} returns numbers that are not finite, or zero"
            )
        return np.asarray(pooled / lengths_of_vectors, dtype=np.float32)


def describe_encoder(folder: Path) -> Description:
    """Read what encoder is in the folder, without loading its weights.

    A folder that `manage.py encoder fetch` made has a manifest. Any other has `model.onnx` (or `onnx/model.onnx`),
    `tokenizer.json` and `config.json`, as model hubs have them; its version is a digest of the first two, and of
    pooling and length where they are not the usual ones.

    Raises DamagedEncoder if a file is missing or cannot be read.
    """
    if (folder / MANIFEST).is_file():
        return _read_manifest(folder)
    model = next((name for name in MODELS if (folder / name).is_file()), MODELS[0])
    pooling = _read_json(folder / POOLING, optional=True)
    length = _read_json(folder / LENGTH, optional=True).get("max_seq_length")
    max_tokens = min(MAX_TOKENS, length) if isinstance(length, int) and length > 2 else MAX_TOKENS
    pooled = FIRST if pooling.get("pooling_mode_cls_token") else MEAN
    decisive = "".join(digest_of(folder / name) for name in (model, "tokenizer.json"))
    if (pooled, max_tokens) != (MEAN, MAX_TOKENS):
        decisive += f"{pooled}{max_tokens}"
    config = folder / "config.json"
    dimension = _read_json(config).get("hidden_size")
    if not isinstance(dimension, int) or dimension < 1:
        raise DamagedEncoder(f"{config}: it does not state hidden_size, the dimension of the vectors")
    return Description(
        name=folder.resolve().name,
        version=hashlib.sha256(decisive.encode()).hexdigest()[:VERSION],
        dimension=dimension,
        pooling=pooled,
        max_tokens=max_tokens,
        model=model,
    )


def load_encoder(folder: Path) -> Encoder:
    """Load the encoder in the folder.

    Raises DamagedEncoder, which names the file, if one is missing, truncated, altered, or does not fit the others.
    """
    description = describe_encoder(folder)
    for name, digest in description.digests:
        if digest_of(folder / name) != digest:
            raise DamagedEncoder(f"{folder / name}: truncated or altered (its digest is not the one in {MANIFEST})")
    encoder = Encoder(description, _read_tokenizer(folder, description.max_tokens), _read_model(folder, description))
    _probe(encoder, folder)
    return encoder


def digest_of(file: Path) -> str:
    """SHA-256 of the file; raises DamagedEncoder if it is missing or cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise DamagedEncoder(f"{file}: {error.strerror}") from error


def text_to_encode(title: str, abstract: str) -> str:
    """What is encoded of a paper."""
    return f"{title}. {abstract}" if abstract.strip() else title


def _read_manifest(folder: Path) -> Description:
    content = _read_json(folder / MANIFEST)
    try:
        digests = tuple(sorted(content.pop("files").items()))
        description = Description(**content, digests=digests)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedEncoder(f"{folder / MANIFEST}: not the manifest of an encoder ({error})") from error
    if problem := _problem_of(description):
        raise DamagedEncoder(f"{folder / MANIFEST}: not the manifest of an encoder ({problem})")
    return description


def _problem_of(description: Description) -> str:
    """Which value of a manifest cannot be right; empty if all can."""
    is_right = {
        "name": _is_word(description.name, 200),
        "version": _is_word(description.version, VERSION),
        "dimension": _is_number(description.dimension, MAX_DIMENSION),
        "pooling": description.pooling in {MEAN, FIRST},
        "max_tokens": _is_number(description.max_tokens, MAX_TOKENS),
        "model": description.model in MODELS,
    }
    wrong = [f"{name} is {str(getattr(description, name))[:50]!r}" for name, right in is_right.items() if not right]
    if not set(dict(description.digests)) <= {*MODELS, "tokenizer.json"}:
        wrong.append("files are not those of an encoder")
    return ", ".join(wrong)


def _is_word(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most


def _read_json(file: Path, *, optional: bool = False) -> dict[str, Any]:
    """The object in a JSON file; an empty one if an optional file is missing."""
    if optional and not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DamagedEncoder(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise DamagedEncoder(f"{file}: not JSON ({error})") from error
    if not isinstance(content, dict):
        raise DamagedEncoder(f"{file}: not a JSON object")
    return content


def _read_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    file = folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises Exception itself, for a missing file as for bad content
        raise DamagedEncoder(f"{file}: {_first_line(error)}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _read_model(folder: Path, description: Description) -> onnxruntime.InferenceSession:
    file = folder / description.model
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors, which are raised as well; not warnings on the graph
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # NoSuchFile, InvalidProtobuf, InvalidGraph, Fail: no base but Exception
        raise DamagedEncoder(f"{file}: {_first_line(error)}") from error
    foreign = {put.name for put in session.get_inputs()} - {"input_ids", "attention_mask", "token_type_ids"}
    if foreign:
        raise DamagedEncoder(f"{file}: not a sentence encoder; it has the inputs {', '.join(sorted(foreign))}")
    rank = len(session.get_outputs()[0].shape)
    if rank != 3:
        raise DamagedEncoder(f"{file}: its first output has {rank} axes, not text, token and number")
    return session


def _probe(encoder: Encoder, folder: Path) -> None:
    """Encode the longest text, of the last token of the vocabulary, to see that the files fit each other."""
    file, highest = folder / encoder.description.model, max(encoder._tokenizer.get_vocab().values(), default=0)
    try:
        vectors = encoder._run([[highest] * encoder.description.max_tokens])
    except DamagedEncoder as error:
        raise DamagedEncoder(f"{file} and tokenizer.json do not fit: {error}") from error
    if vectors.shape[1] != encoder.dimension:
        raise DamagedEncoder(
            f"{file}: its vectors have {vectors.shape[1]} numbers, not {encoder.dimension} as described"
        )


def _batches(lengths: dict[int, int]) -> Iterator[list[int]]:
    """Rows in batches of similar length, each of at most `BATCH_TOKENS` tokens with padding, or of one row."""
    batch: list[int] = []
    for row in sorted(lengths, key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _pool(output: FloatArray, mask: np.ndarray, pooling: str) -> FloatArray:
    """One vector a text, (n, d), from those of its tokens (n, t, d); mask (n, t) is False where there is none."""
    if pooling == FIRST:
        return output[:, 0]
    return np.asarray((output * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
