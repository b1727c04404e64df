"""Why a paper stands where it stands: the true effect of each vote and interest, from the model that ranked it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from accounts.models import InterestKind
from recommender.engine.data import FloatArray, IdArray
from recommender.engine.explain import explain, explain_interests
from recommender.engine.score import prepare
from recommender.models import Paper, Ranking
from recommender.serving import model_cache

from .candidates import rows_of_papers
from .profile import Profile, profile_from_json, vectors_of

RAISED = 3  # votes named that raised a paper; one that lowered it may join them
SMALLEST = 1e-4  # smaller effects are not worth a line


@dataclass(frozen=True)
class Reason:
    """One line of "why": `effect` is the score minus the score without this vote or interest."""

    kind: str
    effect: float
    paper: Paper | None = None
    vote: int = 0
    text: str = ""


def reasons(ranking: Ranking, paper_pks: Sequence[int], *, whole: bool = False) -> dict[int, list[Reason]]:
    """Reasons for each of these papers of the ranking; a ranking that is not personal names no vote.

    whole  every vote and interest with an effect, in place of the few that are worth naming
    """
    if ranking.mode == Ranking.Mode.POPULAR:
        scores = dict(zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True))
        return {pk: [Reason("popular", scores.get(pk, 0.0))] for pk in paper_pks}
    made_by = ranking.model
    model = model_cache.get_model(made_by.version, made_by.archive_digest) if made_by else None
    if ranking.mode == Ranking.Mode.RECENT or model is None:
        return {pk: [] for pk in paper_pks}
    said = profile_from_json(ranking.taste)
    taste = vectors_of(model, said)
    ids = np.array(paper_pks, dtype=np.int64)
    candidates = prepare(model, rows_of_papers(model, ids), model.rows_of(ids))
    chosen = _with_effect if whole else _worth_naming
    return _in_words(said, ids, explain(model, taste, candidates), explain_interests(model, taste, candidates), chosen)


def _in_words(
    said: Profile, ids: IdArray, by_vote: FloatArray, by_interest: FloatArray, chosen: Callable[[FloatArray], list[int]]
) -> dict[int, list[Reason]]:
    voted = list(said.votes.items())
    named = {row for column in by_vote.T for row in chosen(column)}
    seeds = {row: said.interests[row]["papers"][0] for row in _seeds(said)}
    papers = Paper.objects.in_bulk([*(voted[row][0] for row in named), *seeds.values()])
    lines: dict[int, list[Reason]] = {}
    for column, pk in enumerate(ids.tolist()):
        found = [
            Reason("your_vote", float(by_vote[row, column]), papers.get(voted[row][0]), voted[row][1])
            for row in chosen(by_vote[:, column])
        ]
        found += [
            Reason(
                "interest",
                float(by_interest[row, column]),
                papers.get(seeds[row]) if row in seeds else None,
                text=said.interests[row]["text"],
            )
            for row in chosen(by_interest[:, column])
        ]
        lines[pk] = sorted(found, key=lambda reason: -reason.effect)
    return lines


def _seeds(said: Profile) -> list[int]:
    """Places of the interests that are a paper of the catalogue."""
    return [
        place
        for place, interest in enumerate(said.interests)
        if interest["kind"] == InterestKind.PAPER and interest.get("papers")
    ]


def _worth_naming(effects: FloatArray) -> list[int]:
    """Rows of the strongest `RAISED` positive effects and of the strongest negative one."""
    order = np.argsort(-effects, kind="stable")
    raised = [int(row) for row in order[:RAISED] if effects[row] > SMALLEST]
    lowered = [int(row) for row in order[-1:] if effects[row] < -SMALLEST]
    return raised + lowered


def _with_effect(effects: FloatArray) -> list[int]:
    """Rows of every effect that is worth a line."""
    return [int(row) for row in np.flatnonzero(np.abs(effects) > SMALLEST)]
