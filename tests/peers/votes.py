"""The votes that training has, and those that cases reveal, as the peers need them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from recommender.engine.data import Votes
from recommender.engine.evaluation import BoolArray, Case


def likes_of(cases: Sequence[Case], width: int) -> sp.csr_matrix:
    """(cases, width) float32, 1 for each revealed up-vote on one of the first `width` papers."""
    liked = [case.revealed[(case.values > 0) & (case.revealed < width)] for case in cases]
    starts = np.cumsum([0, *map(len, liked)])
    columns = np.concatenate([*liked, np.zeros(0, np.int32)])
    return sp.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(cases), width))


def is_trained(votes: Votes, cases: Sequence[Case]) -> BoolArray:
    """(cases,) bool: whether training has votes of the reader of each case."""
    trained = np.bincount(votes.readers, minlength=votes.n_readers) > 0
    return np.array([trained[case.reader] for case in cases], dtype=np.bool_)


def with_cases(votes: Votes, cases: Sequence[Case]) -> Votes:
    """The training votes and behind them, as further readers, the revealed votes of the cases on those papers."""
    pairs = [(case, case.revealed < votes.n_papers) for case in cases]
    added = np.repeat(np.arange(len(cases)), [mask.sum() for _, mask in pairs]) + votes.n_readers
    return replace(
        votes,
        readers=np.concatenate([votes.readers, added]).astype(np.int32),
        papers=np.concatenate([votes.papers, *(case.revealed[mask] for case, mask in pairs)]).astype(np.int32),
        values=np.concatenate([votes.values, *(case.values[mask] for case, mask in pairs)]).astype(np.float32),
        n_readers=votes.n_readers + len(cases),
    )
