"""`python -m tests.benchmarks.mathematics [PAPERS.jsonl.gz]`: how many formulas are shown, and what a page costs.

The first table counts the formulas in the titles and abstracts of all papers, those that become MathML, and those that
stay source, with the ones met most often. The second has the time for 50 abstracts, a page, that nobody has asked for
before, in milliseconds: the median of 40 pages of any abstracts, and of 40 of abstracts that hold a formula.
"""

import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from feeds.latex import html, mathml, plain
from feeds.latex.reader import Formula, Piece, Styled, read

DEFAULT = Path(__file__).parents[2] / ".." / "shared" / "data" / "papers.jsonl.gz"
PAGE, PAGES, SHOWN = 50, 40, 12


def load(file: Path) -> list[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as rows:
        return [(row["title"] or "", row["abstract"] or "") for row in map(json.loads, rows)]


def formulas(pieces: Iterable[Piece]) -> Iterator[Formula]:
    for piece in pieces:
        if isinstance(piece, Formula):
            yield piece
        elif isinstance(piece, Styled):
            yield from formulas(piece.pieces)


def count(papers: list[tuple[str, str]]) -> None:
    found = [formula for paper in papers for text in paper for formula in formulas(read(text))]
    source = Counter(formula.source for formula in found if mathml.markup(formula.latex) is None)
    in_line = sum(plain.line(formula.latex) is not None for formula in found)
    print(f"papers {len(papers):,}  formulas {len(found):,}  distinct {len({formula.latex for formula in found}):,}")
    print(f"as MathML {len(found) - source.total():,}  as a line of text {in_line:,}  as source {source.total():,}")
    print("as source, most often:", "  ".join(f"{text} ({times})" for text, times in source.most_common(SHOWN)))


def milliseconds(texts: list[str]) -> float:
    """The time for one page without anything kept from an earlier one."""
    for kept in (html._html_of, mathml.tree_of, plain.line):
        kept.cache_clear()
    start = perf_counter()
    for text in texts:
        html.as_html(text)
    return 1000 * (perf_counter() - start)


def time(name: str, abstracts: list[str]) -> None:
    chance = random.Random(0)
    taken = [milliseconds(chance.sample(abstracts, PAGE)) for _ in range(PAGES)]
    print(f"{name:24} of {len(abstracts):6,}: {PAGE} in {median(taken):.1f} ms (worst page {max(taken):.1f})")


def main() -> None:
    papers = load(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    count(papers)
    abstracts = [abstract for _, abstract in papers if abstract]
    time("any abstracts", abstracts)
    time("abstracts with a formula", [text for text in abstracts if any(formulas(read(text)))])


if __name__ == "__main__":
    main()
