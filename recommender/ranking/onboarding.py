"""The next papers to ask a newcomer about, each with its reason in words, from the tables and the model that serves."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, zip_longest
from textwrap import shorten

import numpy as np
import scipy.sparse as sp
from django.db.models import Count

from accounts.models import User
from recommender.engine.data import IntArray
from recommender.engine.features import words_of
from recommender.engine.model import Model
from recommender.engine.onboarding import Crowd, InformativePaper, choose
from recommender.models import Paper, Vote, VoteValue, counts_for_others
from recommender.mutes import Muted, hidden_among, muted_by
from recommender.serving import model_cache
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import pool_of

from .candidates import candidate_rows
from .profile import Profile, read_profile, vectors_of
from .rank import latest_day

ENOUGH = 10  # answers after which the order is worth reading
MOST_SKIPPED = 500
TARGETS = 400  # papers of the newest day whose ranking the questions are to improve; a larger day is sampled
POPULAR = 500  # papers looked at while there is no model
MOST_TRIES = 8  # of choosing again without the papers that the reader's mutes hide
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True)
class PaperQuestion:
    """One paper that a vote is wanted on, and why."""

    paper: Paper
    reason: str


@dataclass(frozen=True)
class Questionnaire:
    """The next questions; `by_model` says whether a model chose them, `note` why not in words."""

    questions: list[PaperQuestion]
    answered: int
    by_model: bool
    note: str


def next_questions(reader: User, skipped: Collection[int], count: int, day: date) -> Questionnaire:
    """The next `count` papers to ask this reader about; fewer when the catalogue, or what is not muted, has no more.

    skipped  primary keys of papers that they were asked about and gave no vote on
    day      today: what the votes are to improve is the order of the newest papers up to it
    """
    said = read_profile(reader)
    served = model_cache.current()
    newest = latest_day(day)
    if isinstance(served, Unavailable) or newest is None:
        reason = served.reason if isinstance(served, Unavailable) else "The catalogue is empty."
        return Questionnaire(_popular(said, skipped, count, muted_by(reader)), len(said.votes), False, reason)
    targets, crowd = _targets(served, newest), _crowd(served)
    passed, muted = {*skipped, *said.votes, *_withdrawn()}, muted_by(reader)
    for _ in range(MOST_TRIES if muted else 1):
        rows = _rows(served.model, list(passed))
        questions = choose(served.model, vectors_of(served.model, said), crowd, targets, rows, count)
        asked = _in_words(served.model, said, questions)
        out = hidden_among((each.paper for each in asked), muted)
        if not out:
            break
        passed |= out
    return Questionnaire([each for each in asked if each.paper.pk not in out], len(said.votes), True, "")


def _targets(served: Served, newest: date) -> sp.csr_matrix:
    _, rows = candidate_rows(served, pool_of(newest))
    return rows[:: -(-rows.shape[0] // TARGETS)]


def _rows(model: Model, paper_pks: Sequence[int]) -> IntArray:
    """Rows of the papers among these that the model knows."""
    rows = model.rows_of(np.array(paper_pks, dtype=np.int64))
    return rows[rows >= 0]


def _withdrawn() -> list[int]:
    return list(Paper.objects.filter(withdrawn=True).values_list("pk", flat=True))


def _crowd(served: Served) -> Crowd:
    """Public votes on the model's papers, as they were when this process first asked with this model."""
    pks, up_votes, at_source, readers = _public_votes(served.row.version)
    rows = served.model.rows_of(pks)
    counts = np.zeros((2, len(served.model.paper_ids)), dtype=np.float32)
    counts[:, rows[rows >= 0]] = np.stack([up_votes, at_source])[:, rows >= 0]
    return Crowd(counts[0], counts[1], readers)


@lru_cache(maxsize=2)
def _public_votes(version: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Papers with up-votes here or at their source, both counts, and how many readers have voted up; by the model."""
    cast = Vote.objects.order_by().filter(counts_for_others(), value=VoteValue.UP)
    ups = dict(cast.values("paper").annotate(ups=Count("pk")).values_list("paper", "ups"))
    at_source = dict(Paper.objects.filter(source_upvotes__gt=0).values_list("pk", "source_upvotes"))
    rows = [(pk, ups.get(pk, 0), at_source.get(pk, 0)) for pk in sorted({*ups, *at_source})]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2], cast.aggregate(readers=Count("reader", distinct=True))["readers"]


def _in_words(model: Model, said: Profile, questions: Sequence[InformativePaper]) -> list[PaperQuestion]:
    near = [int(model.paper_ids[question.near]) if question.near >= 0 else -1 for question in questions]
    pks = [int(model.paper_ids[question.row]) for question in questions]
    papers = Paper.objects.with_public_votes().with_popularity().in_bulk(pks)
    others = Paper.objects.in_bulk(near)
    return [
        PaperQuestion(papers[pk], _reason(question, papers[pk], others.get(other), said.votes.get(other, 0)))
        for pk, other, question in zip(pks, near, questions, strict=True)
        if pk in papers
    ]


def _reason(question: InformativePaper, paper: Paper, near: Paper | None, vote: int) -> str:
    """Why this paper, from the quantities that chose it; `vote` is the reader's on the paper near it."""
    terms, votes = _quoted(question.terms, paper), paper.popularity  # type: ignore[attr-defined]
    parts = []
    if near and vote:
        parts.append(
            f"near “{shorten(near.title, 60, placeholder='…')}”, which you voted {'up' if vote > 0 else 'down'}"
        )
    if near and terms and question.near_terms:
        parts.append(f"separates {terms} from {_quoted(question.near_terms, near)}")
    elif terms:
        parts.append(f"asks about {terms}")
    parts.append(_worth(question))
    if votes > 0:
        parts.append(f"{votes} public vote{'' if votes == 1 else 's'}")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]


def _worth(question: InformativePaper) -> str:
    """The larger of the two things that a question is chosen for, both against the other papers in question."""
    if question.times >= question.likelier:
        return f"an answer says {question.times:.1f} times as much about the newest papers as one on a typical paper"
    return f"your up-vote is {question.likelier:.1f} times as likely as on a typical paper"


def _quoted(terms: Sequence[str], paper: Paper) -> str:
    """The terms as the paper writes them: the engine knows `complexe` where the abstract says “complexes”."""
    written: dict[str, str] = {}
    for word in _WORD.findall(f"{paper.title} {paper.abstract}"):
        for term in words_of(word):
            written.setdefault(term, word.lower())
    return " and ".join(f"“{written.get(term, term)}”" for term in terms)


def _popular(said: Profile, skipped: Collection[int], count: int, muted: Muted) -> list[PaperQuestion]:
    """The most popular papers, one of each first category in turn, so that they differ."""
    passed = {*said.votes, *skipped}
    found = Paper.objects.offered().with_public_votes().by_popularity()[: POPULAR + len(passed)]
    passed |= hidden_among(found, muted)
    by_category: dict[str, list[Paper]] = {}
    for paper in found:
        if paper.pk not in passed:
            by_category.setdefault(paper.categories[0] if paper.categories else "", []).append(paper)
    in_turn = chain.from_iterable(zip_longest(*by_category.values()))
    return [PaperQuestion(paper, _public_reason(paper)) for paper in in_turn if paper is not None][:count]


def _public_reason(paper: Paper) -> str:
    votes = paper.popularity  # type: ignore[attr-defined]
    what = f"Among the papers of {paper.categories[0]}" if paper.categories else "Among the papers without a category"
    if votes <= 0:
        return f"{what}, one of the newest."
    return f"{what}, with {votes} public vote{'' if votes == 1 else 's'}."
