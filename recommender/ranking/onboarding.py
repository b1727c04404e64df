"""Which papers to ask a new reader about, each with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from textwrap import shorten
from typing import Any

import numpy as np
from django.db.models import Count

from accounts.models import User
from recommender.engine.features import words_of
from recommender.engine.model import Model
from recommender.engine.onboarding import Crowd, InformativePaper, choose_papers
from recommender.models import Paper, Vote, VoteValue, counts_for_others
from recommender.mutes import Muted, hidden_among, muted_by
from recommender.serving import model_cache
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import pool_of

from .candidates import candidate_rows
from .labels import labels
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

ENOUGH = 10  # answers after which the order is worth reading
MOST_SKIPPED = 500
TARGETS = 400  # papers of the newest day whose ranking the questions are to improve; a larger day is sampled
POPULAR = 500  # papers considered while there is no model
MOST_TRIES = 8  # rounds of choosing again without the papers that the reader's mutes hide


@dataclass(frozen=True)
class PaperQuestion:
    """One paper to vote on, and why."""

    paper: Paper
    reason: str


@dataclass(frozen=True)
class Questionnaire:
    """The next questions.

    `by_model` says whether a model chose them, `note` why not.
    """

    questions: list[PaperQuestion]
    answered: int
    by_model: bool
    note: str


def next_questions(reader: User, skipped: Collection[int], count: int, day: date) -> Questionnaire:
    """The next `count` papers to ask this reader about.

    Fewer if the catalogue has no more that are not muted.

    skipped  primary keys of papers that the reader was asked about without voting
    day      today: the votes are to improve the order of the newest papers up to this day
    """
    profile = read_profile(reader)
    served = model_cache.current()
    newest = latest_day(day)
    if isinstance(served, Unavailable) or newest is None:
        reason = served.reason if isinstance(served, Unavailable) else "The catalogue is empty."
        questions = _popular(profile, skipped, count, muted_by(reader))
        return Questionnaire(questions, len(profile.votes), False, reason)
    model = served.model
    rows = candidate_rows(served, pool_of(newest)).rows
    targets, crowd = rows[:: -(-len(rows) // TARGETS)], _crowd(served)
    withdrawn = Paper.objects.filter(withdrawn=True).values_list("pk", flat=True)
    excluded, muted = {*skipped, *profile.votes, *withdrawn}, muted_by(reader)
    for _ in range(MOST_TRIES if muted else 1):
        excluded_rows = model.rows_of(np.array(list(excluded), dtype=np.int64))
        excluded_rows = excluded_rows[excluded_rows >= 0]
        chosen = choose_papers(model, vectors_of(model, profile), crowd, targets, excluded_rows, count)
        questions = _with_reasons(model, profile, chosen)
        muted_pks = hidden_among((question.paper for question in questions), muted)
        if not muted_pks:
            break
        excluded |= muted_pks
    questions = [question for question in questions if question.paper.pk not in muted_pks]
    return Questionnaire(questions, len(profile.votes), True, "")


def _crowd(served: Served) -> Crowd:
    """Public votes on the model's papers.

    As of the first time this process used the model for questions.
    """
    pks, up_votes, at_source, readers = _public_votes(served.row.version)
    rows = served.model.rows_of(pks)
    counts = np.zeros((2, len(served.model.paper_ids)), dtype=np.float32)
    counts[:, rows[rows >= 0]] = np.stack([up_votes, at_source])[:, rows >= 0]
    return Crowd(counts[0], counts[1], readers)


@lru_cache(maxsize=2)
def _public_votes(version: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Papers with up-votes, both counts, and the number of readers.

    Votes are those here and at the papers' source; cached once a model.
    """
    cast = Vote.objects.order_by().filter(counts_for_others(), value=VoteValue.UP)
    ups = dict(cast.values("paper").annotate(ups=Count("pk")).values_list("paper", "ups"))
    at_source = dict(Paper.objects.filter(source_upvotes__gt=0).values_list("pk", "source_upvotes"))
    rows = [(pk, ups.get(pk, 0), at_source.get(pk, 0)) for pk in sorted({*ups, *at_source})]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2], cast.aggregate(readers=Count("reader", distinct=True))["readers"]


