"""Why a paper is in its place.

The exact effect of each vote and interest, by the model that ranked it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accounts.models import InterestKind
from recommender.engine.data import FloatArray
from recommender.engine.explain import explain, explain_interests
from recommender.engine.model import Model
from recommender.engine.score import prepare
from recommender.models import Paper, PlaceCause, Ranking
from recommender.serving import model_cache
from recommender.serving.first_model import first_model_of

from .candidates import rows_of_papers
from .profile import StatedInterest, profile_from_json, vectors_of
from .relations import Relation, relations_of

RAISED = 3  # votes shown that raised a paper; one that lowered it may join them
SMALLEST = 1e-4  # smaller effects are not shown


@dataclass(frozen=True)
class Reason:
    """One reason for a paper's place.

    effect    the score minus the score without this vote or interest
    interest  the kind of interest; empty for a vote
    """

    kind: str
    effect: float
    paper: Paper | None = None
    vote: int = 0
    text: str = ""
    interest: str = ""
    relation: Relation = Relation.LIKENESS


@dataclass(frozen=True)
class Placement:
    """Why a paper's place is not the one of its score.

    kind   "interest" (the share of one of several interests), "variety" (moved up past a near-duplicate),
           "near_duplicate" (moved down, away from one) or "newer"
    names  what names the interest: papers voted for or given as seeds, and texts of stated interests
    """

    kind: str
    names: Sequence[Paper | str] = ()


def placements(ranking: Ranking, places: Sequence[int]) -> dict[int, Placement]:
    """Why these places, from 0, are not the score's.

    A place that the score alone decides is left out. At most one query.
    """
    stored = ranking.placed or {"places": [], "causes": [], "groups": []}
    shown = set(places)
    causes = {p: cause for p, cause in zip(stored["places"], stored["causes"], strict=True) if p in shown}
    profile = profile_from_json(ranking.taste)
    voted, stated = list(profile.votes), profile.interests
    names: dict[int, list[int | str]] = {}
    for number in {cause for cause in causes.values() if cause >= 0}:
        group = stored["groups"][number]
        names[number] = [_name(stated[row]) for row in group["interests"]] + [voted[row] for row in group["votes"]]
    pks = {name for group_names in names.values() for name in group_names if isinstance(name, int)}
    papers = Paper.objects.in_bulk(pks) if pks else {}
    kinds = {PlaceCause.VARIETY: "variety", PlaceCause.HELD_BACK: "near_duplicate", PlaceCause.NEWER: "newer"}
    return {
        place: Placement(kinds[PlaceCause(cause)]) if cause < 0 else Placement("interest", _known(names[cause], papers))
        for place, cause in causes.items()
    }


def _known(names: Sequence[int | str], papers: dict[int, Paper]) -> list[Paper | str]:
    """Papers by primary key, and texts; papers removed from the catalogue are left out."""
    return [
        papers[name] if isinstance(name, int) else name for name in names if isinstance(name, str) or name in papers
    ]


def _name(interest: StatedInterest) -> int | str:
    """A seed paper's primary key, or the text of another interest."""
    if interest["kind"] == InterestKind.PAPER and interest.get("papers"):
        return int(interest["papers"][0])
    return str(interest["text"])


def reasons(ranking: Ranking, paper_pks: Sequence[int], *, whole: bool = False) -> dict[int, list[Reason]]:
    """Reasons for each of these papers of the ranking, by primary key.

    An impersonal ranking names no vote.

    whole  return every vote and interest with an effect instead of the strongest few
    """
    if ranking.mode == Ranking.Mode.POPULAR:
        scores = dict(zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True))
        return {pk: [Reason("popular", scores.get(pk, 0.0))] for pk in paper_pks}
    model = _model_of(ranking)
    if ranking.mode == Ranking.Mode.RECENT or model is None:
        return {pk: [] for pk in paper_pks}
    profile = profile_from_json(ranking.taste)
    vectors = vectors_of(model, profile)
    ids = np.array(paper_pks, dtype=np.int64)
    candidates = prepare(model, rows_of_papers(model, ids), model.rows_of(ids))
    by_vote, by_interest = explain(model, vectors, candidates), explain_interests(model, vectors, candidates)
    votes = [_selected(effects, whole) for effects in by_vote.T]
    interests = [_selected(effects, whole) for effects in by_interest.T]

    voted = list(profile.votes.items())
    relations = relations_of(model, profile, vectors, candidates, ids, by_vote, by_interest)
    seeds = {
        place: interest["papers"][0]
        for place, interest in enumerate(profile.interests)
        if interest["kind"] == InterestKind.PAPER and interest.get("papers")
    }
    voted_pks = {voted[place][0] for places in votes for place in places}
    papers = Paper.objects.in_bulk([*voted_pks, *seeds.values()])
    lines: dict[int, list[Reason]] = {}
    for column, pk in enumerate(ids.tolist()):
        own = []
        for place in votes[column]:
            voted_pk, value = voted[place]
            effect, relation = float(by_vote[place, column]), relations[0][place, column]
            own.append(Reason("your_vote", effect, papers.get(voted_pk), value, relation=relation))
        for place in interests[column]:
            seed, stated = papers.get(seeds.get(place, 0)), profile.interests[place]
            effect, relation = float(by_interest[place, column]), relations[1][place, column]
            own.append(Reason("interest", effect, seed, 0, stated["text"], stated["kind"], relation))
        lines[pk] = sorted(own, key=lambda reason: -reason.effect)
    return lines


def _model_of(ranking: Ranking) -> Model | None:
    """The model that ranked, if it can be had."""
    if ranking.model:
        return model_cache.get_model(ranking.model.version, ranking.model.archive_digest)
    first = first_model_of(ranking.taste.get("first_model", ""))
    return first.model if first else None


def _selected(effects: FloatArray, whole: bool) -> list[int]:
    """Select the places of the effects to show.

    All above `SMALLEST`, or the `RAISED` most positive ones and the most negative one.
    """
    if whole:
        return [int(place) for place in np.flatnonzero(np.abs(effects) > SMALLEST)]
    order = np.argsort(-effects, kind="stable")
    raised = [int(place) for place in order[:RAISED] if effects[place] > SMALLEST]
    lowered = [int(place) for place in order[-1:] if effects[place] < -SMALLEST]
    return raised + lowered
