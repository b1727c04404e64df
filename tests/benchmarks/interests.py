"""`python -m tests.benchmarks.interests FOLDER [PAPERS.jsonl.gz]`: whether votes are grouped by field.

FOLDER is what `hf_days.py` wrote, with its sentence vectors as `vectors.npy`. Made-up readers vote up papers of one to
three fields, which are told by the papers' keywords or by their primary category; neither is known to the model. For
the groups of votes that `separate_interests` makes: the share of pairs in one group that share a field, the share of
pairs of one field that are in one group, the adjusted Rand index (1: the fields, 0: chance), and by how many the groups
exceed the fields; then the time that it takes.
"""

import gzip
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from recommender.engine.data import Settings
from recommender.engine.diversity import separate_interests
from recommender.engine.fit import fit
from recommender.engine.model import Model
from recommender.engine.score import ReaderVectors
from recommender.evaluation.input import read_evaluation_data

from .library import DATA

FIELDS = {
    "3D": {"3d gaussian splatting", "novel view synthesis", "gaussian splatting", "3d reconstruction"},
    "agents": {"multi-agent systems", "multi-agent framework", "multi-agent collaboration"},
    "code": {"code generation", "software engineering", "code llms", "swe-bench", "swe-bench verified"},
    "diffusion of text": {"diffusion language models", "masked diffusion models", "diffusion large language models"},
    "editing": {"image editing", "instruction-based image editing"},
    "inference": {"speculative decoding", "kv cache", "quantization", "post-training quantization"},
    "interfaces": {"gui agents", "gui grounding", "gui automation", "web agents"},
    "mathematics": {"mathematical reasoning", "theorem proving", "formal theorem proving"},
    "preferences": {"direct preference optimization", "dpo", "reward modeling", "reward models"},
    "retrieval": {"retrieval-augmented generation", "retrieval-augmented generation (rag)", "rag"},
    "robots": {"vision-language-action models", "imitation learning", "robotic manipulation", "robot manipulation"},
    "safety": {"jailbreak attacks", "red teaming", "safety alignment", "jailbreaking", "adversarial attacks"},
    "speech": {"text-to-speech", "speech synthesis", "speech recognition", "automatic speech recognition"},
    "video": {"video generation", "video diffusion models", "video generation models", "text-to-video generation"},
    "video understanding": {"video understanding", "long video understanding", "video question answering"},
}
BROAD = ("cs.CV", "cs.CL", "cs.RO", "cs.GR")
SIZES = ((3, 3), (8, 4), (15, 5), (4, 3, 3), (10,), (5,), (30, 20, 10))  # votes in each field
BROAD_SIZES = ((8, 5), (20, 10))
READERS = 600


def papers_by_field(ids: list[str], file: Path) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Rows of the papers that are in one field by their keywords, and by their primary category."""
    rows, by_keyword = {paper_id: row for row, paper_id in enumerate(ids)}, defaultdict(list)
    by_category = {category: [] for category in BROAD}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for paper in map(json.loads, lines):
            row = rows.get(paper["arxiv_id"])
            if row is None or not paper["hf"]:
                continue
            keywords = {keyword.lower() for keyword in paper["hf"].get("keywords") or ()}
            fields = [field for field, words in FIELDS.items() if words & keywords]
            if len(fields) == 1:
                by_keyword[fields[0]].append(row)
            if paper["primary_category"] in by_category:
                by_category[paper["primary_category"]].append(row)
    return dict(by_keyword), by_category


def readers_of(fields: dict[str, list[int]], sizes: tuple, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Made-up readers: rows of voted papers, and the field of each."""
    chance, readers, names = np.random.default_rng(seed), [], sorted(fields)
    for number in range(READERS):
        votes = sizes[number % len(sizes)]
        parts = [
            chance.choice(fields[names[place]], min(size, len(fields[names[place]])), replace=False)
            for place, size in zip(chance.permutation(len(names))[: len(votes)], votes, strict=True)
        ]
        labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        order = chance.permutation(len(labels))
        readers.append((np.concatenate(parts)[order].astype(np.int32), labels[order]))
    return readers


def groups_of(model: Model, papers: np.ndarray) -> np.ndarray:
    taste = ReaderVectors(model.rows[papers], papers, np.ones(len(papers), dtype=np.float32), model.rows[:0])
    groups = np.full(len(papers), -1)
    for number, votes in enumerate(separate_interests(model, taste).votes):
        groups[votes] = number
    return groups


def figures(groups: np.ndarray, labels: np.ndarray) -> tuple[int, int, int, float, int]:
    """Pairs in one group and of one field, in one group, of one field; adjusted Rand index; groups beyond fields."""
    pairs = np.triu_indices(len(labels), 1)
    grouped, related = (np.equal.outer(each, each)[pairs] for each in (groups, labels))
    both, expected = (grouped & related).sum(), grouped.sum() * related.sum() / len(grouped)
    largest = (grouped.sum() + related.sum()) / 2
    index = 1.0 if largest == expected else (both - expected) / (largest - expected)
    return both, grouped.sum(), related.sum(), index, len(set(groups)) - len(set(labels))


def main(folder: Path, file: Path) -> None:
    data = read_evaluation_data(folder, without=("categories",))
    with gzip.open(folder / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        ids = [json.loads(line)["id"] for line in lines]
    numbers = np.arange(len(ids), dtype=np.int64)
    model = fit(data.papers, numbers, data.votes, Settings(), vectors=data.vectors).warmed()
    by_keyword, by_category = papers_by_field(ids, file)
    print("| fields by | pairs grouped that share one | pairs of one field grouped | Rand index | groups too many |")
    print("| --- | --- | --- | --- | --- |")
    for name, fields, sizes in (("keywords", by_keyword, SIZES), ("category", by_category, BROAD_SIZES)):
        each = [figures(groups_of(model, papers), labels) for papers, labels in readers_of(fields, sizes, 1)]
        both, grouped, related, index, more = np.array(each, dtype=np.float64).T
        print(
            f"| {name} | {both.sum() / grouped.sum():.3f} | {both.sum() / related.sum():.3f} | {index.mean():.3f} "
            f"| {more.mean():+.2f} |"
        )
    chance = np.random.default_rng(2)
    for votes in (20, 300):
        times = []
        for _ in range(50):
            papers = chance.choice(len(ids), votes, replace=False).astype(np.int32)
            started = time.perf_counter()
            groups_of(model, papers)
            times.append(1000 * (time.perf_counter() - started))
        print(f"grouping {votes} votes: median {np.median(times):.1f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else DATA / "papers.jsonl.gz")
