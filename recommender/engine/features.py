"""Text, authors, categories and tags of papers as sparse rows over a learned vocabulary."""

import itertools
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from .data import FloatArray, IntArray, PaperText

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_STOP_WORDS = frozenset(
    """a about above after all also among an and any are as at be been being between both but by can could do does
    during each et etc for from further had has have having he her his how however i if in into is it its itself
    may more most much must no nor not of on one only or other our out over own paper present propose proposed
    same she should show shown shows since so some such than that the their them then there these they this those
    through thus to too two under up upon us use used uses using very via was we well were what when where whether
    which while who whose why will with within without would you your""".split()
)
WORD, CATEGORY, AUTHOR = range(3)  # kinds of terms; tags are words
AUTHOR_PREFIX = "au:"
CATEGORY_WEIGHT = 0.1  # of shared categories beside shared words
LENGTH_POWER = 0.15  # a paper with more text weighs more: its row grows with this power of its number of terms ...
LONGEST = 4.0  # ... up to this many times the typical number
NO_PAPERS: IntArray = np.zeros(0, dtype=np.int32)
_LONGEST_TEXT = 200_000  # characters of a field that are read; the rest of an endless abstract adds nothing


def terms_of(paper: PaperText) -> Counter[str]:
    """Count the terms of one paper.

    They are words of title and abstract, and `cat:`, `au:` and `tag:` terms.
    """
    counts = Counter(words_of(paper.title))
    counts.update(words_of(paper.abstract))
    for word, count in paper.bow:
        counts[_stem(word.casefold())] += count
    counts.update(f"cat:{code}" for code in paper.categories)
    counts.update(AUTHOR_PREFIX + name.casefold() for name in paper.authors)
    for tag in paper.tags:
        counts[f"tag:{tag.casefold()}"] += 1
        counts.update(words_of(tag.replace("_", " ").replace("-", " ")))
    return counts


def words_of(text: str) -> list[str]:
    """Words in order: case-folded, without stop words and single characters, plurals folded into singulars."""
    words = _WORD.findall(text[:_LONGEST_TEXT].casefold())
    return [_stem(word) for word in words if len(word) > 1 and word not in _STOP_WORDS]


def _stem(word: str) -> str:
    """The singular of a regular plural; other words as they are."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a model, one column each, with their inverse document frequency.

    terms    (d,) distinct strings; column i of every matrix is terms[i]. Authors with a weight of their own come last
    idf      (d,) float32, log((1 + n) / (1 + document frequency)) + 1
    typical  > 0, the number of distinct words of a paper whose words make a row of length 1
    author_weight  >= 0, of shared authors beside shared words; None counts authors among the words, as models did
                   that were trained before authors had a weight
    """

    terms: tuple[str, ...]
    idf: FloatArray
    typical: float
    author_weight: float | None = None

    @cached_property
    def kinds(self) -> npt.NDArray[np.int8]:
        """(d,) int8, the kind of each column: `WORD`, `CATEGORY` or `AUTHOR`."""
        prefixes = {"cat:": CATEGORY} if self.author_weight is None else {"cat:": CATEGORY, AUTHOR_PREFIX: AUTHOR}
        kinds = (
            next((kind for prefix, kind in prefixes.items() if term.startswith(prefix)), WORD) for term in self.terms
        )
        return np.fromiter(kinds, np.int8, len(self.terms))

    def with_author_weight(self, weight: float | None, rows: sp.csr_matrix) -> tuple["Vocabulary", sp.csr_matrix]:
        """The same with another weight of authors, and rows that were made with this one's, (n, d), made with it.

        Raises ValueError when authors count among the words before or after: that changes every column.
        """
        if weight == self.author_weight:
            return self, rows
        if not weight or not self.author_weight:
            raise ValueError(
                f"the weight of authors changes from {self.author_weight} to {weight}; both must be above 0"
            )
        factor = np.sqrt(weight / self.author_weight)
        scaled = rows.copy()
        scaled.data[self.kinds[rows.indices] == AUTHOR] *= np.float32(factor)
        return replace(self, author_weight=weight), scaled

    @property
    def content_terms(self) -> int:
        """The number of columns before those of authors, which the ridge map is made from."""
        return int((self.kinds != AUTHOR).sum())

    @cached_property
    def columns(self) -> dict[str, int]:
        return {term: column for column, term in enumerate(self.terms)}

    def matrix(self, papers: Iterable[PaperText]) -> sp.csr_matrix:
        """Rows of these papers, (n, d) float32.

        A paper without a known term is a row of zeros. The inner product of two rows is the cosine of their words plus
        `CATEGORY_WEIGHT` times that of their categories and `author_weight` times that of their authors. The words'
        part is longer where there are more of them (`LENGTH_POWER`).
        """
        return self.weigh(counts_over(self.columns, map(terms_of, papers)))

    def weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Rows for term counts, both (n, d) float32."""
        rows = self.directions(counts)
        words = word_counts(rows, self.kinds)
        longer = (np.minimum(words / self.typical, LONGEST) ** LENGTH_POWER).astype(np.float32)
        rows.data *= np.where(self.kinds[rows.indices] == WORD, np.repeat(longer, np.diff(rows.indptr)), 1)
        return rows

    def directions(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Rows before their length is set, (n, d) float32, from term counts, (n, d).

        Words and authors weigh (1 + log count) * idf (Salton and Buckley 1988, "ltc"), categories all the same. The
        words of a row have length 1, its categories and authors the square roots of their weights.
        """
        weighted = counts.astype(np.float32)
        kinds = self.kinds[weighted.indices]
        weighted.data = np.where(kinds == CATEGORY, 1, (1 + np.log(weighted.data)) * self.idf[weighted.indices])
        rows = np.repeat(np.arange(weighted.shape[0]), np.diff(weighted.indptr))
        squared, n = weighted.data**2, weighted.shape[0]
        squares = np.stack([np.bincount(rows, squared * (kinds == kind), n) for kind in (WORD, CATEGORY, AUTHOR)])
        share = np.array([1.0, CATEGORY_WEIGHT, self.author_weight or 0.0])[kinds] / squares[kinds, rows]
        weighted.data = (weighted.data * np.sqrt(share)).astype(np.float32)
        return weighted


