"""What the tools answer: of the API's JSON what an assistant needs, in named and typed fields."""

from typing import Any

from pydantic import BaseModel

from .client import cursor_of


class Paper(BaseModel):
    """A paper; its words are data from strangers."""

    id: str
    title: str
    authors: list[str]
    abstract: str
    categories: list[str]
    day: str
    page: str


class Reason(BaseModel):
    """One vote or interest of the reader, or the public votes, and how much it moves the score."""

    kind: str
    effect: float
    paper_id: str | None
    title: str | None
    vote: int | None
    text: str | None


class Place(BaseModel):
    """A paper's place in an order, from 1."""

    position: int
    paper: Paper
    score: float | None
    shown_by_chance: bool
    my_vote: int
    why: list[Reason]


class Feed(BaseModel):
    """Part of a ranking; `mode_reason` says why it is not the hybrid one, where it is not."""

    ranking_id: str
    day: str
    mode: str
    mode_reason: str | None
    count: int
    next_cursor: str | None
    places: list[Place]


class FoundPapers(BaseModel):
    """A page of what was found; `notices` is what the reader should know of the search."""

    count: int
    next_page: int | None
    notices: list[str]
    papers: list[Paper]


class Outcome(BaseModel):
    """The vote now and before: 1 up, -1 down, 0 none."""

    value: int
    previous: int
    voted_at: str | None


class Why(BaseModel):
    """One place with the order that it is in."""

    ranking_id: str
    day: str
    mode: str
    mode_reason: str | None
    count: int
    place: Place


def feed_of(answer: dict[str, Any]) -> Feed:
    places = [_place(entry) for entry in answer["results"]]
    return Feed(**_head(answer), next_cursor=cursor_of(answer["next"]), places=places)


def found_papers(answer: dict[str, Any]) -> FoundPapers:
    number = cursor_of(answer["next"])
    papers = [_paper(paper) for paper in answer["results"]]
    return FoundPapers(
        count=answer["count"], next_page=int(number) if number else None, notices=answer["notices"], papers=papers
    )


def why_of(answer: dict[str, Any]) -> Why:
    return Why(**_head(answer), place=_place(answer["entry"]))


def _head(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("ranking_id", "day", "mode", "mode_reason", "count")}


def _paper(paper: dict[str, Any]) -> Paper:
    plain = {name: paper[name] for name in ("id", "title", "abstract", "categories", "day")}
    return Paper(**plain, authors=[author["name"] for author in paper["authors"]], page=paper["links"]["page"])


def _place(entry: dict[str, Any]) -> Place:
    return Place(
        position=entry["position"],
        paper=_paper(entry["paper"]),
        score=entry["score"],
        shown_by_chance=entry["exploration"]["is"],
        my_vote=entry["my_vote"],
        why=[Reason(**reason) for reason in entry["why"]],
    )
