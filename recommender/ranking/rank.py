"""The one function that makes rankings; page, API, feeds and digest all call it."""

import hashlib
import time
from collections.abc import Collection, Mapping
from copy import copy
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from accounts.models import User
from recommender import timing, vote_rings
from recommender.engine.score import ReaderVectors, score
from recommender.models import Paper, PaperQuerySet, Ranking, pack
from recommender.mutes import Muted, hidden, muted_by
from recommender.serving.arms import served_to
from recommender.serving.model_cache import Served, Unavailable
from recommender.spans import PaperPool, Span, newest_first, pool_of

from .candidates import candidates_of
from .placement import Scored, ages_of, place_papers
from .profile import Profile, read_profile, vectors_of

LENGTH = 1000  # places of a ranking that are kept
SORTS = ("mine", "popular", "recent")
BY_INTERESTS = "You have no votes yet; ranked by your interests."
BY_CONTENT = "The serving model ranks by content alone: the hybrid of its night was refused."
ALL_MUTED = "Your mutes hide every paper that there is to show."
ASKED = {"recent": "You asked for the most recent first.", "popular": "You asked for the most popular first."}
NO_CHANGES: Mapping[int, int] = MappingProxyType({})


def rank(reader: User | None, days: date | Span, sort: str = "mine", *, exploration: float | None = None) -> Ranking:
    """The ranking of the papers of a day or a span for this reader, or for anybody when `reader` is None.

    sort         "mine" ranks by the reader's votes and interests, and falls back on popularity (saying why) without
                 any or without a model; "popular" and "recent" are the same for everybody
    exploration  the share of first places that chance may fill, 0 to 0.3, in place of the reader's own

    An unchanged state gives the same ranking again. Raises ValueError for an unknown sort and Paper.DoesNotExist
    for days without papers.
    """
    started = time.perf_counter()
    ranking = _ranked(reader, days, sort, exploration)
    timing.ranked(ranking.mode, time.perf_counter() - started)
    return ranking


def preview(reader: User, day: date, said: Profile, popularity: Mapping[int, int] = NO_CHANGES) -> Ranking:
    """The ranking that the reader would have if this were what they had said; nothing is stored.

    said        as `listen` gives it, or changed, then of no version: a ranking stored from this state is found again
    popularity  by how much what they had said would change that of papers, by primary key
    """
    papers, muted = pool_of(day), muted_by(reader)
    served = _served_to(reader, said)
    if isinstance(served, Unavailable):
        return Ranking(**_by_popularity(reader, papers, muted, served.reason, popularity))
    return _stored(reader, papers, muted, said, served) or Ranking(**_personal(reader, papers, muted, said, served))


def ranking_at(reader: User, day: date, sort: str, at: datetime) -> Ranking | None:
    """The reader's newest ranking of a whole day, sorted so, among those made at this moment or before."""
    made = reader.rankings.filter(day=day, first_day=None, category="", made_at__lte=at).select_related("model")
    for reason in ASKED.values():
        if reason != ASKED.get(sort):
            made = made.exclude(mode_reason__startswith=reason)
    return made.filter(mode_reason__startswith=ASKED.get(sort, "")).first()


def latest_day(wanted: date) -> date | None:
    """The wanted day if it has papers, else the last one before it that has some; None when there is none."""
    return Paper.objects.offered().filter(day__lte=wanted).order_by("-day").values_list("day", flat=True).first()


def basis(served: Served, papers: PaperPool, reader: User, muted: Muted, version: int) -> str:
    """Names the state that a personal ranking is made from; `version` is the reader's count of changes."""
    wishes = f"{reader.exploration:g}|{reader.freshness:g}|{muted.state}"
    return _digest(f"{served.state}|{papers.state}|{version}|{wishes}".encode())


def ranking_columns(
    reader: User, papers: PaperPool, muted: Muted, said: Profile, served: Served, taste: ReaderVectors, scored: Scored
) -> dict[str, Any]:
    """The columns of a personal ranking: its order, how and from what it was made."""
    out = hidden(muted, papers)
    mode = served.mode if said.votes else Ranking.Mode.CONTENT
    reason = BY_INTERESTS if not said.votes else BY_CONTENT if mode == Ranking.Mode.CONTENT else ""
    return {
        "reader": reader,
        **_about(papers.span),
        "basis": basis(served, papers, reader, muted, said.version),
        "mode": mode,
        "mode_reason": reason if len(out) < len(scored.paper_ids) else ALL_MUTED,
        "model": served.row,
        "experiment": served.experiment,
        "arm": served.arm,
        "includes_votes_until": said.until,
        "taste": said.as_dict() | _hiding(out) | _lifting(reader, papers),
        **place_papers(reader, papers.span, taste, scored.without(out), LENGTH),
    }


def _ranked(reader: User | None, days: date | Span, sort: str, exploration: float | None) -> Ranking:
    if sort not in SORTS:
        raise ValueError(f"a feed is sorted by {', '.join(SORTS)}; got {sort!r}")
    papers = pool_of(days, by_time=sort == "recent")
    if not papers.count:
        raise Paper.DoesNotExist(f"no papers were announced {papers.span}")
    muted = muted_by(reader)
    if sort == "recent":
        return _keep(_by_time(reader, papers, muted, ASKED[sort]))
    if sort == "popular":
        return _keep(_by_popularity(reader, papers, muted, ASKED[sort]))
    if reader is None:
        return _keep(_by_popularity(None, papers, muted, "You are not signed in."))
    return _for(reader if exploration is None else _exploring(reader, exploration), papers, muted)