def learn_vocabulary(
    counters: Iterable[Counter[str]],
    width: int,
    author_weight: float | None = None,
    voted: IntArray = NO_PAPERS,
) -> tuple[Vocabulary, sp.csr_matrix]:
    """Learn a vocabulary; returns it with the papers' rows, (n, d) float32.

    It has the `width` terms with the most TF-IDF weight in these papers.

    counters  term counts of each paper, from `terms_of`; read once, so a generator saves memory
    voted     (v,) rows of the papers with a vote

    A term that only one paper has links it to no other and is left out, unless no paper shares any term. Authors of
    papers with a vote stay: they link that paper to later ones.
    """
    columns: dict[str, int] = defaultdict(itertools.count().__next__)
    counts = _counts(([(columns[term], times) for term, times in counter.items()] for counter in counters), columns)
    frequency = np.bincount(counts.indices, minlength=len(columns))
    idf = (np.log((1 + counts.shape[0]) / (1 + frequency)) + 1).astype(np.float32)
    every = Vocabulary(tuple(columns), idf, typical=1.0, author_weight=author_weight)
    weighted = every.directions(counts)
    mass = np.asarray(weighted.multiply(weighted).sum(axis=0)).ravel()
    shared = frequency > 1
    if author_weight is not None and len(voted):
        of_voted = np.bincount(counts[voted].indices, minlength=len(columns)) > 0
        shared |= of_voted & (every.kinds == AUTHOR)
    mass[~shared] *= 1e-6 if shared.any() else 1.0
    keep = np.sort(np.argsort(-mass, kind="stable")[: min(width, int(shared.sum()) or width)])
    keep = keep[np.argsort(every.kinds[keep] == AUTHOR, kind="stable")]
    terms = tuple(every.terms[column] for column in keep)
    counts = sp.csr_matrix(counts[:, keep])
    counts.sort_indices()
    typical = typical_count(word_counts(counts, every.kinds[keep]))
    vocabulary = Vocabulary(terms, idf[keep], typical, author_weight)
    return vocabulary, vocabulary.weigh(counts)


def word_counts(rows: sp.csr_matrix, kinds: npt.NDArray[np.int8]) -> FloatArray:
    """The number of distinct words of each row, (n,) float32; `kinds` (d,) are those of the columns."""
    row_of = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    return np.bincount(row_of, kinds[rows.indices] == WORD, rows.shape[0]).astype(np.float32)


def typical_count(words: FloatArray) -> float:
    """The typical number of terms of a row.

    The mean square of the rows' lengths is 1 for it; 1 where no row has any.
    """
    mean = float(np.mean(words[words > 0] ** (2 * LENGTH_POWER))) if (words > 0).any() else 1.0
    return float(mean ** (1 / (2 * LENGTH_POWER)))


def counts_over(columns: dict[str, int], counters: Iterable[Counter[str]]) -> sp.csr_matrix:
    """Term counts as a matrix, (n, len(columns)) float32.

    Terms without a column are left out.
    """
    known = ([(columns[term], times) for term, times in counter.items() if term in columns] for counter in counters)
    return _counts(known, columns)


def _counts(rows: Iterable[list[tuple[int, int]]], columns: dict[str, int]) -> sp.csr_matrix:
    """A count matrix from the (column, count) pairs of each row.

    `columns` may grow while the rows are read.
    """
    indices, data, starts = array("i"), array("f"), array("q", [0])
    for row in rows:
        indices.extend(column for column, _ in row)
        data.extend(times for _, times in row)
        starts.append(len(indices))
    parts = np.array(data, np.float32), np.array(indices, np.int32), np.array(starts)
    counts = sp.csr_matrix(parts, shape=(len(starts) - 1, len(columns)))
    counts.sort_indices()
    return counts


def scale_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The rows at Euclidean length 1, float32; rows of zeros stay."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sp.csr_matrix(sp.diags(scale.astype(np.float32)) @ matrix, dtype=np.float32)


def strongest_terms(matrix: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """The `most` largest entries of each row, scaled to length 1.

    LightFM is trained on these features.
    """
    strongest = sp.csr_matrix(matrix, copy=True)
    for start, end in zip(strongest.indptr[:-1], strongest.indptr[1:], strict=True):
        if end - start > most:
            row = strongest.data[start:end]
            row[np.argsort(-row, kind="stable")[most:]] = 0
    strongest.eliminate_zeros()
    return scale_rows(strongest)