def _with_reasons(model: Model, profile: Profile, chosen: Sequence[InformativePaper]) -> list[PaperQuestion]:
    """The papers that the model chose, each with its reason.

    Papers deleted since its training are left out.
    """
    pks = [int(model.paper_ids[each.row]) for each in chosen]
    near_pks = [int(model.paper_ids[each.near]) if each.near >= 0 else -1 for each in chosen]
    papers = Paper.objects.with_public_votes().with_popularity().in_bulk(pks)
    near_papers = Paper.objects.in_bulk(near_pks)
    return [
        PaperQuestion(papers[pk], _reason(each, papers[pk], near_papers.get(near_pk), profile.votes.get(near_pk, 0)))
        for pk, near_pk, each in zip(pks, near_pks, chosen, strict=True)
        if pk in papers
    ]


def _reason(chosen: InformativePaper, paper: Paper, near: Paper | None, vote: int) -> str:
    """Why this paper, from the quantities that chose it.

    `vote` is the reader's vote on the paper near it.
    """
    names, votes = labels(paper.title, paper.abstract, chosen.terms), paper.popularity  # type: ignore[attr-defined]
    parts, other_names = [], []
    if near and vote:
        voted = f"“{shorten(near.title, 60, placeholder='…')}”, which you voted {'up' if vote > 0 else 'down'}"
        parts.append(f"by an author of {voted}" if _share_an_author(paper, near) else f"near {voted}")
    if near and not _share_an_author(paper, near):
        words = [*words_of(paper.title), *words_of(paper.abstract)]
        other_names = labels(near.title, near.abstract, [term for term in chosen.near_terms if term not in words])
    if names and other_names:
        parts.append(f"separates {_quoted(names)} from {_quoted(other_names)}")
    elif names:
        parts.append(f"asks about {_quoted(names)}")
    if chosen.times >= chosen.likelier:
        parts.append(
            f"an answer says {chosen.times:.1f} times as much about the newest papers as one on a typical paper"
        )
    else:
        parts.append(f"your up-vote is {chosen.likelier:.1f} times as likely as on a typical paper")
    if votes > 0:
        parts.append(f"{votes} public vote{'' if votes == 1 else 's'}")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]


def _share_an_author(paper: Paper, other: Paper) -> bool:
    """Whether they may be near for their authors alone, whatever they are about."""
    return not {name.casefold() for name in paper.authors}.isdisjoint(name.casefold() for name in other.authors)


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f"“{name}”" for name in names)


def _popular(profile: Profile, skipped: Collection[int], count: int, muted: Muted) -> list[PaperQuestion]:
    """The most popular papers, one of each category in turn.

    The category is the primary one, so that the papers differ.
    """
    excluded = {*profile.votes, *skipped}
    papers = Paper.objects.offered().with_public_votes().by_popularity()[: POPULAR + len(excluded)]
    excluded |= hidden_among(papers, muted)
    by_category: dict[str, list[Any]] = {}  # annotated papers
    for paper in papers:
        if paper.pk not in excluded:
            by_category.setdefault(paper.categories[0] if paper.categories else "", []).append(paper)
    in_turn = [paper for papers in zip_longest(*by_category.values()) for paper in papers if paper is not None]
    questions = []
    for paper in in_turn[:count]:
        votes = paper.popularity
        category = f"the papers of {paper.categories[0]}" if paper.categories else "the papers without a category"
        why = "one of the newest" if votes <= 0 else f"with {votes} public vote{'' if votes == 1 else 's'}"
        questions.append(PaperQuestion(paper, f"Among {category}, {why}."))
    return questions
