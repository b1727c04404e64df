"""What a paper has to do with the votes and interests that moved it: likeness, a common author, or more."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from accounts.models import InterestKind
from recommender.categories import within
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.explain import shared_authors
from recommender.engine.model import Model
from recommender.engine.score import Candidates, ReaderVectors, trust

from .profile import Profile

BY_AUTHORS = 0.5  # share of an effect from which on it is that of common authors, whatever the papers are about
Relations = npt.NDArray[np.object_]  # of `Relation`


class Relation(StrEnum):
    """What a paper has to do with a vote or an interest.

    LIKENESS  it is like, or unlike, the paper or the interest
    ITSELF    it is the voted paper or the seed paper
    AUTHOR    it is by the author that is the interest, or most of the effect comes from authors that the papers share
    CATEGORY  it is in the category that is the interest
    """

    LIKENESS = "likeness"
    ITSELF = "itself"
    AUTHOR = "author"
    CATEGORY = "category"


def relations_of(
    model: Model,
    profile: Profile,
    vectors: ReaderVectors,
    candidates: Candidates,
    paper_ids: IdArray,
    by_vote: FloatArray,
    by_interest: FloatArray,
) -> tuple[Relations, Relations]:
    """The relation of each vote to each paper, (n, c), and of each interest, (k, c).

    paper_ids             (c,) int64, of the candidates
    by_vote, by_interest  their effects, (n, c) and (k, c), from `explain` and `explain_interests`
    """
    votes = _by_authors(
        vectors.weights(model.settings)[:, None] * shared_authors(model, vectors.rows, candidates), by_vote
    )
    votes[np.equal.outer(np.array(list(profile.votes), dtype=np.int64), paper_ids)] = Relation.ITSELF
    interests = np.full(by_interest.shape, Relation.LIKENESS, dtype=object)
    _, weight = trust(len(vectors.values), model)
    of_seeds = _by_authors(weight * shared_authors(model, vectors.interests, candidates), by_interest)
    for place, stated in enumerate(profile.interests):
        is_one_of_them = np.isin(paper_ids, stated.get("papers", []))
        if stated["kind"] == InterestKind.PAPER:
            interests[place] = np.where(is_one_of_them, Relation.ITSELF, of_seeds[place])
        elif stated["kind"] == InterestKind.AUTHOR:
            interests[place, is_one_of_them] = Relation.AUTHOR
        elif stated["kind"] == InterestKind.CATEGORY:
            interests[place, _are_in(model, candidates, stated["text"])] = Relation.CATEGORY
    return votes, interests


def _by_authors(of_authors: FloatArray, effects: FloatArray) -> Relations:
    """`AUTHOR` where authors make at least `BY_AUTHORS` of the effect, else `LIKENESS`; all (n, c)."""
    is_by_authors = (of_authors * effects > 0) & (np.abs(of_authors) >= BY_AUTHORS * np.abs(effects))
    return np.where(is_by_authors, Relation.AUTHOR, Relation.LIKENESS).astype(object)


def _are_in(model: Model, candidates: Candidates, category: str) -> npt.NDArray[np.bool_]:
    """Which of the papers are in the category, or in one of the archive, (c,) bool."""
    columns = [model.vocabulary.columns.get(f"cat:{code}", -1) for code in within(category)]
    return np.asarray(candidates.rows.terms[:, [column for column in columns if column >= 0]].getnnz(axis=1) > 0)