def _for(reader: User, papers: PaperPool, muted: Muted) -> Ranking:
    said = read_profile(reader)
    served = _served_to(reader, said)
    if isinstance(served, Unavailable):
        return _keep(_by_popularity(reader, papers, muted, served.reason))
    return _stored(reader, papers, muted, said, served) or _keep(_personal(reader, papers, muted, said, served))


def _stored(reader: User, papers: PaperPool, muted: Muted, said: Profile, served: Served) -> Ranking | None:
    """The personal ranking that was made from this state before."""
    name = basis(served, papers, reader, muted, said.version)
    return Ranking.objects.filter(reader=reader, day=papers.day, basis=name).select_related("model").first()


def _exploring(reader: User, share: float) -> User:
    """The reader with another share of exploration; not to be saved."""
    other = copy(reader)
    other.exploration = share
    return other


def _served_to(reader: User, said: Profile) -> Served | Unavailable:
    """The model that ranks for this reader, or why none does."""
    if reader.is_paused:
        return Unavailable("You have paused personalisation.")
    if not said:
        silent = "No paper that you named, nor any by an author that you named, is here yet."
        return Unavailable(silent if said.interests else "You have no votes and no interests yet.")
    return served_to(reader)


def _personal(reader: User, papers: PaperPool, muted: Muted, said: Profile, served: Served) -> dict[str, Any]:
    paper_ids, candidates = candidates_of(served, papers)
    taste = vectors_of(served.model, said)
    scored = Scored(paper_ids, score(served.model, taste, candidates), ages_of(papers, paper_ids), candidates)
    return ranking_columns(reader, papers, muted, said, served, taste, scored)


def _by_popularity(
    reader: User | None, papers: PaperPool, muted: Muted, reason: str, changes: Mapping[int, int] = NO_CHANGES
) -> dict[str, Any]:
    found = _popular(
        papers, muted, changes if changes and reader and vote_rings.counts_for_popularity(reader) else NO_CHANGES
    )
    if not any(popularity for _, popularity in found):
        return _by_time(reader, papers, muted, f"{reason} Nobody has voted on these papers yet.")
    return _impersonal(reader, papers, muted, Ranking.Mode.POPULAR, reason, found)


def _popular(papers: PaperPool, muted: Muted, changes: Mapping[int, int]) -> list[tuple[int, int]]:
    """Primary keys and popularity, the most popular first; only papers of one day can be given changes."""
    rows = _offered(papers, muted).by_popularity().values_list("pk", "popularity")
    if not changes:
        return list(rows[:LENGTH])
    changed = [(pk, popularity + changes.get(pk, 0)) for pk, popularity in rows]
    return sorted(changed, key=lambda paper: (-paper[1], -paper[0]))[:LENGTH]


def _by_time(reader: User | None, papers: PaperPool, muted: Muted, reason: str) -> dict[str, Any]:
    pks = newest_first(_offered(papers, muted)).values_list("pk", flat=True)[:LENGTH]
    return _impersonal(
        reader, papers, muted, Ranking.Mode.RECENT, reason if pks else ALL_MUTED, [(pk, 0) for pk in pks]
    )


def _offered(papers: PaperPool, muted: Muted) -> PaperQuerySet:
    return papers.papers().exclude(pk__in=hidden(muted, papers))


def _lifting(reader: User, papers: PaperPool) -> dict[str, float]:
    return {"freshness": reader.freshness} if reader.freshness and not papers.span.is_day else {}


def _hiding(out: Collection[int]) -> dict[str, int]:
    return {"hidden": len(out)} if out else {}


def _impersonal(
    reader: User | None, papers: PaperPool, muted: Muted, mode: str, reason: str, found: list[tuple[int, int]]
) -> dict[str, Any]:
    order, scores = pack([pk for pk, _ in found], "<i8"), pack([score for _, score in found], "<f4")
    name = _digest(b"|".join([mode.encode(), reason.encode(), order, scores, _of_several(papers.span)]))
    taste = _hiding(hidden(muted, papers))
    columns = {"mode": mode, "mode_reason": reason, "taste": taste, "paper_pks": order, "scores": scores}
    return {"reader": reader, "basis": name, **_about(papers.span), **columns}


def _about(span: Span) -> dict[str, Any]:
    """The columns of a ranking that say which papers it is of."""
    return {"day": span.last, "first_day": None if span.is_day else span.first, "category": span.category}


def _of_several(span: Span) -> bytes:
    """Tells orders of several days, or of a category, from one of the same papers that is a day's."""
    return b"" if span.is_whole_day else f"{span}|{span.category}".encode()


def _keep(made: dict[str, Any]) -> Ranking:
    """Store a ranking, or give back the one that was made from the same state before."""
    state = {name: made[name] for name in ("reader", "day", "basis")}
    ranking, _ = Ranking.objects.get_or_create(**state, defaults=made)
    return ranking


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()[:40]
