"""The one function that ranks papers for a reader.

Pages, API, feeds and digests all call it.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from copy import copy
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from accounts.models import User
from recommender import timing, vote_rings
from recommender.engine.score import ReaderVectors, score
from recommender.models import Paper, Ranking, pack, pack_pks
from recommender.mutes import Muted, hidden, muted_by
from recommender.serving.first_model import served_or_first
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import PaperPool, Span, newest_first, pool_of

from .candidates import candidates_of
from .placement import Scored, place_papers
from .profile import Profile, read_profile, vectors_of

LENGTH = 1000  # places that a ranking stores
SORTS = ("mine", "popular", "recent")
DAILY = "daily"
SPAN_SORTS = (*SORTS, DAILY)  # of several days
PER_DAY = 10  # papers of each day in the daily sort
BY_INTERESTS = "You have no votes yet; ranked by your interests."
BY_CONTENT = "The serving model ranks by content alone: the hybrid of its night was refused."
BY_FIRST_MODEL = "No trained model serves yet; ranked by your own votes and interests alone."
ALL_MUTED = "Your mutes hide all of these papers."
ASKED = {"recent": "You chose the most recent papers first.", "popular": "You chose the most popular papers first."}
ASKED_DAILY = f"You chose the first {PER_DAY} papers of each day."
NO_CHANGES: Mapping[int, int] = MappingProxyType({})


def rank(reader: User | None, days: date | Span, sort: str = "mine", *, exploration: float | None = None) -> Ranking:
    """Rank the papers of a day or a span.

    For this reader, or for everybody when `reader` is None.

    sort         "mine" ranks by the reader's votes and interests; without any, or without a model, it falls back on
                 popularity and says why. "popular" and "recent" are the same for everybody. "daily" is for several
                 days: the first `PER_DAY` papers of each day in the order of "mine", day by day, the newest first
    exploration  the share of the first places that are drawn at random, 0 to 0.3, instead of the reader's setting

    Returns the stored ranking if nothing it depends on has changed. Raises ValueError for an unknown sort, or "daily"
    for a single day, and Paper.DoesNotExist for days without papers.
    """
    started = time.perf_counter()
    papers = pool_of(days)
    sorts = SORTS if papers.span.is_day else SPAN_SORTS
    if sort not in sorts:
        raise ValueError(f"the papers announced {papers.span} are sorted by {', '.join(sorts)}; got {sort!r}")
    if not papers.count:
        raise Paper.DoesNotExist(f"no papers were announced {papers.span}")
    muted, per_day = muted_by(reader), PER_DAY if sort == DAILY else 0
    if sort == "recent":
        ranking = _store(_by_time(reader, papers, muted, ASKED[sort]))
    elif sort == "popular" or reader is None:
        reason = ASKED[sort] if sort == "popular" else "You are not signed in."
        ranking = _store(_by_popularity(reader, papers, muted, reason, per_day=per_day))
    else:
        if exploration is not None:
            reader = copy(reader)  # never saved
            reader.exploration = exploration
        profile = read_profile(reader)
        served = _served_for(reader, profile)
        if isinstance(served, Unavailable):
            ranking = _store(_by_popularity(reader, papers, muted, served.reason, per_day=per_day))
        else:
            unchanged = _unchanged(reader, papers, muted, profile, served, per_day)
            ranking = unchanged or _store(_by_profile(reader, papers, muted, profile, served, per_day))
    timing.ranked(ranking.mode, time.perf_counter() - started)
    return ranking


def preview(reader: User, day: date, profile: Profile, popularity: Mapping[int, int] = NO_CHANGES) -> Ranking:
    """The ranking that the reader would have with this profile.

    A new one is not saved.

    profile     from `read_profile`, possibly changed; a changed one needs a version that no stored ranking has
    popularity  how far the changes move the popularity of papers, by primary key
    """
    papers, muted = pool_of(day), muted_by(reader)
    served = _served_for(reader, profile)
    if isinstance(served, Unavailable):
        return Ranking(**_by_popularity(reader, papers, muted, served.reason, popularity))
    unchanged = _unchanged(reader, papers, muted, profile, served)
    return unchanged or Ranking(**_by_profile(reader, papers, muted, profile, served))


def ranking_at(reader: User, day: date, sort: str, at: datetime) -> Ranking | None:
    """The reader's newest ranking of a day, made by `at`.

    It is of the whole day and in this sort.
    """
    rankings = reader.rankings.filter(day=day, first_day=None, category="", made_at__lte=at).select_related("model")
    for reason in ASKED.values():
        if reason != ASKED.get(sort):
            rankings = rankings.exclude(mode_reason__startswith=reason)
    return rankings.filter(mode_reason__startswith=ASKED.get(sort, "")).first()


def latest_day(until: date) -> date | None:
    """The last day with papers up to and including `until`.

    Returns None if there is none.
    """
    return Paper.objects.offered().filter(day__lte=until).order_by("-day").values_list("day", flat=True).first()


def basis(served: Served, papers: PaperPool, reader: User, muted: Muted, version: int, per_day: int = 0) -> str:
    """Digest of the state that a personal ranking depends on.

    `version` is `Profile.version`.
    """
    settings = f"{reader.exploration:g}|{reader.freshness:g}|{muted.state}"
    state = f"{served.state}|{papers.state}|{version}|{settings}{f'|{per_day} a day' if per_day else ''}"
    return hashlib.sha256(state.encode()).hexdigest()[:40]


def ranking_columns(
    reader: User,
    papers: PaperPool,
    muted: Muted,
    profile: Profile,
    served: Served,
    vectors: ReaderVectors,
    scored: Scored,
    per_day: int = 0,
) -> dict[str, Any]:
    """The columns of a personal ranking.

    Its order, its mode and what it was made from.

    per_day  if not 0, only so many papers of each day, day by day
    """
    hidden_pks = hidden(muted, papers)
    mode = served.mode if profile.votes else Ranking.Mode.CONTENT
    taste = profile.as_dict()
    if served.is_trained:
        reason = BY_INTERESTS if not profile.votes else BY_CONTENT if mode == Ranking.Mode.CONTENT else ""
    else:
        reason, taste["first_model"] = BY_FIRST_MODEL, served.row.version
    if hidden_pks:
        taste["hidden"] = len(hidden_pks)
    if per_day:
        taste["per_day"], reason = per_day, f"{ASKED_DAILY} {reason}".strip()
    elif reader.freshness and not papers.span.is_day:
        taste["freshness"] = reader.freshness
    return {
        "reader": reader,
        **papers.span.columns,
        "basis": basis(served, papers, reader, muted, profile.version, per_day),
        "mode": mode,
        "mode_reason": reason if len(hidden_pks) < len(scored.paper_ids) else ALL_MUTED,
        "model": served.row if served.is_trained else None,
        "experiment": served.experiment,
        "arm": served.arm,
        "includes_votes_until": profile.until,
        "taste": taste,
        **place_papers(reader, papers.span, vectors, scored.without(hidden_pks), LENGTH, per_day),
    }


def _served_for(reader: User, profile: Profile) -> Served | Unavailable:
    """The model that ranks for this reader, or why none does."""
    if reader.is_paused:
        return Unavailable("You have paused personalisation.")
    if not profile:
        no_papers = "Your seed papers and authors have no papers in the catalogue yet."
        return Unavailable(no_papers if profile.interests else "You have no votes and no interests yet.")
    return served_or_first(reader)


def _unchanged(
    reader: User, papers: PaperPool, muted: Muted, profile: Profile, served: Served, per_day: int = 0
) -> Ranking | None:
    """The stored ranking that was made from this very state, if there is one."""
    state = basis(served, papers, reader, muted, profile.version, per_day)
    return Ranking.objects.filter(reader=reader, day=papers.day, basis=state).select_related("model").first()


def _by_profile(
    reader: User, papers: PaperPool, muted: Muted, profile: Profile, served: Served, per_day: int = 0
) -> dict[str, Any]:
    paper_ids, candidates, ages = candidates_of(served, papers)
    vectors = vectors_of(served.model, profile)
    scored = Scored(paper_ids, score(served.model, vectors, candidates), ages, candidates)
    return ranking_columns(reader, papers, muted, profile, served, vectors, scored, per_day)


def _by_popularity(
    reader: User | None,
    papers: PaperPool,
    muted: Muted,
    reason: str,
    changes: Mapping[int, int] = NO_CHANGES,
    per_day: int = 0,
) -> dict[str, Any]:
    """Order papers by popularity.

    By time if no paper has a vote. `changes` are for the papers of a single day only.

    per_day  if not 0, only so many papers of each day, day by day
    """
    hidden_pks = hidden(muted, papers)
    rows = papers.papers().by_popularity().values_list("pk", "popularity")
    if changes and reader and vote_rings.counts_for_popularity(reader):
        changed = [(pk, popularity + changes.get(pk, 0)) for pk, popularity in rows if pk not in hidden_pks]
        places = sorted(changed, key=lambda place: (-place[1], -place[0]))[:LENGTH]
    elif per_day:
        reason, places = f"{ASKED_DAILY} {reason}", _first_of_each_day(papers, hidden_pks, per_day)
    else:
        places = [row for row in rows[: LENGTH + len(hidden_pks)] if row[0] not in hidden_pks][:LENGTH]
    if not per_day and not any(popularity for _, popularity in places):
        return _by_time(reader, papers, muted, f"{reason} Nobody has voted on these papers yet.")
    return _impersonal(reader, papers, muted, Ranking.Mode.POPULAR, reason, places, per_day)


def _first_of_each_day(papers: PaperPool, hidden_pks: Collection[int], per_day: int) -> list[tuple[int, int]]:
    """Primary keys and popularity of the most popular papers of each day, the newest day first."""
    by_day: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for pk, popularity, day in papers.papers().by_popularity().values_list("pk", "popularity", "day"):
        if pk not in hidden_pks and len(by_day[day]) < per_day:
            by_day[day].append((pk, popularity))
    return [place for day in sorted(by_day, reverse=True) for place in by_day[day]][:LENGTH]


def _by_time(reader: User | None, papers: PaperPool, muted: Muted, reason: str) -> dict[str, Any]:
    hidden_pks = hidden(muted, papers)
    pks = newest_first(papers.papers()).values_list("pk", flat=True)[: LENGTH + len(hidden_pks)]
    places = [(pk, 0) for pk in pks if pk not in hidden_pks][:LENGTH]
    return _impersonal(reader, papers, muted, Ranking.Mode.RECENT, reason if places else ALL_MUTED, places)


def _impersonal(
    reader: User | None,
    papers: PaperPool,
    muted: Muted,
    mode: str,
    reason: str,
    places: list[tuple[int, int]],
    per_day: int = 0,
) -> dict[str, Any]:
    """The columns of an order that is the same for everybody.

    places   primary keys and scores
    per_day  if not 0, they are only so many papers of each day
    """
    pks, scores = [pk for pk, _ in places], pack([score for _, score in places], "<f4")
    span, hidden_pks = papers.span, hidden(muted, papers)
    # several days, or a category, may hold the same papers as a day, and are another ranking
    span_state = b"" if span.is_whole_day else f"{span}|{span.category}".encode()
    state = b"|".join([mode.encode(), reason.encode(), pack(pks, "<i8"), scores, span_state])
    return {
        "reader": reader,
        **span.columns,
        "basis": hashlib.sha256(state).hexdigest()[:40],
        "mode": mode,
        "mode_reason": reason,
        "taste": {name: value for name, value in (("hidden", len(hidden_pks)), ("per_day", per_day)) if value},
        "paper_pks": pack_pks(pks),
        "scores": scores,
    }


def _store(columns: dict[str, Any]) -> Ranking:
    """Save a ranking, or return an equal one.

    An equal one was made from the same state before.
    """
    state = {name: columns[name] for name in ("reader", "day", "basis")}
    ranking, _ = Ranking.objects.get_or_create(**state, defaults=columns)
    return ranking
