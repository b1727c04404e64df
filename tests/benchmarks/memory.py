"""`python -m tests.benchmarks.memory [--keep FOLDER] [--against CHECKOUT]`: memory of the served model.

A model of the real papers of the data set, with random vectors and the votes of an invented town (ten a paper), is
trained in a hurry, stored, and loaded by two processes at the same time, as the web server and the worker do. Each then
ranks a day of 700 papers for 50 readers and a month of 15,000 for one, and looks up papers similar to 20. Printed are
the megabytes of each part, and how far the memory of a process has grown: private memory, which each process takes, and
memory that it shares with the other. Figures are for 100,000 papers.

`--against` does the same with another checkout of this project, which trains and stores a model of its own; without
vectors if it knows none. With `--keep` the models stay in the folder and are not made again.
"""

import argparse
import gzip
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
PER = 100_000  # papers that figures are given for
DIMENSION, VOTES_EACH, PAPERS_PER_READER = 384, 10, 10
DAY, MONTH, READERS, VOTES, SIMILAR = 700, 15_000, 50, 40, 20
MOMENTS = ("loaded", "a reader's day", f"{READERS} readers' day", "a month", f"{SIMILAR} similar papers")


def learn(folder: Path) -> None:
    """Train a model of the real papers and store it."""
    from recommender.engine.data import PaperText, Settings, Votes  # noqa: PLC0415 - of the checkout in PYTHONPATH
    from recommender.engine.fit import fit  # noqa: PLC0415
    from recommender.engine.storage import save  # noqa: PLC0415
    from tests.benchmarks.inventing import DATA, Town, read_real  # noqa: PLC0415

    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    texts = [
        PaperText(paper["title"], paper["abstract"], tuple(paper["authors"]), tuple(paper["categories"] or ()))
        for paper in papers
    ]
    count = len(texts)
    readers, voted, values, _ = Town(read_real(), count, count // PAPERS_PER_READER, VOTES_EACH * count).votes()
    votes = Votes(
        readers.astype(np.int32), voted.astype(np.int32), values.astype(np.float32), int(readers.max()) + 1, count
    )
    vectors = np.random.default_rng(1).standard_normal((count, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    has_vectors = "vectors" in inspect.signature(fit).parameters
    more: dict[str, Any] = {"vectors": vectors, "encoder": "random@1"} if has_vectors else {}
    save(fit(texts, np.arange(count, dtype=np.int64), votes, Settings(epochs=1, most_steps=300_000), **more), folder)


def serve(folder: Path) -> None:
    """Use the model as a site does; print its parts, then the memory of this process after each line of input."""
    from recommender.engine.score import ReaderVectors, prepare, score  # noqa: PLC0415
    from recommender.engine.similar import nearest  # noqa: PLC0415
    from recommender.engine.storage import load  # noqa: PLC0415

    before, started = memory(), time.perf_counter()
    model = load(folder).warmed()
    print(json.dumps({"seconds": time.perf_counter() - started, "papers": len(model.paper_ids), "parts": parts(model)}))
    chance, count = np.random.default_rng(3), len(model.paper_ids)

    def taste() -> ReaderVectors:
        known = np.sort(chance.choice(count, VOTES, replace=False)).astype(np.int32)
        return ReaderVectors(model.rows[known], known, np.ones(VOTES, np.float32), model.rows[:0])

    def rank(papers: int, readers: int) -> None:
        newest = np.arange(count - papers, count, dtype=np.int32)
        candidates = prepare(model, model.rows[newest], newest)
        for _ in range(readers):
            score(model, taste(), candidates)

    def look_up() -> None:
        for row in chance.integers(0, count, SIMILAR):
            nearest(model, model.rows[int(row)], 30)

    steps: list[Callable[[], None]] = [
        lambda: None, lambda: rank(DAY, 1), lambda: rank(DAY, READERS), lambda: rank(MONTH, 1), look_up
    ]  # fmt: skip
    for step in steps:
        step()
        print(json.dumps("done"), flush=True)
        sys.stdin.readline()
        after = memory()
        print(json.dumps({kind: after[kind] - before[kind] for kind in before}), flush=True)
        sys.stdin.readline()


def memory() -> dict[str, float]:
    """Megabytes of this process: all that is resident, what nothing else maps, and its share of the whole (PSS)."""
    lines = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name.rstrip(":"): int(size) for name, size, *_ in lines}
    anonymous, resident, share = (kilobytes[name] for name in ("Anonymous", "Rss", "Pss"))
    return {"private": anonymous / 1024, "resident": resident / 1024, "share": share / 1024}


def parts(model: Any) -> dict[str, float]:
    """Megabytes of the arrays and texts of a model by part."""
    texts = sum(map(sys.getsizeof, model.vocabulary.terms)) + sys.getsizeof(model.vocabulary.columns)
    named = {
        "words of the terms": texts,
        "rows.terms": _bytes(model.rows.terms) if hasattr(model.rows, "terms") else _bytes(model.rows),
        "rows.dense": _bytes(getattr(model.rows, "dense", None)),
        "projected": _bytes(model.projected),
        "by_term": _bytes(model.by_term),
        "coarse_vectors": _bytes(getattr(model, "coarse_vectors", None)),
        "item_map": _bytes(model.item_map),
        "direct": _bytes(model.direct.likes) + _bytes(model.direct.inverse),
        "directions": _bytes(model.ridge.directions),
        "embeddings": _bytes(model.embeddings),
    }
    return {name: size / 2**20 for name, size in named.items()}


def _bytes(array: Any) -> int:
    if array is None or isinstance(array, np.ndarray):
        return 0 if array is None else array.nbytes
    pieces = ("data", "indices", "indptr") if hasattr(array, "indptr") else ("exact", "whole", "scale")
    return sum(_bytes(getattr(array, piece)) for piece in pieces)


def figures(checkout: Path, folder: Path) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """What the first of two processes prints first, and the memory of a process at each moment."""
    env = os.environ | {"PYTHONPATH": str(checkout), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, __file__]
    if not folder.exists():
        subprocess.run([*command, "learn", str(folder)], cwd=checkout, env=env, check=True)
    processes = [
        subprocess.Popen(
            [*command, "serve", str(folder)], cwd=checkout, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip

    def answers() -> list[Any]:
        return [json.loads(process.stdout.readline()) for process in processes if process.stdout]

    def go_on() -> None:
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()

    first, taken = answers()[0], []
    for _ in MOMENTS:
        answers()
        go_on()
        taken.append(answers()[0])
        go_on()
    for process in processes:
        process.wait()
    return first, taken


def report(name: str, first: dict[str, Any], taken: Sequence[dict[str, float]]) -> None:
    per = PER / first["papers"]
    print(f"\n{name}: {first['papers']:,} papers; MB are for {PER:,} papers; loaded in {first['seconds']:.1f} s")
    print("\n| part | MB |\n| --- | --- |")
    for part, size in first["parts"].items():
        print(f"| {part} | {per * size:.0f} |")
    print(f"| all | {per * sum(first['parts'].values()):.0f} |")
    print("\n| growth of each of two processes | private MB | with its share of shared MB | resident MB |")
    print("| --- | --- | --- | --- |")
    for moment, grown in zip(MOMENTS, taken, strict=True):
        print(f"| {moment} | {' | '.join(f'{per * grown[kind]:.0f}' for kind in ('private', 'share', 'resident'))} |")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="paperboy-memory-") as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for checkout in filter(None, (ROOT, options.against)):
            name = "this build" if checkout == ROOT else checkout.name
            report(name, *figures(checkout.resolve(), folder / name.replace(" ", "-")))


if __name__ == "__main__":
    if sys.argv[1:2] in (["learn"], ["serve"]):
        {"learn": learn, "serve": serve}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
