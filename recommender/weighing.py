"""What the votes and interests of one reader weigh, as numbers: in terms, on the papers of a day, in groups.

Rows number what the reader said, the votes first and then the interests, as in `Taste`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import scipy.sparse as sp

from .engine.data import FloatArray, IdArray, IntArray
from .engine.explaining import explain, explain_interests
from .engine.profile import Learned, learned
from .engine.scoring import Candidates
from .engine.variety import Interests, separate
from .serving.model_cache import Served
from .spans import look_at
from .tastes import Said, candidates_of, taste_of

TOPICS = 8  # of those that raise a paper, and of those that lower one
GROUPS = 6  # separate interests, the largest ...
WORDS = 4  # ... each with so many words
PRODUCTS = 100_000  # votes times papers that are weighed; of more papers every second, third, ... is taken


@dataclass(frozen=True)
class Weighed:
    """What was said, (n + k,) rows, against c papers of a day: all of them, or an even sample.

    entries    (n + k, d + f) float32, the rows in the model
    paper_ids  (c,) int64
    effects    (n + k, c) float32, what each row does to each paper's score
    raising, lowering  the strongest terms
    groups     rows of each separate interest, the largest interest first; with its share and its strongest terms
    """

    entries: sp.csr_matrix
    paper_ids: IdArray
    effects: FloatArray
    raising: Learned
    lowering: Learned
    groups: list[tuple[list[int], float, Learned]]

    @property
    def sizes(self) -> FloatArray:
        """How much each row moves the papers, all of them together, (n + k,) float32."""
        return np.asarray(np.abs(self.effects).sum(axis=1), dtype=np.float32)

    def strongest(self, most: int) -> list[int]:
        """Rows that move something, the one that moves most first."""
        order = np.argsort(-self.sizes, kind="stable")[:most]
        return order[self.sizes[order] > 0].tolist()

    def moved_most(self, row: int) -> tuple[int, float]:
        """The primary key of the paper that this row moves most, and how far."""
        place = int(np.abs(self.effects[row]).argmax())
        return int(self.paper_ids[place]), float(self.effects[row, place])

    def speakers(self, terms: Learned) -> list[int]:
        """For each term the row that has most of it: its paper or interest writes the term out."""
        entries = self.entries[:, terms.columns].toarray()
        return entries.argmax(axis=0).tolist() if entries.size else []


def weigh(served: Served, said: Said, day: date) -> Weighed:
    """What this reader said, against the papers of the day."""
    taste = taste_of(served.model, said)
    paper_ids, candidates = _sample(*candidates_of(served, look_at(day)), len(said.votes))
    effects = [find(served.model, taste, candidates) for find in (explain, explain_interests)]
    raising, lowering = learned(served.model, taste, TOPICS)
    entries = sp.vstack([taste.rows, taste.interests], format="csr")
    groups = _groups(served, separate(served.model, taste), len(taste.values))
    return Weighed(entries, paper_ids, np.concatenate(effects), raising, lowering, groups)


def _sample(paper_ids: IdArray, candidates: Candidates, votes: int) -> tuple[IdArray, Candidates]:
    step = max(-(-len(paper_ids) * votes // PRODUCTS), 1)
    if step == 1:
        return paper_ids, candidates
    taken = np.arange(0, len(paper_ids), step, dtype=np.int32)
    return paper_ids[taken], candidates.only(taken)


def sources(terms: Learned, place: int, most: int) -> list[int]:
    """Rows that the effect of this term comes from, those with the largest parts of its sign first."""
    parts: FloatArray = terms.parts[:, place] * np.sign(terms.effects[place])
    order: IntArray = np.argsort(-parts, kind="stable")[:most].astype(np.int32)
    return [int(row) for row in order if parts[row] > 0]


def _groups(served: Served, found: Interests, votes: int) -> list[tuple[list[int], float, Learned]]:
    order = np.argsort(-found.shares, kind="stable")[:GROUPS]
    return [
        (
            [*found.votes[number].tolist(), *(votes + found.stated[number]).tolist()],
            float(found.shares[number]),
            learned(served.model, found.tastes[number], WORDS)[0],
        )
        for number in order
    ]
