"""The one function that makes rankings; page, API, feeds and digest all call it."""

import hashlib
from datetime import date
from typing import Any

from django.db.models import F

from accounts.models import User

from . import serving
from .arranging import places
from .engine.scoring import score
from .models import Paper, Ranking, packed
from .serving import Served, Unavailable
from .tastes import Day, Said, candidates_of, listen, look_at, taste_of

LENGTH = 1000  # places of a ranking that are kept
SORTS = ("mine", "popular", "recent")


def rank(reader: User | None, day: date, sort: str = "mine") -> Ranking:
    """The ranking of the day's papers for this reader, or for anybody when `reader` is None.

    sort  "mine" ranks by the reader's votes and interests, and falls back on popularity (saying why) without any
          or without a model; "popular" and "recent" are the same for everybody

    An unchanged state gives the same ranking again. Raises ValueError for an unknown sort and Paper.DoesNotExist
    for a day without papers.
    """
    if sort not in SORTS:
        raise ValueError(f"a feed is sorted by {', '.join(SORTS)}; got {sort!r}")
    papers = look_at(day)
    if not papers.count:
        raise Paper.DoesNotExist(f"no papers were announced on {day}")
    if sort == "recent":
        return _by_time(reader, papers, "You asked for the most recent first.")
    if sort == "popular":
        return _by_popularity(reader, papers, "You asked for the most popular first.")
    if reader is None:
        return _by_popularity(None, papers, "You are not signed in.")
    return _for(reader, papers)


def day_to_show(wanted: date) -> date | None:
    """The wanted day if it has papers, else the last one before it that has some; None when there is none."""
    return Paper.objects.offered().filter(day__lte=wanted).order_by("-day").values_list("day", flat=True).first()


def basis(served: Served, papers: Day, reader: User, version: int) -> str:
    """Names the state that a personal ranking is made from; `version` is the reader's count of changes."""
    return _digest(f"{served.row.version}|{papers.state}|{version}|{reader.exploration:g}".encode())


def what_it_rests_on(served: Served, said: Said) -> dict[str, Any]:
    """The columns of a personal ranking that say how and from what it was made."""
    hybrid = bool(said.votes)
    return {
        "mode": Ranking.Mode.HYBRID if hybrid else Ranking.Mode.CONTENT,
        "mode_reason": "" if hybrid else "You have no votes yet; ranked by your interests.",
        "model": served.row,
        "includes_votes_until": said.until,
        "taste": said.as_dict(),
    }


def _for(reader: User, papers: Day) -> Ranking:
    said = listen(reader)
    if not said:
        silent = "No paper that you named, nor any by an author that you named, is here yet."
        reason = silent if said.interests else "You have no votes and no interests yet."
        return _by_popularity(reader, papers, reason)
    served = serving.current()
    if isinstance(served, Unavailable):
        return _by_popularity(reader, papers, served.reason)
    state = {"reader": reader, "day": papers.day, "basis": basis(served, papers, reader, said.version)}
    kept = Ranking.objects.filter(**state).select_related("model").first()
    if kept is not None:
        return kept
    paper_ids, candidates = candidates_of(served, papers)
    taste = taste_of(served.model, said)
    scores = score(served.model, taste, candidates)
    shown = places(reader, papers.day, taste, scores, paper_ids, candidates, LENGTH)
    return _keep(state, what_it_rests_on(served, said) | shown)


def _by_popularity(reader: User | None, papers: Day, reason: str) -> Ranking:
    rows = Paper.objects.on(papers.day).offered().with_public_votes().order_by("-popularity", "-pk")
    found = list(rows.values_list("pk", "popularity")[:LENGTH])
    if not any(popularity for _, popularity in found):
        return _by_time(reader, papers, f"{reason} Nobody has voted on these papers yet.")
    return _impersonal(reader, papers, Ranking.Mode.POPULAR, reason, found)


def _by_time(reader: User | None, papers: Day, reason: str) -> Ranking:
    newest = Paper.objects.on(papers.day).offered().order_by(F("published_at").desc(nulls_last=True), "-pk")
    found = [(pk, 0) for pk in newest.values_list("pk", flat=True)[:LENGTH]]
    return _impersonal(reader, papers, Ranking.Mode.RECENT, reason, found)


def _impersonal(reader: User | None, papers: Day, mode: str, reason: str, found: list[tuple[int, int]]) -> Ranking:
    order, scores = packed([pk for pk, _ in found], "<i8"), packed([score for _, score in found], "<f4")
    name = _digest(b"|".join([mode.encode(), reason.encode(), order, scores]))
    columns = {"mode": mode, "mode_reason": reason, "paper_pks": order, "scores": scores}
    return _keep({"reader": reader, "day": papers.day, "basis": name}, columns)


def _keep(state: dict[str, Any], columns: dict[str, Any]) -> Ranking:
    """Store a ranking, or give back the one that somebody else made from the same state meanwhile."""
    ranking, _ = Ranking.objects.get_or_create(**state, defaults=columns)
    return ranking


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()[:40]
